"""Teachers of several kinds weighed together: what a rule sees of those that name few classes."""

import math

import pytest
import torch

from mtkd.alignment import UnionSignal
from mtkd.functional import entropy, log_probs
from mtkd.objective.weighing import evidence_of
from mtkd.outputs import ModelOutput
from mtkd.signals import CompleteSignal, PartialSignal, top_k
from mtkd.weighting import (
    Disagreement,
    MinCrossEntropy,
    TeacherCrossEntropy,
    TeacherEntropy,
    TeacherMaxProbability,
    UncertaintyGated,
)
from tests.weighting.rules import CLASSES, RULES, batch, build

READERS = [cls for cls in RULES if cls.needs_teachers and not cls.needs_complete]
COUNT = 1000


def seen(rule, signals, student, labels):
    return evidence_of(rule, student, signals, labels, None)


def weights(rule, signals, student, labels):
    rule.prepare([str(number) for number in range(len(signals))])
    return rule.weights(seen(rule, signals, student, labels))[:, 0].tolist()


@pytest.mark.parametrize("cls", READERS)
def test_a_teacher_that_leaves_one_class_unnamed_is_seen_as_one_that_names_all(cls):
    data, rule = batch(7), build(cls)
    whole = [CompleteSignal(ModelOutput(logits=logits)) for logits in data.teachers]
    most = [top_k(logits, CLASSES - 1) for logits in data.teachers]
    wanted = seen(rule, whole, data.student, data.labels)
    torch.testing.assert_close(seen(rule, most, data.student, data.labels), wanted)
    mixed = seen(rule, [whole[0], most[1], whole[2]], data.student, data.labels)
    torch.testing.assert_close(mixed, wanted)


def five_and_the_rest():
    """The wrong five of a thousand classes with .1 each and .5 for all others."""
    named = torch.full((1, 5), 0.1, dtype=torch.float64).log()
    tail = torch.tensor([0.5], dtype=torch.float64).log()
    return PartialSignal(torch.arange(5, 10).unsqueeze(0), named, tail, COUNT)


def right_with(mass):
    """All classes: `mass` for class 0, the rest evenly."""
    rest = torch.full((1, COUNT), (1 - mass) / (COUNT - 1), dtype=torch.float64)
    return CompleteSignal(ModelOutput(logits=rest.index_fill(1, torch.tensor([0]), mass).log()))


def test_a_label_that_is_not_named_gets_its_part_of_the_rest_only():
    signals = [right_with(0.3), five_and_the_rest()]
    student, labels = torch.zeros(1, COUNT, dtype=torch.float64), torch.tensor([0])
    few = 0.5 / (COUNT - 5)
    found = weights(TeacherCrossEntropy(), signals, student, labels)
    assert found == pytest.approx([0.3 / (0.3 + few), few / (0.3 + few)])
    assert weights(MinCrossEntropy(), signals, student, labels) == [1, 0]


def test_the_rest_is_many_classes_to_rules_that_look_at_how_sure_a_teacher_is():
    signals, labels = [five_and_the_rest()], torch.tensor([0])
    student = torch.arange(COUNT, dtype=torch.float64).div(100).unsqueeze(0)
    total = -5 * 0.1 * math.log(0.1) - 0.5 * math.log(0.5 / (COUNT - 5))
    found = {
        cls: seen(cls(), signals, student, labels).item()
        for cls in (TeacherEntropy, TeacherMaxProbability, UncertaintyGated)
    }
    unsure = entropy(log_probs(student)).item() / math.log(COUNT)
    assert found[TeacherEntropy] == pytest.approx(total)
    assert found[TeacherMaxProbability] == pytest.approx(0.1)
    assert found[UncertaintyGated] == pytest.approx(unsure * total / math.log(COUNT))


def test_a_comparison_with_the_student_is_over_the_named_classes_and_the_rest():
    signal, labels = five_and_the_rest(), torch.tensor([0])
    student = torch.zeros(1, COUNT, dtype=torch.float64)
    student[0, :5] = 3.0  # in the rest, where a partial signal says nothing
    pooled = signal.view(student, labels, 1.0)
    wanted = Disagreement().evidence(pooled.student, pooled.teacher.unsqueeze(0), labels, None)
    torch.testing.assert_close(seen(Disagreement(), [signal], student, labels), wanted)


def test_a_token_that_another_vocabulary_lacks_does_not_silence_its_teacher():
    """Eight tokens, the first of them not the teacher's: it gives .8 to each label it has."""
    logits = torch.full((8, 4), 0.2 / 3, dtype=torch.float64)
    logits[torch.arange(8), torch.arange(8) % 3] = 0.8
    union = UnionSignal(ModelOutput(logits=logits.log()), torch.tensor([0, 1, 2, -1]))
    labels = torch.arange(8) % 3
    labels[0] = 3
    even = CompleteSignal(ModelOutput(logits=torch.zeros(8, 4, dtype=torch.float64)))
    student = torch.zeros(8, 4, dtype=torch.float64)
    rule = MinCrossEntropy()
    rule.prepare(["aligned", "even"])
    evidence = seen(rule, [union, even], student, labels)
    torch.testing.assert_close(evidence[0, 0].exp(), torch.tensor(15.0, dtype=torch.float64))
    one_text = torch.zeros(8, dtype=torch.int64)
    assert rule.weights(evidence, None, one_text)[:, 0].tolist() == [1, 0]
