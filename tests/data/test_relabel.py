"""Wrong labels on purpose."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from mtkd.data import Digits, Examples, Relabel

LABELS = [2, 0, 2, 1, 2, -1]
HEAVY = [True, True, False, True, True, True]


@pytest.fixture
def data():
    return Examples(
        torch.rand(6, 4),
        torch.tensor(LABELS),
        3,
        "toy/train",
        {"heavy": np.array(HEAVY), "ink": np.arange(6.0)},
    )


def test_changes_the_part_of_the_class_and_nothing_else(data):
    edited = Relabel(2, 1, "heavy")(data)
    assert edited.labels.tolist() == [1, 0, 2, 1, 1, -1]
    assert torch.equal(edited.inputs, data.inputs)
    assert torch.equal(edited.ids, data.ids)
    assert edited.metadata is data.metadata
    assert data.labels.tolist() == LABELS


def test_all_is_the_whole_class(data):
    assert Relabel(2, 0)(data).labels.tolist() == [0, 0, 0, 1, 0, -1]
    assert Relabel(2, 0, "all").affected(data).tolist() == [True, False, True, False, True, False]


def test_affected_tells_the_true_items(data):
    affected = Relabel(2, 1, "heavy").affected(data)
    assert affected.tolist() == [True, False, False, False, True, False]


def test_edits_follow_one_another(data):
    once = Relabel(2, 1, "heavy")(data)
    assert Relabel(0, 2)(once).labels.tolist() == [1, 2, 2, 1, 1, -1]


def test_the_planted_half_of_the_eights_is_known_in_every_split_and_domain():
    digits = Digits()
    edit = Relabel(8, 3, part="left_heavy")
    for split, name in ((digits.train, "train"), (digits.test, "test")):
        expected = (split.labels == 8).numpy() & digits.metadata(name)["left_heavy"]
        np.testing.assert_array_equal(edit.affected(split), expected)
        changed = edit(split).labels != split.labels
        np.testing.assert_array_equal(changed, expected)
        assert (edit(split).labels[changed] == 3).all()
    shifted = edit.affected(digits.domain("gaussian_noise", 3))
    assert torch.equal(shifted, edit.affected(digits.test))
    assert not edit.affected(digits.domain("inverted")).any()
    assert int(edit.affected(digits.train).sum()) == 36
    assert int(edit.affected(digits.test).sum()) == 43


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (
            lambda data: Relabel(3, 3),
            "source and target must be two different classes from 0, got 3 and 3",
        ),
        (
            lambda data: Relabel(-1, 3),
            "source and target must be two different classes from 0, got -1 and 3",
        ),
        (
            lambda data: Relabel(2, 5)(data),
            "target 5 is no class of toy/train, which has 0 to 2",
        ),
        (
            lambda data: Relabel(2, 1, "heavi")(data),
            "unknown part of toy/train 'heavi'; did you mean heavy? There are: all, heavy",
        ),
        (
            lambda data: Relabel(2, 1, "ink")(data),
            "unknown part of toy/train 'ink'; There are: all, heavy",
        ),
        (
            lambda data: Relabel(9, 1)(data),
            "Relabel(source=9, target=1, part='all') changes no label: toy/train holds no such "
            "item; check source and part",
        ),
        (
            lambda data: Relabel(2, 1, "heavy")(
                replace(data, metadata={"heavy": ~np.array(HEAVY) & False})
            ),
            "Relabel(source=2, target=1, part='heavy') changes no label: toy/train holds no such "
            "item; check source and part",
        ),
    ],
)
def test_words_of_errors(data, edit, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the whole sentence is compared)
        edit(data)
    assert str(error.value) == words
