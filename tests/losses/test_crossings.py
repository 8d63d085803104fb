"""Sorted differences of many classes, found by counting instead of sorting."""

import pytest
import torch

from mtkd.functional import IMPOSSIBLE
from mtkd.losses.crossings import BINS, signed_gap
from mtkd.losses.ranks import ranked
from mtkd.losses.softened import Softened

MANY = 2 * BINS


def drawn(seed, classes=MANY):
    return torch.randn(3, classes, generator=torch.Generator().manual_seed(seed))


def without(part, logits):
    """A third of the classes is impossible."""
    logits = logits.clone()
    logits[:, part::3] = IMPOSSIBLE
    return logits


PAIRS = {
    "alike": (drawn(0), drawn(1)),
    "of another width": (drawn(0), 3 * drawn(1)),
    "one confident": (drawn(0), 12 * drawn(1)),
    "a bit apart": (drawn(0), drawn(0) + 1e-3 * drawn(1)),
    "in steps": ((4 * drawn(0)).round() / 4, (4 * drawn(1)).round() / 4),
    "few values": (drawn(0).round(), drawn(1).round()),
    "one value": (torch.zeros(3, MANY), drawn(1)),
    "some impossible": (without(0, drawn(0)), without(1, drawn(1))),
    "an odd number": (drawn(0, MANY + 37), drawn(1, MANY + 37)),
}


def by_sorting(log_q, log_p):
    q, p = (side.sort(dim=-1, descending=True, stable=True) for side in (log_q, log_p))
    sign = (q.values - p.values).sign()
    value = (q.values.double().exp() - p.values.double().exp()).abs().sum(-1)
    return value, torch.empty_like(sign).scatter_(-1, q.indices, sign)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("pair", PAIRS)
def test_values_and_signs_are_those_of_the_sorted_classes(pair, turned):
    log_q, log_p = (side.log_softmax(-1) for side in PAIRS[pair][:: -1 if turned else 1])
    expected, expected_sign = by_sorting(log_q, log_p)
    value, sign = signed_gap(Softened(log_q), Softened(log_p))
    torch.testing.assert_close(value.double(), expected, rtol=1e-5, atol=5e-7)
    possible = log_q.exp() > 0
    assert torch.equal(sign[possible], expected_sign[possible])


def test_few_of_many_classes_are_sorted(monkeypatch):
    counts = []

    def counted(log_p):
        counts.append(log_p.numel())
        return ranked(log_p)

    monkeypatch.setattr("mtkd.losses.crossings.ranked", counted)
    sides = (side.log_softmax(-1) for side in PAIRS["of another width"])
    signed_gap(*map(Softened, sides))
    assert len(counts) == 3
    assert 0 < sum(counts) < 3 * MANY / 20


def test_two_levels_by_hand():
    level = torch.tensor([1.5, 0.5]).repeat_interleave(MANY // 2) / MANY
    flat = torch.full((MANY,), 1 / MANY)
    value, sign = signed_gap(Softened(flat.log()), Softened(level.log()))
    torch.testing.assert_close(value, torch.tensor(0.5))
    assert sign.tolist() == [-1] * (MANY // 2) + [1] * (MANY // 2)  # ties by class index
    value, sign = signed_gap(Softened(level.log()), Softened(flat.log()))
    torch.testing.assert_close(value, torch.tensor(0.5))
    assert sign.tolist() == [1] * (MANY // 2) + [-1] * (MANY // 2)


@pytest.mark.parametrize("log_p", [drawn(0).log_softmax(-1), torch.full((3, MANY), -9.7)])
def test_equal_sides_have_neither_value_nor_sign(log_p):
    value, sign = signed_gap(Softened(log_p), Softened(log_p.clone()))
    assert (value == 0).all()
    assert (sign == 0).all()


def test_one_student_meets_several_teachers():
    student = drawn(0)[:1].log_softmax(-1)
    teachers = (2 * drawn(1)).log_softmax(-1).view(3, 1, MANY)
    value, sign = signed_gap(Softened(student), Softened(teachers))
    assert value.shape == (3, 1)
    assert sign.shape == teachers.shape
    for teacher, found, signs in zip(teachers, value, sign, strict=True):
        alone = signed_gap(Softened(student), Softened(teacher))
        assert torch.equal(found, alone[0])
        assert torch.equal(signs, alone[1])


@pytest.mark.parametrize("side", [0, 1])
def test_what_is_no_number_stays_none_and_in_its_row(side):
    sides = [drawn(seed).log_softmax(-1) for seed in (0, 1)]
    sides[side][1, 5] = torch.nan
    value, sign = signed_gap(*map(Softened, sides))
    assert value.isnan().tolist() == [False, True, False]
    assert not sign.isnan().any()
