"""Data sets with two sides: what is learnt from, and what a study meets later."""

import numpy as np
import pytest
import torch

from mtkd.data import (
    Digits,
    HeldOutClasses,
    LabelShift,
    PopulationShift,
    Shifted,
    SpuriousColumn,
    SubPopulation,
    Tilt,
)
from mtkd.data.populations import covariate_tilt, label_shift

DIGITS = Digits()
SHIFTS = {
    "strange": HeldOutClasses([2, 7]),
    "left": SubPopulation("left_heavy"),
    "rare": LabelShift(0.5, seed=3),
    "tilted": Tilt(2.0, share=0.4, seed=1),
    "misled": SpuriousColumn(),
}
SPLITS = ("train", "validation", "test")


def shifted(*names, of=DIGITS):
    return Shifted(of, {name: SHIFTS[name] for name in names})


def items(examples):
    """Rows of scikit-learn's array, which no shift changes."""
    return set(examples.metadata["row"].tolist())


@pytest.mark.parametrize("name", SHIFTS)
class TestEveryShift:
    def test_its_domain_is_made_of_test_items_only(self, name):
        data = shifted(name)
        met = data.domain(name)
        assert items(met) <= items(DIGITS.test)
        assert not items(met) & (items(data.train) | items(data.validation))

    def test_splits_share_no_item_and_add_none(self, name):
        data = shifted(name)
        for split in SPLITS:
            assert items(data.splits[split]) <= items(DIGITS.splits[split])
        assert data.domain("clean") is data.test
        assert data.classes == 10

    def test_the_same_twice(self, name):
        one, other = shifted(name).domain(name), shifted(name).domain(name)
        assert torch.equal(one.inputs, other.inputs)
        assert torch.equal(one.labels, other.labels)

    def test_models_take_every_domain(self, name):
        data = shifted(name)
        shape = data.train.inputs.shape[1:]
        for domain in ("clean", name, "inverted"):
            assert data.domain(domain).inputs.shape[1:] == shape
        assert data.domain("gaussian_noise", 3).inputs.shape[1:] == shape

    def test_a_severity_has_no_meaning(self, name):
        with pytest.raises(ValueError, match=f"domain '{name}' has no severity, got 3"):
            shifted(name).domain(name, 3)


class TestSides:
    def test_held_out_classes_are_met_without_an_answer(self):
        data = shifted("strange")
        for split in SPLITS:
            assert set(data.splits[split].labels.tolist()) == {0, 1, 3, 4, 5, 6, 8, 9}
        met = data.domain("strange")
        away = (DIGITS.test.labels == 2) | (DIGITS.test.labels == 7)
        assert torch.equal(met.inputs, DIGITS.test.inputs[away])
        assert set(met.labels.tolist()) == {-1}
        assert len(data.test) + len(met) == 997

    def test_a_part_is_met_and_never_learnt_from(self):
        data = shifted("left")
        for split in SPLITS:
            assert not data.splits[split].metadata["left_heavy"].any()
        assert data.domain("left").metadata["left_heavy"].all()
        assert len(data.test) + len(data.domain("left")) == 997

    def test_proportions_and_tilt_leave_training_alone(self):
        data = shifted("rare", "tilted")
        for split in SPLITS:
            assert torch.equal(data.splits[split].ids, DIGITS.splits[split].ids)
        expected = label_shift(DIGITS.test, 0.5, seed=3)
        assert torch.equal(data.domain("rare").ids, expected.ids)
        expected = covariate_tilt(DIGITS.test, 2.0, share=0.4, seed=1)
        assert torch.equal(data.domain("tilted").ids, expected.ids)

    def test_a_hint_turns_round(self):
        data = shifted("misled")

        def correlation(examples):
            return np.corrcoef(examples.inputs[:, 0, -1], examples.labels)[0, 1]

        for split in SPLITS:
            assert correlation(data.splits[split]) == pytest.approx(0.95, abs=0.02)
        met = data.domain("misled")
        assert correlation(met) == pytest.approx(-0.95, abs=0.02)
        assert torch.equal(met.inputs[..., :-1], DIGITS.test.inputs)
        assert torch.equal(met.labels, DIGITS.test.labels)

    def test_a_tilt_along_a_declared_property(self):
        met = Tilt(3.0, share=0.3, along="ink").met(DIGITS.test)
        ink = DIGITS.test.metadata["ink"]
        assert met.metadata["ink"].mean() > ink.mean() + ink.std()


class TestSeveral:
    def test_a_domain_differs_from_clean_in_one_shift(self):
        data = shifted("strange", "left", "misled")
        strange, left, misled = (data.domain(name) for name in ("strange", "left", "misled"))
        assert not strange.metadata["left_heavy"].any()
        assert not {2, 7} & set(left.labels.tolist())
        assert items(misled) == items(data.test)
        hint = np.corrcoef(left.inputs[:, 0, -1], left.labels)[0, 1]
        assert hint == pytest.approx(0.95, abs=0.03)

    def test_corruptions_come_first_and_show_the_known_side(self):
        data = shifted("left", "misled")
        noisy, whole = data.domain("gaussian_noise", 2), DIGITS.domain("gaussian_noise", 2)
        known = torch.from_numpy(~whole.metadata["left_heavy"])
        assert torch.equal(noisy.inputs[..., :-1], whole.inputs[known])
        assert torch.equal(noisy.labels, data.test.labels)

    def test_what_never_had_a_label_stays(self):
        assert len(shifted("strange").domain("inverted")) == 997
        hint = shifted("misled").domain("inverted").inputs[:, 0, -1].numpy()
        assert hint.mean() == pytest.approx(0.5, abs=0.01)


class Backwards(PopulationShift):
    """A shift of one's own."""

    def met(self, examples):
        return examples.take(torch.arange(len(examples) - 1, -1, -1))


def test_a_shift_of_ones_own():
    met = Shifted(DIGITS, {"backwards": Backwards()}).domain("backwards")
    assert torch.equal(met.ids, DIGITS.test.ids.flip(0))
