"""A teacher side by side with the student, scored over the student's classes alone."""

import math

import pytest
import torch

from mtkd.alignment import UnionSignal
from mtkd.functional import IMPOSSIBLE
from mtkd.outputs import ModelOutput


def signal(masses, columns):
    logits = torch.tensor(masses, dtype=torch.float64).log()
    return UnionSignal(ModelOutput(logits=logits), torch.tensor(columns))


def test_mass_on_the_teachers_own_tokens_is_divided_among_those_it_lacks():
    """Teacher .4 .3 .2 .1; the student's classes are its third, none, its first, none."""
    whole = signal([[0.4, 0.3, 0.2, 0.1]], [2, -1, 0, -1]).spread().exp()[0]
    assert whole.tolist() == pytest.approx([0.2, 0.2, 0.4, 0.2])


def test_it_is_a_distribution_and_gives_the_labels_log_probability():
    random = torch.Generator().manual_seed(2)
    union = UnionSignal(
        ModelOutput(logits=torch.randn(5, 3, 9, generator=random)),
        torch.tensor([8, -1, 0, 4, -1, -1, 2]),
    )
    whole = union.spread()
    assert whole.shape == (5, 3, union.classes)
    torch.testing.assert_close(whole.logsumexp(dim=-1), torch.zeros(5, 3), atol=1e-6, rtol=0)
    labels = torch.randint(union.classes, (5, 3), generator=random)
    for row in range(5):
        for at in range(3):
            value = union.label_log_probs(labels)[row, at]
            assert value == whole[row, at, labels[row, at]]


def test_a_teacher_without_tokens_of_its_own_gives_no_mass_to_the_others():
    whole = signal([[0.25, 0.75]], [1, -1, 0]).spread()[0]
    assert whole.isfinite().all()
    assert whole.tolist() == pytest.approx([math.log(0.75), IMPOSSIBLE, math.log(0.25)])


def test_mass_without_a_place_is_left_out():
    whole = signal([[0.25, 0.25, 0.5]], [1, 0]).spread()[0]
    assert whole.exp().tolist() == pytest.approx([0.25, 0.25])
