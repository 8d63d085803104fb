"""Training that breaks down is told within `log_every` steps: by whom, and what to do."""

import functools
import math
import re

import pytest
import torch

from mtkd.distiller import Distiller
from mtkd.finite import check_finite
from mtkd.losses import Divergence, ForwardKL
from mtkd.objective import Objective
from mtkd.recipe import Recipe
from mtkd.recorder import Recorder
from mtkd.teachers import LiveTeacher
from mtkd.weighting import TeacherWeighting, Uniform
from tests.test_distiller import FEATURES, RATE, Rows, fit, module


class BrokenKL(Divergence):
    """NaN from a given call on, or only its gradient."""

    def __init__(self, calls=0, gradient=False):
        super().__init__()
        self.calls, self.gradient = calls, gradient

    def divergence(self, student_log_probs, teacher_log_probs):
        gap = (student_log_probs - teacher_log_probs).square().sum(-1)
        self.calls -= 1
        if self.gradient:
            return gap.detach() + (0 * gap).sqrt()
        return gap if self.calls >= 0 else gap * math.nan


class Evidence(TeacherWeighting):
    def __init__(self, first):
        super().__init__()
        self.first = first

    def evidence(self, student_logits, teacher_logits, labels, hidden):
        evidence = teacher_logits.amax(-1)
        marked = (teacher_logits == teacher_logits).all(-1)
        evidence[0] = torch.where(marked[0], self.first, 0.0)
        return evidence


def trained(loss, weighting, log_every=2, rate=RATE, **options):
    sources = {name: LiveTeacher(Rows(seed), name) for seed, name in enumerate("ab", 1)}
    recipe = Recipe(loss, weighting, hard_share=0.3)
    sgd = functools.partial(torch.optim.SGD, lr=rate)
    made = Distiller(Rows(), sources, recipe, sgd, width=FEATURES, log_every=log_every)
    return fit(made, 2, **{"max_epochs": 3, **options})


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_evidence_that_is_no_number_names_the_weighting(value):
    words = "training broke down by step 2: Evidence weighs teacher 'a' nan; look at its evidence"
    with pytest.raises(ValueError, match=re.escape(words)):
        trained(ForwardKL(), Evidence(value))


def test_evidence_of_minus_infinity_is_a_weight_of_0():
    history = trained(ForwardKL(), Evidence(-math.inf)).history.series
    assert history["teacher/a/weight"] == [0.0] * 6
    assert history["teacher/b/weight"] == [1.0] * 6


def test_a_loss_that_is_no_number_is_named_with_its_teacher():
    words = "by step 2: BrokenKL gave the distance of teacher 'a' nan, while the student's"
    with pytest.raises(ValueError, match=re.escape(words)):
        trained(BrokenKL(), Uniform())


def test_a_loss_that_breaks_later_is_named_at_the_next_record():
    words = "training broke down by step 6: BrokenKL gave nan, while the student's predictions are"
    with pytest.raises(ValueError, match=re.escape(words)):
        trained(BrokenKL(calls=5), Uniform(), log_every=3, max_epochs=2)


def test_what_breaks_in_the_end_is_told_in_the_end():
    with pytest.raises(ValueError, match="training broke down by step 4: BrokenKL gave"):
        trained(BrokenKL(calls=3), Uniform(), log_every=100, max_epochs=1)


def test_a_gradient_that_is_no_number_is_told_by_the_students_predictions():
    words = "predictions are not finite (train/hard is nan); lower the learning rate or clip"
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        trained(BrokenKL(gradient=True), Uniform())
    assert str(caught.value).endswith("look at the inputs and at the gradient of BrokenKL")


def test_a_learning_rate_that_is_too_high_is_told():
    with pytest.raises(ValueError, match=r"own predictions are not finite .* lower the learning"):
        trained(ForwardKL(), Uniform(), rate=1e38, max_epochs=9)


def test_the_record_shows_where_it_broke():
    made = module()
    made.recipe = Recipe(BrokenKL(), Uniform())
    made.loss, made.weighting = made.recipe.loss, made.recipe.weighting
    made.weighting.prepare(("first", "second"))
    with pytest.raises(ValueError, match="training broke down by step 1"):
        fit(made, 2)
    assert math.isnan(made.history.series["train/loss"][0])


def test_a_weight_that_is_no_number_is_told_where_the_loss_is_one():
    zero, weight = torch.zeros(()), torch.tensor([0.5, math.nan])
    recorder = Recorder(("a", "b"))
    row = torch.zeros(1, dtype=torch.int64)
    made = Objective(zero, zero, 1, zero, zero, {"weight": weight})
    recorder.add(made, {"labels": row, "mask": row == 0})
    with pytest.raises(ValueError, match="by step 7: Uniform weighs teacher 'b' nan"):
        check_finite(recorder.read("train"), recorder, Recipe(ForwardKL(), Uniform()), 7)
