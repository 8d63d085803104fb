"""Laws of rows of tokens: what is shifted, what is packed, what is lost."""

from itertools import pairwise

import pytest
import torch

from mtkd.text import PlainText, TextData, Tokens
from tests.text.made import (
    TEXTS,
    byte_level,
    lines,
    plain,
    read,
    saved,
    sentence_piece,
    word_piece,
)

KINDS = {
    "byte level": (byte_level, {}),
    "sentence piece": (sentence_piece, {}),
    "word piece": (word_piece, {"end": False}),
}
PACKINGS = ("none", "documents", "stream")


def documents_of(tokens, texts=TEXTS):
    """Ids of each text, ended once."""
    ids = [list(found.ids) for found in tokens.encode(texts)]
    return [one if tokens.end is None else [*one, tokens.end] for one in ids]


def rows(examples):
    """Ids, labels and positions of each row, padding cut off."""
    mask = examples.extras["attention_mask"].bool()
    positions = examples.extras.get("positions", torch.zeros_like(examples.inputs))
    return [
        (examples.inputs[row][at].tolist(), examples.labels[row][at].tolist(), positions[row][at])
        for row, at in enumerate(mask)
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("packing", PACKINGS)
class TestEveryPacking:
    def test_labels_are_the_next_token_and_never_cross_a_document(self, kind, packing, tmp_path):
        make, options = KINDS[kind]
        tokens = saved(tmp_path, make(), **options)
        data = plain(tmp_path, tokens, length=40, packing=packing, long="split")
        expected = [
            (one, after)
            for ids in documents_of(tokens)
            for one, after in zip(ids, [*ids[1:], -1], strict=True)
        ]
        found = [
            pair for ids, labels, _ in rows(data.train) for pair in zip(ids, labels, strict=True)
        ]
        assert sorted(found) == sorted(expected)

    def test_padding_is_masked_and_predicts_nothing(self, kind, packing, tmp_path):
        make, options = KINDS[kind]
        tokens = saved(tmp_path, make(), **options)
        data = plain(tmp_path, tokens, length=64, packing=packing)
        padded = data.train.extras["attention_mask"] == 0
        assert (data.train.labels[padded] == -1).all()
        assert (data.train.inputs[padded] == tokens.padding).all()
        assert padded.any()

    def test_reading_the_cache_gives_what_making_it_gave(self, kind, packing, tmp_path, own_cache):
        make, options = KINDS[kind]
        tokens = saved(tmp_path, make(), **options)
        made = plain(tmp_path, tokens, length=40, packing=packing).train
        assert any(own_cache.iterdir())
        found = plain(tmp_path, tokens, length=40, packing=packing).train
        assert torch.equal(made.inputs, found.inputs)
        assert torch.equal(made.labels, found.labels)
        assert made.extras.keys() == found.extras.keys()
        assert all(torch.equal(made.extras[key], found.extras[key]) for key in made.extras)


def test_a_row_decodes_to_its_text(tmp_path, tokens):
    data = plain(tmp_path, tokens, length=200)
    for row, text in enumerate(TEXTS):
        assert read(data, row) == f"<s>{text}</s>"


def test_the_end_is_learnt_and_nothing_after_it(tmp_path, tokens):
    data = plain(tmp_path, tokens, ["x"], length=8)
    ids = documents_of(tokens, ["x"])[0]
    assert len(ids) == 3
    assert data.train.inputs.tolist() == [ids]
    assert data.train.labels.tolist() == [[ids[1], ids[2], -1]]


def test_an_end_that_the_tokenizer_adds_is_not_added_again(tmp_path):
    tokens = saved(tmp_path, word_piece(), end="[SEP]")
    data = plain(tmp_path, tokens, ["the cat"], length=40)
    assert data.train.inputs[0].tolist() == tokens.encode(["the cat"])[0].ids


def test_packed_rows_hold_each_document_once_with_positions_of_its_own(tmp_path, tokens):
    data = plain(tmp_path, tokens, length=96, packing="documents")
    found = []
    for ids, _, positions in rows(data.train):
        starts = [*(positions == 0).nonzero().flatten().tolist(), len(ids)]
        for start, stop in pairwise(starts):
            assert positions[start:stop].tolist() == list(range(stop - start))
            found.append(ids[start:stop])
    assert sorted(found) == sorted(documents_of(tokens))
    assert len(data.train) < len(TEXTS)


def test_padding_of_a_packed_row_is_a_document_of_its_own(tmp_path, tokens):
    data = plain(tmp_path, tokens, ["x"], length=8, packing="documents")
    assert data.train.extras["positions"].tolist() == [[0, 1, 2, 0, 1, 2, 3, 4]]


def test_a_stream_fills_every_row_but_the_last(tmp_path, tokens):
    data = plain(tmp_path, tokens, length=16, packing="stream")
    everything = [index for ids in documents_of(tokens) for index in ids]
    assert [index for ids, _, _ in rows(data.train) for index in ids] == everything
    assert (data.train.extras["attention_mask"][:-1] == 1).all()


def test_the_last_label_of_a_cut_row_is_the_token_that_was_cut(tmp_path, tokens):
    with pytest.warns(UserWarning, match="1 of 1 texts are longer than 5 tokens"):
        data = plain(tmp_path, tokens, ["the other thing over there"], length=5)
    ids = documents_of(tokens, ["the other thing over there"])[0]
    assert data.train.inputs.tolist() == [ids[:5]]
    assert data.train.labels.tolist() == [ids[1:6]]
    assert data.counts["train"].lost == len(ids) - 5


def test_a_text_that_is_too_long_can_be_refused(tmp_path, tokens):
    with pytest.raises(ValueError, match=r"texts.jsonl, line 3: \d+ tokens are more than length 9"):
        plain(tmp_path, tokens, ["x", "x", TEXTS[0]], length=9, long="refuse")


def test_empty_texts_are_left_out_and_told(tmp_path, tokens):
    with pytest.warns(UserWarning, match="2 of 3 texts are empty"):
        data = plain(tmp_path, tokens, ["", "x", ""], length=9)
    assert len(data.train) == 1


def test_scored_positions_are_spread_and_only_in_evaluation(tmp_path, tokens):
    texts = [f"text number {i} with some words in it" for i in range(40)]
    whole = plain(tmp_path, tokens, texts, length=64)
    some = plain(tmp_path, tokens, texts, length=64, scored=40)
    assert torch.equal(some.train.labels, whole.train.labels)
    kept = some.test.labels >= 0
    assert int(kept.sum()) == 40
    assert torch.equal(some.test.ids, some.validation.ids)
    rows = torch.isin(whole.test.ids, some.test.ids)
    assert int(rows.sum()) >= 30
    assert torch.equal(some.test.labels[kept], whole.test.labels[rows][kept])
    other = plain(tmp_path, tokens, texts, length=64, scored=40, seed=1).test
    assert not torch.equal(other.labels, some.test.labels)


def test_more_scored_positions_than_there_are_keep_all(tmp_path, tokens):
    data = plain(tmp_path, tokens, length=64, scored=10_000)
    assert torch.equal(data.test.labels, data.train.labels)


def test_another_option_is_another_cache_file(tmp_path, tokens, own_cache):
    plain(tmp_path, tokens, length=64)
    plain(tmp_path, tokens, length=65)
    plain(tmp_path, tokens, length=64, packing="stream")
    plain(tmp_path, Tokens(tokens.source, end=False), length=64)
    plain(tmp_path, tokens, [*TEXTS, "one more"], length=64)
    assert len(list(own_cache.iterdir())) == 5


def test_text_files_are_parted_as_told(tmp_path, tokens):
    file = tmp_path / "all.txt"
    file.write_text("one\ntwo\n\n\nthree\n", encoding="utf-8")
    splits = dict.fromkeys(("train", "validation", "test"), str(file))
    found = {}
    for unit in ("file", "line", "paragraph"):
        data = TextData(tokens, splits, form=PlainText(unit=unit))
        found[unit] = [read(data, row)[3:-4] for row in range(len(data.train))]
    assert found == {
        "file": ["one\ntwo\n\n\nthree\n"],
        "line": ["one", "two", "three"],
        "paragraph": ["one\ntwo", "three"],
    }


def test_records_taken_out_of_train_are_in_one_split_only(tmp_path, tokens):
    file = lines(tmp_path / "a.jsonl", [{"text": f"number {i}"} for i in range(20)])
    data = TextData(tokens, {"train": file, "validation": 4, "test": 3, "more": file})
    sizes = {name: len(examples) for name, examples in data.splits.items()}
    assert sizes == {"train": 13, "validation": 4, "test": 3}
    parted = [set(examples.ids.tolist()) for examples in data.splits.values()]
    assert set.union(*parted) == set(data.domain("more").ids.tolist())
    assert sum(map(len, parted)) == 20
    assert torch.equal(data.domain("clean").ids, data.test.ids)


def test_texts_that_are_also_trained_on_are_told(tmp_path, tokens):
    with pytest.warns(UserWarning, match="8 of validation, 8 of test"):
        plain(tmp_path, tokens, length=64)
