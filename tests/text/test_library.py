"""The standard library as text: domains, rows, splits, scored positions, swapped tokens."""

import numpy as np
import pytest
import torch

from mtkd.data import Examples
from mtkd.text import StandardLibrary, SwapTokens, library
from mtkd.text.corpus import DOMAINS, domain_text
from mtkd.text.library_rows import BLOCK, PER_ROW, only_scored, rows_of, split_rows

WORDS = {"prose": "the help says ", "net": "socket.recv(8) ", "asyncio": "await loop ", "gui": ""}


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A library of a few words, without gui."""
    monkeypatch.setenv("MTKD_CACHE", str(tmp_path))
    texts = {name: WORDS.get(name, "import os ") * 3000 for name in DOMAINS}
    monkeypatch.setattr(library, "domain_text", texts.__getitem__)
    return StandardLibrary(vocabulary=270, length=16, scored=64)


def test_labels_are_the_next_tokens(small):
    assert torch.equal(small.train.inputs[:, 1:], small.train.labels[:, :-1])
    first = small.train.inputs[0].tolist()
    assert small.tokenizer.decode(first).strip() in "the help says " * 9
    assert small.classes == 270 >= small.tokenizer.get_vocab_size()


def test_splits_share_no_row_of_the_stream_and_domains_know_their_rows(small):
    assert set(small.train.parts) == {"prose", "net", "asyncio"}
    assert np.stack(list(small.train.parts.values())).sum(axis=0).tolist() == [1] * len(small.train)
    ten = (len(small.train), len(small.domain("prose")))
    assert ten[0] > 8 * ten[1]


def test_only_scored_positions_have_a_label_and_there_is_something_before_them(small):
    for examples in (small.validation, small.domain("clean"), small.domain("core")):
        counted = examples.labels != -1
        assert (counted.sum(dim=1) == PER_ROW).all()
        assert not counted[:, :4].any()


def test_a_domain_that_is_missing_is_told(small):
    assert small.missing == ("gui",)
    with pytest.raises(ValueError, match="no text for domain 'gui'; leave it out of domains"):
        small.domain("gui")
    with pytest.raises(ValueError, match=r"no text for gui; leave it out of data\.trained"):
        StandardLibrary(trained=["gui"])
    with pytest.raises(ValueError, match="unknown domain 'guy'"):
        small.domain("guy")
    with pytest.raises(ValueError, match="has no severity, got 3"):
        small.domain("core", 3)
    with pytest.raises(ValueError, match="unknown domain of the standard library 'nett'"):
        StandardLibrary(trained=["nett"])
    with pytest.raises(ValueError, match="vocabulary must be at least 257"):
        StandardLibrary(vocabulary=99)


def test_it_is_the_same_from_the_cache(small):
    again = StandardLibrary(vocabulary=270, length=16, scored=64)
    assert torch.equal(again.train.ids, small.train.ids)


def test_this_python_has_the_domains_that_are_trained_on():
    texts = {name: domain_text(name) for name in ("prose", "net", "asyncio", "core")}
    assert all(len(text) > library.NEEDED for text in texts.values())
    assert "class AbstractEventLoop" in texts["asyncio"]
    assert "class AbstractEventLoop" not in texts["core"] + texts["net"]


def test_rows_share_one_token_and_drop_the_rest():
    rows = rows_of(torch.arange(10), 3)
    assert rows.tolist() == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]
    with pytest.raises(ValueError, match="3 tokens do not fill one row of 3"):
        rows_of(torch.arange(3), 3)


def test_rows_are_divided_by_blocks_into_eight_one_and_one():
    rows = torch.arange(100 * BLOCK).reshape(-1, 1)
    parts = split_rows(rows, seed=3)
    assert [len(part) // BLOCK for part in parts] == [80, 10, 10]
    assert sorted(torch.cat(parts).flatten().tolist()) == list(range(100 * BLOCK))
    assert {int(row) // BLOCK for row in parts[1]}.isdisjoint(int(r) // BLOCK for r in parts[0])


def test_scored_positions_do_not_depend_on_the_model_but_on_the_seed():
    tokens = torch.arange(800).reshape(50, 16) % 20
    examples = Examples(tokens, tokens, 20)
    one, same, other = (only_scored(examples, 80, seed) for seed in (1, 1, 2))
    assert torch.equal(one.labels, same.labels)
    assert len(one) == 10
    assert not torch.equal(one.ids, other.ids)


def tokens(rows=40):
    generator = np.random.default_rng(0)
    drawn = generator.zipf(1.3, size=(rows, 17)) % 60
    stream = torch.from_numpy(drawn)
    return Examples(stream[:, :-1].contiguous(), stream[:, 1:].contiguous(), 60)


def test_swapped_tokens_trade_places_and_the_rest_stays():
    before, swap = tokens(), SwapTokens(pairs=4, skip=2, seed=5)
    becomes = swap.exchange(before)
    assert torch.equal(becomes[becomes], torch.arange(60))
    assert int((becomes != torch.arange(60)).sum()) == 8
    common = before.inputs.flatten().bincount(minlength=60).argsort(descending=True, stable=True)
    assert (becomes[common[:2]] == common[:2]).all()
    after = swap(before)
    assert torch.equal(after.labels, becomes[before.labels])
    assert torch.equal(after.inputs, before.inputs)
    assert torch.equal(SwapTokens(4, 2, 5, inputs=True)(before).inputs, becomes[before.inputs])


def test_swapping_leaves_positions_without_a_label_alone():
    before = tokens()
    before.labels[0, 3] = -1
    assert SwapTokens(pairs=4, skip=0)(before).labels[0, 3] == -1


def test_words_of_swapping():
    with pytest.raises(ValueError, match="pairs must be at least 1 and skip at least 0"):
        SwapTokens(pairs=0)
    with pytest.raises(ValueError, match="needs 80 tokens behind the 2 most frequent"):
        SwapTokens(pairs=40, skip=2)(tokens())
