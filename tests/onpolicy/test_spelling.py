"""A teacher with another tokenizer hears what the student wrote."""

import pytest
import torch

from mtkd.alignment import Aligned, ByteReader
from mtkd.onpolicy import Routed
from mtkd.onpolicy.spelling import spelt, student_reader
from tests.alignment.sources import Bigrams
from tests.alignment.trained import trained
from tests.language.families import says

TEXTS = ["the cat sat on the mat", "def f(x): return x"]


@pytest.fixture(scope="module")
def both():
    return trained("large"), trained("small")


def written(tokenizer, texts):
    """Rows of tokens as `as_batch` makes them, padded on the right."""
    rows = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    longest = max(map(len, rows))
    inputs = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
    shown = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return {
        "inputs": inputs,
        "attention_mask": shown,
        "labels": torch.full_like(inputs, -1),
        "mask": shown.bool(),
        "example_id": torch.arange(len(rows)),
    }


def aligned(both):
    size = both[0].get_vocab_size()
    return Aligned(Bigrams(both[1].get_vocab_size()), *both, size, k=8)


def test_it_hears_the_same_as_from_the_text_itself(both):
    source = aligned(both)
    reader = student_reader({"routed": Routed(source, [0])})
    batch = written(both[0], TEXTS[:1])
    batch |= spelt(batch, reader)
    direct = ByteReader(both[0]).batch(TEXTS[:1])
    direct = {**batch, "text_bytes": direct["text_bytes"], "spans": batch["spans"]}
    one, other = source(batch), source(direct)
    assert torch.equal(one.present, other.present)
    assert one.present.any()
    torch.testing.assert_close(one.log_probs, other.log_probs)


def test_bytes_that_are_no_text_leave_it_silent(both):
    batch = written(both[0], TEXTS)
    broken = next(
        index for index, said in ByteReader(both[0]).surface.spoken.items() if said == b"\xff"
    )
    batch["inputs"][1, 1] = broken
    batch |= spelt(batch, ByteReader(both[0]))
    signal = aligned(both)(batch)
    assert signal.present[0].any()
    assert not signal.present[1].any()


def test_words_do_not_give_their_text_back(both):
    words = trained("words")
    source = Aligned(Bigrams(both[1].get_vocab_size()), words, both[1], words.get_vocab_size())
    with says("the student's WordPiece tokens do not give their text back byte by byte"):
        student_reader({"other": source})
    assert student_reader({"same": Bigrams(3)}) is None
