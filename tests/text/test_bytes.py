"""Rows that carry their text, for teachers that read it with a tokenizer of their own."""

from itertools import pairwise

import pytest
import torch

from mtkd.alignment.texts import read_texts
from mtkd.text import Instructions, Messages
from tests.text.made import TEXTS, byte_level, chatty, conversations, plain, saved, sentence_piece


def covered(examples, row):
    """Token id and the bytes of text that its span covers, for tokens with a known span."""
    text = read_texts(examples.extras["text_bytes"][row : row + 1])[0].encode()
    mask = examples.extras["attention_mask"][row].bool()
    pairs = zip(
        examples.inputs[row][mask].tolist(),
        examples.extras["spans"][row][mask].tolist(),
        strict=True,
    )
    return text, [(index, span, text[slice(*span)]) for index, span in pairs]


@pytest.mark.parametrize("length", [200, 12])
@pytest.mark.parametrize("long", ["cut", "split"])
@pytest.mark.parametrize("make", [byte_level, sentence_piece])
@pytest.mark.filterwarnings("ignore")
def test_spans_lie_side_by_side_in_the_rows_own_text(make, long, length, tmp_path):
    tokens = saved(tmp_path, make())
    data = plain(tmp_path, tokens, length=length, long=long, bytes=True)
    for row in range(len(data.train)):
        text, found = covered(data.train, row)
        known = [span for _, span, _ in found if span[1] >= 0]
        assert all(0 <= start <= stop <= len(text) for start, stop in known)
        assert all(a[1] <= b[0] for a, b in pairwise(known))
        if make is byte_level:
            for index, span, piece in found:
                spelt = tokens.decode([index])
                if span[1] > span[0] and "\ufffd" not in spelt:
                    assert piece.decode() == spelt


@pytest.mark.filterwarnings("ignore")
def test_whole_texts_are_carried_whole(tmp_path, tokens):
    data = plain(tmp_path, tokens, length=200, bytes=True)
    assert read_texts(data.train.extras["text_bytes"]) == TEXTS
    for row, text in enumerate(TEXTS):
        last = data.train.extras["spans"][row][data.train.extras["attention_mask"][row].bool()]
        assert last[0].tolist() == [0, 0]
        assert last[-1].tolist() == [len(text.encode())] * 2


@pytest.mark.filterwarnings("ignore")
def test_the_pieces_of_a_split_text_are_the_text(tmp_path, tokens):
    data = plain(tmp_path, tokens, length=7, long="split", bytes=True)
    pieces = read_texts(data.train.extras["text_bytes"])
    records = data.train.metadata["record"].tolist()
    for number, text in enumerate(TEXTS):
        joined = "".join(p for p, r in zip(pieces, records, strict=True) if r == number)
        # A character that a cut went through belongs to neither piece.
        assert len(joined) >= len(text) - sum(r == number for r in records)
        assert all(character in text for character in joined)


def test_prompts_and_chats_carry_what_was_read(tmp_path, tokens):
    pairs = [{"prompt": "the cat?", "response": " 😀"}]
    data = conversations(tmp_path, tokens, pairs, Instructions(), bytes=True)
    assert read_texts(data.train.extras["text_bytes"]) == ["the cat? 😀"]
    chat = conversations(tmp_path, chatty(tmp_path), pairs, Instructions(chat=True), bytes=True)
    text, found = covered(chat.train, 0)
    assert text.decode() == "<|user|>\nthe cat?<|end|>\n<|bot|>\n 😀<|end|>\n"
    assert b"".join(piece for _, _, piece in found) == text
    assert isinstance(Messages().columns, tuple)


@pytest.mark.filterwarnings("ignore")
def test_a_teacher_with_another_tokenizer_hears_the_same_text(tmp_path):
    from mtkd.alignment import Aligned
    from mtkd.language import causal_model
    from mtkd.teachers import LiveTeacher

    student, teacher = byte_level(), sentence_piece()
    tokens = saved(tmp_path, student)
    data = plain(tmp_path, tokens, length=200, bytes=True)
    size = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 1, "num_key_value_heads": 1}
    config = {"model_type": "llama", "vocab_size": teacher.get_vocab_size(), **size, **heads}
    source = Aligned(LiveTeacher(causal_model(config), "teacher"), student, teacher, data.classes)
    batch = next(data.train.in_order(4))
    signal = source.observe(batch)
    assert signal.present is not None
    assert signal.present.any(dim=1).all()
    assert not signal.present[~batch["attention_mask"].bool()].any()
    assert torch.isfinite(batch["text_bytes"].float()).all()
