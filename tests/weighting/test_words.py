"""The words of errors that a user can cause in a config."""

import pytest
import torch

from mtkd.weighting import (
    Disagreement,
    Fixed,
    GradientMinNorm,
    LearnedGate,
    StudentEntropy,
    TeacherCrossEntropy,
    TeacherEntropy,
    TeacherMaxProbability,
    UncertaintyGated,
)
from tests.weighting.rules import batch

NAMES = ["bert_small", "bert_large", "tree"]


@pytest.mark.parametrize(
    "cls", [TeacherCrossEntropy, TeacherMaxProbability, UncertaintyGated, Disagreement]
)
@pytest.mark.parametrize("value", [-0.5, float("nan"), float("inf")])
def test_sharpness_must_be_a_number_of_at_least_zero(cls, value):
    with pytest.raises(ValueError, match=f"sharpness must be a finite .* 0, got {value}"):
        cls(sharpness=value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: TeacherEntropy("softmax", -1), "sharpness must be a finite number of at least 0"),
        (lambda: TeacherEntropy("nemo"), "form must be 'ebkd' or 'softmax', got 'nemo'"),
        (lambda: TeacherEntropy(sharpness=2), "ebkd has no sharpness, got 2; use form='softmax'"),
        (lambda: Disagreement(discount=1.1), "discount must lie between 0 and 1, got 1.1"),
        (lambda: Fixed({"a": -1, "b": 1}), r"weights\['a'\] must be a finite number .* got -1"),
        (lambda: Fixed({"a": 0, "b": 0}), "at least one positive number, got {'a': 0, 'b': 0}"),
        (lambda: Fixed({}), "at least one positive number, got {}"),
        (lambda: StudentEntropy(["a", "a"]), r"each teacher once, .* got \['a', 'a'\]"),
        (lambda: StudentEntropy([]), r"each teacher once, from small to large, got \[\]"),
        (lambda: StudentEntropy("ab"), "each teacher once, from small to large, got 'ab'"),
        (lambda: LearnedGate(embedding_width=0), "embedding_width must be at least 1, got 0"),
        (lambda: LearnedGate(entropy_floor=1.0), r"entropy_floor must lie in \[0, 1\), got 1.0"),
        (lambda: LearnedGate(top=1), "top must be at least 2, got 1: .* learns nothing; use None"),
        (lambda: LearnedGate(exploration=2), "exploration must lie between 0 and 1, got 2"),
    ],
)
def test_arguments_out_of_range_raise(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    ("weighting", "words"),
    [
        (
            Fixed({"bert_smal": 1, "bert_large": 1, "tree": 1}),
            r"Fixed\(weights=...\) names 'bert_smal', which is not a teacher "
            r"\(nearest name: 'bert_small'\); the teachers are bert_small, bert_large, tree",
        ),
        (
            Fixed({"bert_small": 1, "tree": 1}),
            r"Fixed\(weights=...\) says nothing about teacher 'bert_large' "
            r"\(nearest name: 'bert_small'\); it names bert_small, tree: add 'bert_large'",
        ),
        (
            StudentEntropy(["tree", "oak", "bert_small", "bert_large"]),
            r"StudentEntropy\(order=...\) names 'oak', which is not a teacher; the teachers are",
        ),
        (StudentEntropy(["bert_small", "bert_large"]), "says nothing about teacher 'tree'; it"),
        (LearnedGate(top=4), "top is 4, but there are 3 teachers"),
    ],
)
def test_names_and_sizes_are_checked_before_training(weighting, words):
    with pytest.raises(ValueError, match=words):
        weighting.prepare(NAMES, 8)
    assert weighting.teachers == ()


def test_a_gate_without_hidden_state_says_what_the_student_must_return():
    with pytest.raises(ValueError, match=r"hidden width, got None; use a student that returns"):
        LearnedGate().prepare(NAMES, None)


@pytest.mark.parametrize("weighting", [Fixed({"a": 1}), StudentEntropy(["a"]), LearnedGate()])
def test_rules_that_need_names_say_so(weighting):
    with pytest.raises(ValueError, match=r"does not know who teaches; call prepare\(teachers' nam"):
        weighting(*batch(4))


def test_select_of_an_unprepared_gate_raises():
    with pytest.raises(ValueError, match="does not know who teaches"):
        LearnedGate(top=2).select(torch.zeros(2, 3), torch.zeros(2, 4), None)


@pytest.mark.parametrize(
    ("weighting", "words"),
    [
        (Fixed({"a": 1, "b": 3}), "w = {a: 0.25, b: 0.75}"),
        (TeacherEntropy("softmax", 2.5), "w = softmax(-2.5 H(p_k))"),
        (Disagreement(7, 0.5), "w = softmax(-7 (1 - 0.5 u(q)) JS(q, p_k))"),
        (GradientMinNorm(0.6, 4), "w = argmin ||sum_k w_k g_k||, w_k <= 0.6, T = 4"),
        (StudentEntropy(["b", "a"]), "u = H / ln C, b < a"),
        (LearnedGate(top=2), "over the 2 best"),
    ],
)
def test_formulas_show_their_parameters(weighting, words):
    assert words in weighting.formula
