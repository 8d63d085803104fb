"""The fallback of a version: from `fallback.json` if it is about this student, else certified."""

from dataclasses import dataclass

import numpy as np

from mtkd.fallback import Cascade, Operation, Promise, Rule, certify, operate
from mtkd.metrics import Predictions as Labelled
from mtkd.scorecard.cast import Cast
from mtkd.scorecard.figures import Figure, of, share
from mtkd.scorecard.items import Items

RISK, CONFIDENCE, START_COVERAGE = 0.05, 0.9, 0.2
FILE = "fallback.json"


@dataclass(frozen=True)
class Fallback:
    """A certified threshold and what it does on clean items.

    Attributes:
        threshold: None if nothing can be promised: everything goes to the teacher.
        source: Where it comes from, in words.
        items: Calibration items.
    """

    promise: Promise
    threshold: float | None
    source: str
    items: int
    operation: Operation

    @property
    def deferred(self) -> float:
        """Share of clean items that the teacher answers."""
        return self.operation.deferred


def find_fallback(
    cast: Cast, held_out: Items, clean: Items, risk: float | None, confidence: float | None
) -> Fallback:
    """The rule of this student and teacher, and the clean items under it.

    Args:
        risk, confidence: What is to be promised; None takes the run's rule, or .05 and .9.

    Raises:
        ValueError: A risk or confidence outside (0, 1), or a rule of other predictions.
    """
    cascade = Cascade.of(clean.said["student"], clean.said["teacher"])
    sure = held_out.said["student"]
    rule = _rule(cast, risk, confidence)
    if rule is not None:
        _check(cast, rule, sure)
        promise, threshold = Promise(rule.risk, rule.confidence), rule.threshold
        source = f"{FILE}: {rule.method}"
    else:
        promise = Promise(
            RISK if risk is None else risk, CONFIDENCE if confidence is None else confidence
        )
        found = certify(sure.confidence, sure.correct, promise, START_COVERAGE)
        threshold, source = found.threshold, f"{found.method}, from {START_COVERAGE:.0%} coverage"
    return Fallback(promise, threshold, source, len(held_out), operate(cascade, threshold))


def fallback_figures(found: Fallback) -> list[Figure]:
    """Certified risk, what was wrong among the accepted, deferral rate, accuracy with fallback."""
    doing, promise = found.operation, found.promise
    promised = f"risk {promise.risk:g} at confidence {promise.confidence:g}"
    if found.threshold is None:
        text = f"infeasible at {promised}: everything goes to the teacher; {found.source}"
        certified = Figure("certified_risk", np.nan, np.nan, np.nan, found.items, text)
    else:
        text = (
            f"at most this share of accepted answers wrong with probability "
            f"{promise.confidence:g}; threshold {found.threshold:.4g}; {found.source}, validation"
        )
        certified = Figure("certified_risk", promise.risk, np.nan, np.nan, found.items, text)
    n = doing.coverage.n
    accepted, right = round(doing.coverage.value * n), round(doing.accuracy.value * n)
    wrong = round(doing.joint_risk.value * n)
    ruled = f"rule of {promised}, clean items"
    risk = share("accepted_risk", wrong, accepted, f"wrong / accepted, {ruled}")
    return [
        certified,
        risk if accepted else of("accepted_risk", doing.risk),
        share("deferral_rate", n - accepted, n, f"sent to the teacher / all, {ruled}"),
        share("accuracy_with_fallback", right, n, f"right in the end / all, {ruled}"),
    ]


def _rule(cast: Cast, risk: float | None, confidence: float | None) -> Rule | None:
    """The run's rule if it is about this student, this teacher and what was asked for."""
    path = cast.study.folder / FILE
    if not path.is_file():
        return None
    rule = Rule.load(path)
    own = rule.student.endswith(f"trial {cast.student.id}")
    own &= rule.teacher == f"{cast.teacher.name}, {cast.teacher.id}"
    own &= risk in (None, rule.risk) and confidence in (None, rule.confidence)
    return rule if own else None


def _check(cast: Cast, rule: Rule, held_out: Labelled) -> None:
    threshold = np.inf if rule.threshold is None else rule.threshold
    accepted = int((held_out.confidence >= threshold).sum())
    if (len(held_out), accepted) != (rule.items, rule.accepted):
        raise ValueError(
            f"{cast.study.folder / FILE} accepts {rule.accepted} of {rule.items} validation items, "
            f"by the stored predictions it is {accepted} of {len(held_out)}; the student was "
            "trained again since: run mtkd fallback again"
        )
