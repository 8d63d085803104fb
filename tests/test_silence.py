"""Where a teacher is silent, nothing of it reaches the student."""

import pytest
import torch

from mtkd.functional import IMPOSSIBLE, entropy, log_probs
from mtkd.losses import CorrelationKD, ForwardKL, JensenShannon, ReverseKL
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput
from mtkd.recipe import AGGREGATIONS, Recipe
from mtkd.signals import CompleteSignal, PartialSignal, top_k
from mtkd.weighting import Fixed, TeacherEntropy, Uniform

POSITIONS, CLASSES = 6, 5
PRESENT = torch.tensor([[1, 1, 0, 1, 0, 1], [1, 0, 0, 1, 1, 1]]).bool()


def draw(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def found(logits, signals, recipe, **options):
    logits = logits.clone().requires_grad_()
    labels, examples = torch.zeros(len(logits), dtype=torch.long), torch.arange(len(logits))
    made = distillation_objective(
        ModelOutput(logits=logits), signals, labels, examples, recipe, **options
    )
    made.loss.backward()
    return made, logits.grad


def spoken(teachers, present):
    return [
        CompleteSignal(ModelOutput(logits=t), p) for t, p in zip(teachers, present, strict=True)
    ]


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("loss", [CorrelationKD(), JensenShannon()], ids=["batch", "rows"])
def test_what_a_silent_teacher_would_say_moves_nothing(loss, aggregation):
    logits, teachers = draw(POSITIONS, CLASSES), draw(2, POSITIONS, CLASSES)
    recipe = Recipe(loss, Uniform(), aggregation, hard_share=0.0)
    value, gradient = found(logits, spoken(teachers, PRESENT), recipe, detail=True)
    changed = torch.where(PRESENT[..., None], teachers, draw(2, POSITIONS, CLASSES))
    other, moved = found(logits, spoken(changed, PRESENT), recipe, detail=True)
    torch.testing.assert_close(other.loss, value.loss)
    torch.testing.assert_close(moved, gradient)
    torch.testing.assert_close(other.described["distance"], value.described["distance"])
    assert not gradient[2].any()  # nobody speaks there


def test_a_loss_across_positions_sees_those_where_the_teacher_speaks():
    logits, teachers = draw(POSITIONS, CLASSES), draw(1, POSITIONS, CLASSES)
    recipe = Recipe(CorrelationKD(), Uniform(), hard_share=0.0)
    here = PRESENT[0]
    value, gradient = found(logits, spoken(teachers, PRESENT[:1]), recipe)
    alone, expected = found(logits[here], spoken(teachers[:, here], [None]), recipe)
    torch.testing.assert_close(value.loss, alone.loss)
    torch.testing.assert_close(gradient[here], expected)
    assert not gradient[~here].any()


def test_a_teacher_that_never_speaks_leaves_no_number_undefined():
    logits, teachers = draw(POSITIONS, CLASSES), draw(2, POSITIONS, CLASSES)
    never = torch.zeros(2, POSITIONS, dtype=torch.bool)
    for aggregation in AGGREGATIONS:
        recipe = Recipe(CorrelationKD(), Uniform(), aggregation, hard_share=0.0)
        value, gradient = found(logits, spoken(teachers, never), recipe, detail=True)
        assert value.loss.item() == 0
        assert not gradient.any()


def test_a_mixture_has_exactly_nothing_of_the_absent():
    logits = torch.zeros(1, 2, dtype=torch.float64)
    sure = torch.tensor([[0.0, IMPOSSIBLE]], dtype=torch.float64)
    recipe = Recipe(ReverseKL(), Uniform(), "probabilities", hard_share=0.0)
    both = spoken([sure, torch.zeros_like(sure)], torch.tensor([[True], [False]]))
    value, gradient = found(logits, both, recipe)
    alone, expected = found(logits, spoken([sure], [None]), recipe)
    assert value.loss.item() == pytest.approx(-IMPOSSIBLE / 2, rel=1e-3)
    torch.testing.assert_close(value.loss, alone.loss)
    torch.testing.assert_close(gradient, expected)


def test_a_softened_partial_teacher_is_described_as_it_was_recorded():
    logits, teacher = draw(POSITIONS, CLASSES), 2 * draw(POSITIONS, CLASSES)
    signal, weighting = top_k(teacher, 2, 2.0), Fixed({"one": 1.0})
    weighting.prepare(("one",), None)
    recipe = Recipe(JensenShannon(temperature=2.0), weighting, hard_share=0.0)
    described = found(logits, [signal], recipe, detail=True)[0].described
    log_p = (teacher / 2).log_softmax(-1)
    tail = log_p.exp().topk(CLASSES - 2, largest=False).values.sum(-1, keepdim=True)
    named = log_p.topk(2).values
    expected = -(named.exp() * named).sum() - (tail * (tail / (CLASSES - 2)).log()).sum()
    assert described["entropy"].item() == pytest.approx(expected.item())


def test_a_partial_teacher_agrees_in_a_class_and_never_in_what_it_does_not_name():
    logits = torch.zeros(2, 6)
    logits[0, 5], logits[1, 1] = 1.0, 9.0
    kept = torch.tensor([[0, 1], [0, 1]])
    log_p = torch.tensor([[0.1, 0.2], [0.1, 0.2]]).log()
    signal = PartialSignal(kept, log_p, torch.tensor([0.7, 0.7]).log(), 6)
    weighting = Fixed({"one": 1.0})
    weighting.prepare(("one",), None)
    recipe = Recipe(JensenShannon(), weighting, hard_share=0.0)
    # Of the first, both have most in the four other classes together; the best one differs.
    assert found(logits, [signal], recipe, detail=True)[0].described["agreement"].item() == 1


@pytest.mark.parametrize("chunk", [2, 100])
def test_a_pooled_rule_that_was_not_told_who_teaches_counts_them(chunk):
    logits, teachers = draw(POSITIONS, CLASSES), draw(2, POSITIONS, CLASSES)
    recipe = Recipe(JensenShannon(), Uniform(granularity="batch"), hard_share=0.0, chunk=chunk)
    value, _ = found(logits, spoken(teachers, [None, None]), recipe)
    expected = JensenShannon()(logits, teachers, torch.zeros(POSITIONS)).mean(dim=0).sum()
    torch.testing.assert_close(value.loss.detach(), expected)


def test_agreement_and_entropy_are_sums_over_where_a_teacher_speaks():
    logits = draw(POSITIONS, CLASSES)
    signals = spoken(torch.stack([logits, logits]), PRESENT)
    said = found(logits, signals, Recipe(JensenShannon(), Uniform()), detail=True)[0].described
    torch.testing.assert_close(said["agreement"], PRESENT.sum(1).double(), check_dtype=False)
    torch.testing.assert_close(said["coverage"], PRESENT.sum(1).double())
    uncertainty = entropy(log_probs(logits))
    torch.testing.assert_close(said["entropy"], (uncertainty * PRESENT).sum(1))


@pytest.mark.parametrize("granularity", ["example", "batch"])
def test_weights_that_chunks_share_leave_silence_out(granularity):
    logits, teachers = draw(POSITIONS, CLASSES), draw(2, POSITIONS, CLASSES)
    examples, labels = torch.tensor([0, 0, 0, 1, 1, 1]), torch.zeros(POSITIONS, dtype=torch.long)
    given = ModelOutput(logits=logits), spoken(teachers, PRESENT), labels, examples
    rule = TeacherEntropy(form="softmax", sharpness=3.0, granularity=granularity)
    whole, parts = (
        distillation_objective(*given, Recipe(ForwardKL(), rule, chunk=chunk)) for chunk in (6, 2)
    )
    weights = rule(logits, teachers, labels, None, PRESENT, examples)
    torch.testing.assert_close(parts.described["weight"], weights.sum(1))
    torch.testing.assert_close(parts.loss, whole.loss)
