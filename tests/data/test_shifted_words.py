"""Population shifts that cannot be meant so, and items that do not allow them."""

import numpy as np
import pytest
import torch

from mtkd.data import (
    Digits,
    Examples,
    HeldOutClasses,
    LabelShift,
    Shifted,
    SpuriousColumn,
    SubPopulation,
    Tilt,
)

DIGITS = Digits()


class TestWords:
    @pytest.mark.parametrize(
        ("shifts", "words"),
        [
            ({}, "shifts must map names of domains to shifts, got {}"),
            ({"a": 3}, r"shifts.a must be a population shift, such as {_target_: mtkd.data.Label"),
            ({"a@3": Tilt(1)}, "shifts names 'a@3'; the name of a domain is a word of letters"),
            ({7: Tilt(1)}, "shifts names 7; the name"),
            ({"inverted": Tilt(1)}, "shifts names 'inverted', which is a domain of the data alr"),
            ({"validation": Tilt(1)}, "shifts names 'validation', which is a domain of the data"),
            ({"a": HeldOutClasses([12])}, r"shifts.a: held_out names \[12\], expected classes 0 t"),
            ({"a": HeldOutClasses(list(range(10)))}, "shifts.a: digits/train/known classes is emp"),
            ({"a": SubPopulation("left")}, "shifts.a: unknown part of digits/train 'left'; did y"),
        ],
    )
    def test_of_refused_shifts(self, shifts, words):
        with pytest.raises(ValueError, match=words):
            Shifted(DIGITS, shifts)

    @pytest.mark.parametrize(
        ("make", "words"),
        [
            (lambda: HeldOutClasses([]), "at least one class to hold out, got none"),
            (lambda: HeldOutClasses(8), "classes must be a list of class numbers, got 8"),
            (lambda: HeldOutClasses(["8"]), r"a list of class numbers, got \['8'\]"),
            (lambda: LabelShift(0), "concentration must be positive, got 0"),
            (lambda: Tilt(1.0, share=0), "share must be above 0 and at most 1, got 0"),
            (lambda: SpuriousColumn(train=2), r"train must be a correlation in \[-1, 1\], got 2"),
            (lambda: SpuriousColumn(test=-2), r"test must be a correlation in \[-1, 1\], got -2"),
        ],
    )
    def test_of_arguments(self, make, words):
        with pytest.raises(ValueError, match=words):
            make()

    def test_an_unknown_domain_names_both_kinds(self):
        with pytest.raises(ValueError, match=r"unknown domain 'rar';.*of data.shifts: rare"):
            Shifted(DIGITS, {"rare": LabelShift()}).domain("rar")

    def test_a_shift_that_the_items_do_not_allow_is_told_with_its_name(self):
        data = Shifted(DIGITS, {"a": Tilt(1.0, along="weight")})
        with pytest.raises(ValueError, match=r"shifts.a: unknown column of digits/test 'weight'"):
            data.domain("a")


class TestTokens:
    def tokens(self, **changes):
        fields = {"inputs": torch.arange(12).reshape(4, 3), "labels": torch.tensor([0, 1, 0, 1])}
        words = {"words": np.array([1, 2, 3, 9]), "topic": np.array(["a", "b", "a", "b"])}
        return Examples(**fields | {"classes": 2, "name": "toy", "metadata": words} | changes)

    def test_are_tilted_along_a_column_only(self):
        assert Tilt(50.0, share=0.25, along="words").met(self.tokens()).labels.tolist() == [1]
        with pytest.raises(ValueError, match=r"toy holds tokens.*name a column.*words, topic"):
            Tilt(1.0).met(self.tokens())
        with pytest.raises(ValueError, match="topic of toy holds text, expected a column of num"):
            Tilt(1.0, along="topic").met(self.tokens())
        alike = self.tokens(metadata={"words": np.ones(4)})
        with pytest.raises(ValueError, match="toy holds one value of words only"):
            Tilt(1.0, along="words").met(alike)

    def test_have_no_spurious_column(self):
        with pytest.raises(ValueError, match="toy holds tokens; a spurious column needs inputs"):
            SpuriousColumn().known(self.tokens())

    @pytest.mark.parametrize("shift", [HeldOutClasses([1]), LabelShift(), SpuriousColumn()])
    def test_with_a_label_at_each_are_refused(self, shift):
        text = self.tokens(labels=torch.zeros(4, 3, dtype=torch.int64), metadata={})
        with pytest.raises(ValueError, match="toy has a label at each of 3 tokens"):
            shift.met(text)

    def test_without_labels_have_no_class_shares(self):
        with pytest.raises(ValueError, match="toy has no labels, so there are no class shares"):
            LabelShift().met(self.tokens(labels=torch.full((4,), -1)))
