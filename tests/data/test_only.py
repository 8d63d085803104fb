"""Specialists, and examples that are tokens."""

import numpy as np
import pytest
import torch

from mtkd.data import Examples, Only


def tokens(**changes):
    fields = {
        "inputs": torch.arange(12).reshape(3, 4),
        "labels": torch.arange(1, 13).reshape(3, 4) % 12,
        "classes": 12,
        "metadata": {"net": np.array([True, False, True])},
        "extras": {"attention_mask": torch.ones(3, 4), "route": torch.tensor([5, 6, 7])},
    }
    return Examples(**fields | changes)


def test_a_specialist_reads_its_part_in_order():
    some = Only("net")(tokens())
    assert some.inputs[:, 0].tolist() == [0, 8]
    assert some.extras["route"].tolist() == [5, 7]


def test_a_part_that_is_not_there_is_told():
    with pytest.raises(ValueError, match="prose"):
        Only("prose")(tokens())


def test_batches_of_tokens_carry_a_mask_for_each_and_the_extras():
    labels = torch.tensor([[1, -1, 3, 4], [-1, 6, 7, 8], [9, 10, 11, -1]])
    batch = next(tokens(labels=labels).in_order(2))
    assert batch["mask"].tolist() == [[True, False, True, True], [False, True, True, True]]
    assert batch["route"].tolist() == [5, 6]
    assert batch["attention_mask"].shape == (2, 4)


def test_words_of_errors():
    wrong = torch.full((3, 4), 12)
    with pytest.raises(ValueError, match="label of row 0, position 0 is 12, expected 0 to 11"):
        tokens(labels=wrong)
    with pytest.raises(ValueError, match=r"labels has shape \(3, 3\), expected \(3,\)"):
        tokens(labels=torch.zeros(3, 3, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"route has shape \(2,\), expected \(3,\)"):
        tokens(extras={"route": torch.zeros(2)})
