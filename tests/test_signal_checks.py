"""Signals that formulas would believe although they are none, and the sentence about each."""

import re
from dataclasses import replace

import pytest
import torch

from mtkd.alignment import UnionSignal
from mtkd.losses import DecoupledKD
from mtkd.outputs import ModelOutput
from mtkd.signals import CompleteSignal, check_presence, check_values, checks, top_k
from mtkd.weighting import InverseCrossEntropy

CLASSES = 6
LOGITS = torch.randn(4, 3, CLASSES, generator=torch.Generator().manual_seed(2))
SIGNAL = top_k(LOGITS, 2)
WHOLE = CompleteSignal(ModelOutput(logits=LOGITS))
UNION = UnionSignal(ModelOutput(logits=LOGITS), torch.arange(CLASSES))
HEAD = SIGNAL.log_probs.log_softmax(dim=-1)


def with_class(place, values):
    kept = SIGNAL.kept.clone()
    kept[place] = torch.as_tensor(values)
    return replace(SIGNAL, kept=kept)


ODD = {
    "raw logits": (
        replace(SIGNAL, log_probs=torch.full((4, 3, 2), 2.0), log_tail=torch.zeros(4, 3)),
        "x gave probabilities that are 15.78 together, expected 1: log_probs must be logarithms",
    ),
    "probabilities": (replace(SIGNAL, log_probs=SIGNAL.log_probs.exp()), "together, expected 1"),
    "a head of all mass": (
        replace(SIGNAL, log_probs=HEAD, log_tail=torch.zeros(4, 3)),
        "x gave probabilities that are 2 together, expected 1",
    ),
    "five percent too much": (
        replace(
            SIGNAL,
            log_probs=torch.full((4, 3, 2), 0.35).log(),
            log_tail=torch.full((4, 3), 0.35).log(),
        ),
        "x gave probabilities that are 1.05 together, expected 1",
    ),
    "a lost tail": (replace(SIGNAL, log_tail=torch.full((4, 3), -1e4)), "together, expected 1"),
    "one class twice": (
        with_class((2, 1), [5, 5]),
        "x named one class twice at the same position; kept must hold distinct classes",
    ),
    "too large a class": (
        with_class((3, 2, 1), CLASSES),
        "x named class 6, expected classes within 0 and 5, as its signal has 6 of them",
    ),
    "a negative class": (with_class((0, 0, 0), -1), "x named class -1, expected classes within"),
    "an infinite value": (
        replace(SIGNAL, log_tail=torch.full((4, 3), float("-inf"))),
        "x gave infinite or NaN values; mark impossible classes with",
    ),
    "NaN": (replace(SIGNAL, log_probs=torch.full((4, 3, 2), float("nan"))), "infinite or NaN"),
    "another shape": (
        replace(SIGNAL, log_tail=SIGNAL.log_tail.unsqueeze(-1)),
        "kept int64 [4, 3, 2], log_probs [4, 3, 2] and log_tail [4, 3, 1], expected kept integers",
    ),
    "classes that are no numbers of classes": (
        replace(SIGNAL, kept=SIGNAL.kept.float()),
        "x gave a partial signal with kept float32 [4, 3, 2]",
    ),
}


@pytest.mark.parametrize("part", [1, 2**22], ids=["cut", "whole"])
@pytest.mark.parametrize(("signal", "words"), ODD.values(), ids=ODD)
def test_a_partial_signal_that_is_none(monkeypatch, signal, words, part):
    monkeypatch.setattr(checks, "PART", part)
    with pytest.raises(ValueError, match=re.escape(words)) as told:
        check_values("x", signal)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("k", [1, 2, CLASSES - 1])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_what_is_made_from_logits_is_a_distribution_in_any_type(k, dtype):
    signal = top_k(4 * LOGITS, k)
    check_values("x", signal.map(lambda v: v.to(dtype) if v.is_floating_point() else v.int()))


@pytest.mark.parametrize("name", ["raw logits", "one class twice"])
def test_where_it_is_silent_a_signal_need_be_no_distribution(name):
    present = torch.ones(4, 3, dtype=torch.bool)
    with pytest.raises(ValueError, match="x "):
        check_values("x", ODD[name][0].silenced(present))
    present[2, 1] = False
    one = (
        with_class((2, 1), [5, 5])
        if name == "one class twice"
        else replace(SIGNAL, log_tail=torch.where(present, SIGNAL.log_tail, 3.0))
    )
    check_values("x", one.silenced(present))


@pytest.mark.parametrize("signal", [SIGNAL, WHOLE, UNION], ids=["partial", "complete", "union"])
@pytest.mark.parametrize(
    ("present", "got"),
    [
        (True, "a bool"),
        (torch.ones(4, 3), "float32 [4, 3]"),
        (torch.ones(4, dtype=torch.bool), "bool [4]"),
        (torch.ones(4, 3, 1, dtype=torch.bool), "bool [4, 3, 1]"),
    ],
)
def test_a_present_that_is_no_boolean_for_each_position(signal, present, got):
    words = f"x gave a signal with present {got}, expected booleans [4, 3], one for each position"
    with pytest.raises(ValueError, match=re.escape(words)):
        check_presence("x", signal.silenced(present))
    check_presence("x", signal)
    check_presence("x", signal.silenced(torch.zeros(4, 3, dtype=torch.bool)))


def test_no_label_is_no_label_in_the_tail():
    labels = torch.tensor([[-1, 0, 1]]).expand(4, 3)
    coarse = SIGNAL.coarse_labels(labels)
    assert (coarse[:, 0] == -1).all()
    assert (coarse[:, 1:] >= 0).all()


@pytest.mark.parametrize("signal", [SIGNAL, WHOLE], ids=["partial", "complete"])
def test_what_asks_for_a_label_refuses_a_position_without_one(signal):
    labels = torch.zeros(4, 3, dtype=torch.int64)
    labels[1, 2] = -1
    student = torch.zeros(4, 3, CLASSES)
    view = signal.view(student, labels, 1.0)
    with pytest.raises(ValueError, match="needs a label at every position, got -1"):
        InverseCrossEntropy().evidence(view.student, view.teacher.unsqueeze(0), view.labels, None)
    with pytest.raises(ValueError, match=r"labels must lie in \[0, "):
        DecoupledKD()(view.student, view.teacher, view.labels)
    with pytest.raises((RuntimeError, IndexError), match="index -1 is out of bounds"):
        signal.label_log_probs(labels)
