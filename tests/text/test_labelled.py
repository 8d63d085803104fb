"""Whole texts with one class each."""

import pytest
import torch

from mtkd.text import LabelledTexts
from tests.text.made import lines, saved, word_piece

RECORDS = [
    {"text": "the cat", "other": "sat", "label": "cat"},
    {"text": "the mat and the other thing", "other": "on it", "label": "mat"},
    {"text": "x", "other": "y", "label": "none of it"},
]


def made(folder, tokens, records=RECORDS, **options):
    file = lines(folder / "a.jsonl", records)
    return LabelledTexts(tokens, dict.fromkeys(("train", "validation", "test"), file), **options)


def test_rows_are_the_tokenizers_own_and_labels_are_numbers(tmp_path):
    tokens = saved(tmp_path, word_piece(), end=False)
    data = made(tmp_path, tokens, nothing="none of it")
    assert data.names == ["cat", "mat"]
    assert data.classes == 2
    assert data.train.labels.tolist() == [0, 1, -1]
    for row, record in enumerate(RECORDS):
        mask = data.train.extras["attention_mask"][row].bool()
        expected = tokens.encode([record["text"]])[0].ids
        assert data.train.inputs[row][mask].tolist() == expected
    batch = next(data.test.in_order(3))
    assert batch["mask"].tolist() == [True, True, False]
    assert set(batch) == {"inputs", "labels", "mask", "example_id", "attention_mask"}


def test_a_pair_is_read_with_its_separators(tmp_path):
    tokens = saved(tmp_path, word_piece(), end=False)
    data = made(tmp_path, tokens, pair="other")
    mask = data.train.extras["attention_mask"][0].bool()
    whole = tokens.plain.encode("the cat", "sat").ids
    assert data.train.inputs[0][mask].tolist() == whole
    assert whole.count(3) == 2


def test_a_cut_keeps_the_special_tokens_and_is_told(tmp_path):
    tokens = saved(tmp_path, word_piece(), end=False)
    with pytest.warns(UserWarning, match="1 of 3 texts are longer than 5 tokens and cut"):
        data = made(tmp_path, tokens, length=5)
    assert data.cut == {"train": 1, "validation": 1, "test": 1}
    row = data.train.inputs[1].tolist()
    assert len(row) == 5
    assert (row[0], row[-1]) == (2, 3)


@pytest.mark.filterwarnings("ignore")
def test_a_text_of_many_lengths_is_one_text_that_was_cut(tmp_path, tokens):
    records = [{"text": "the cat on the mat " * 9, "label": 0}, {"text": "x", "label": 1}]
    assert made(tmp_path, tokens, records, length=5).cut["train"] == 1


def test_numbers_are_sorted_as_numbers(tmp_path, tokens):
    records = [{"text": "x", "label": label} for label in (10, 9, 2)]
    assert made(tmp_path, tokens, records).names == ["2", "9", "10"]


def test_names_in_a_given_order_are_kept(tmp_path, tokens):
    data = made(tmp_path, tokens, names=["mat", "none of it", "cat"])
    assert data.train.labels.tolist() == [2, 0, 1]


@pytest.mark.filterwarnings("ignore")
def test_a_sequence_classifier_takes_a_step_on_it(tmp_path):
    from mtkd.language import sequence_classifier

    tokens = saved(tmp_path, word_piece(), end=False)
    data = made(tmp_path, tokens)
    model = sequence_classifier(
        {
            "model_type": "bert",
            "vocab_size": tokens.classes,
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
        },
        classes=data.classes,
    ).eval()
    batch = next(data.train.in_order(3))
    alone = next(data.train.take(torch.tensor([0])).in_order(1))
    assert model(batch).dense().shape == (3, 3)
    torch.testing.assert_close(model(batch).dense()[:1], model(alone).dense())
