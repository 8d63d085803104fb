"""What a recipe refuses, and how it is printed."""

import pytest
import torch

from mtkd.losses import DistillationLoss, Divergence, ForwardKL, LogitMSE, NormalizedKD
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import CompleteSignal, top_k
from mtkd.weighting import GradientMinNorm, LearnedGate, TeacherEntropy, TeacherWeighting, Uniform
from tests.test_objective import build


def make(loss=None, weighting=None, **options):
    return Recipe(loss or ForwardKL(), weighting or build(Uniform), **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"hard_share": 1.5}, r"hard_share must be within \[0, 1\], got 1.5"),
        ({"label_smoothing": 1.0}, r"label_smoothing must be within \[0, 1\), got 1.0"),
        ({"aggregation": "mean"}, "aggregation must be one of distances, probabilities, logits"),
        ({"chunk": 0}, "chunk must be at least 1 position, got 0"),
    ],
)
def test_a_recipe_names_what_it_refuses(options, words):
    with pytest.raises(ValueError, match=words):
        make(**options)


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (lambda: make(LogitMSE()), "LogitMSE needs every class, but a teacher gives a partial"),
        (lambda: make(weighting=build(GradientMinNorm)), "GradientMinNorm needs every class"),
        (lambda: make(aggregation="logits"), "aggregation 'logits' needs every class"),
        (lambda: make(aggregation="probabilities"), "aggregation 'probabilities' needs every"),
    ],
)
def test_a_partial_signal_is_refused_where_it_would_change_the_question(recipe, words):
    with pytest.raises(ValueError, match=words):
        recipe().check([top_k(torch.zeros(1, 5), 2)], 5)


def test_a_mixture_of_softened_teachers_is_refused_where_they_are_read_unsoftened_too():
    teachers = [CompleteSignal(ModelOutput(logits=torch.zeros(1, 5)))] * 2
    with pytest.raises(ValueError, match="NormalizedKD reads teachers unsoftened too, but aggreg"):
        make(NormalizedKD(temperature=2.0), aggregation="probabilities").check(teachers, 5)
    make(NormalizedKD(temperature=2.0), aggregation="probabilities").check(teachers[:1], 5)
    make(NormalizedKD(temperature=2.0), aggregation="logits").check(teachers, 5)
    make(NormalizedKD(temperature=2.0)).check(teachers, 5)
    make(NormalizedKD(), aggregation="probabilities").check(teachers, 5)


@pytest.mark.parametrize("sizes", [(5, 6), (6, 5), (6, 6), (1,)])
def test_another_number_of_classes_than_the_students_is_refused(sizes):
    signals = [CompleteSignal(ModelOutput(logits=torch.zeros(3, size))) for size in sizes]
    odd = next(number for number, size in enumerate(sizes, start=1) if size != 5)
    words = f"speaks about 5 classes, the teacher {odd} about {sizes[odd - 1]};"
    with pytest.raises(ValueError, match=words):
        Recipe(ForwardKL(), Uniform()).check(signals, 5)
    student, labels = ModelOutput(logits=torch.zeros(3, 5)), torch.zeros(3, dtype=torch.long)
    with pytest.raises(ValueError, match="speaks about 5 classes"):
        distillation_objective(student, signals, labels, torch.arange(3), make())


def test_a_teacher_with_other_classes_is_named():
    sizes = (5, 5, 4)
    signals = [CompleteSignal(ModelOutput(logits=torch.zeros(3, size))) for size in sizes]
    with pytest.raises(ValueError, match="about 5 classes, the teacher third about 4; give both"):
        make().check(signals, 5)


def test_a_pooled_tail_is_read_at_the_temperature_it_was_recorded_at():
    recorded = [top_k(torch.zeros(1, 5), 2, 2.0)]
    make(ForwardKL(2.0)).check(recorded, 5)
    with pytest.raises(ValueError, match=r"recorded at temperature 2 .* temperature 3; record it"):
        make(ForwardKL(3.0)).check(recorded, 5)
    with pytest.raises(ValueError, match="TeacherEntropy looks at teachers at temperature 1"):
        make(ForwardKL(2.0), build(TeacherEntropy)).check(recorded, 5)
    with pytest.raises(ValueError, match="LearnedGate looks at teachers at temperature 1"):
        make(ForwardKL(2.0), build(LearnedGate)).check(recorded, 5)  # for its own loss


def test_a_partial_teacher_is_looked_at_behind_a_complete_one():
    signals = [CompleteSignal(ModelOutput(logits=torch.zeros(1, 5)))]
    with pytest.raises(ValueError, match="recorded at temperature 2 cannot be read at the loss's"):
        Recipe(ForwardKL(), Uniform()).check([*signals, top_k(torch.zeros(1, 5), 2, 2.0)], 5)


def test_by_default_labels_and_teachers_count_the_same():
    assert make().formula.startswith("0.5 CE(labels, q) + 0.5 sum_k w_k D(p_k, q), with ")


def test_the_formula_says_what_is_minimised():
    recipe = make(ForwardKL(2.0), aggregation="probabilities", hard_share=0.1)
    assert recipe.formula.startswith("0.1 CE(labels, q) + 0.9 D(sum_k w_k p_k, q), with D = T^2 KL")
    assert make(hard_share=1.0, label_smoothing=0.1).formula == "CE(labels smoothed by 0.1, q)"


class LossNo(DistillationLoss):
    def __init__(self):
        self.scale = 2

    def forward(self, student_logits, teacher_logits, labels):
        return (student_logits - teacher_logits).sum(-1)


class DivergenceNo(Divergence):
    __init__ = LossNo.__init__

    def divergence(self, student_log_probs, teacher_log_probs):
        return (student_log_probs - teacher_log_probs).sum(-1)


class RuleNo(TeacherWeighting):
    def __init__(self):
        torch.nn.Module.__init__(self)

    def evidence(self, student_logits, teacher_logits, labels, hidden):
        return teacher_logits.amax(-1)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"loss": LossNo()}, r"LossNo is not set up; begin its __init__ with super.*__init__\(\)"),
        ({"loss": DivergenceNo()}, r"DivergenceNo is .* with super\(\).__init__\(temperature\)"),
        ({"weighting": RuleNo()}, r"RuleNo is not .* with super\(\).__init__\(granularity\)"),
        ({"loss": max}, r"loss must be a mtkd.losses.DistillationLoss, got an instance of builtin"),
        (
            {"weighting": Uniform},
            r"weighting must be a mtkd.weighting.Teach.* the class Uniform",
        ),
    ],
)
def test_a_part_that_is_not_set_up_or_of_another_kind(parts, words):
    with pytest.raises(TypeError, match=words):
        Recipe(**{"loss": ForwardKL(), "weighting": Uniform()} | parts)
