"""Watching a rule in service: alarms when confidence and correctness part, or traffic changes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mtkd.fallback.drift import ConfidenceDrift
from mtkd.fallback.evidence import Evidence, mean_bets, rate_bets
from mtkd.fallback.fields import Fields
from mtkd.fallback.rule import Rule

WHAT = {
    "disagreement": "the teacher contradicts accepted answers more often than the promise allows",
    "gap": "confidence and correctness have parted: accepted answers are surer than they are right",
    "confidence": "confidences are no longer distributed as they were at calibration",
    "labels": "accepted answers are wrong more often than was promised, by their labels",
}
"""The tests, and what each says when it rings; together they share the level."""


@dataclass(frozen=True)
class Alarm:
    """A test that rang: its name, at which of its observations, and what that means."""

    test: str
    at: int
    sentence: str


class Monitor:
    """Four tests that may be read at any time, and the running calibration.

    Audits compare with the teacher, so a mistake that both make stays unseen (inheritance);
    `labelled` outcomes of audited answers see those too. An alarm of `disagreement` says that
    the promise is broken, unless the teacher got worse where the student is right.

    Args:
        rule: With a threshold.
        level: Probability of any alarm, ever, while everything is as at calibration.

    Raises:
        ValueError: The rule accepts nothing, so there is nothing to watch.
    """

    def __init__(self, rule: Rule, level: float = 0.05) -> None:
        if not 0 < level < 1:
            raise ValueError(f"level must lie strictly between 0 and 1, got {level}")
        if rule.threshold is None or rule.mean_confidence is None:
            raise ValueError("an infeasible rule accepts nothing, so there is nothing to watch")
        each = level / len(WHAT)
        allowed = min(rule.allowed_disagreement or rule.risk, 1 - 1e-9)
        self._promised_gap = rule.mean_confidence - 1 + allowed
        self._allowed, self._risk = rate_bets(allowed), rate_bets(rule.risk)
        self._stakes = mean_bets(rule.threshold - 1 - self._promised_gap)
        self._drift = ConfidenceDrift(rule.edges, rule.counts, each)
        self._tests = {
            "disagreement": Evidence(self._allowed.shape[1], each),
            "gap": Evidence(len(self._stakes), each),
            "confidence": self._drift.evidence,
            "labels": Evidence(self._risk.shape[1], each),
        }
        self.audits = 0
        self.agreements = 0
        self.audited_confidence = 0.0

    def see(self, confidence: float, uniform: float) -> None:
        """One query's confidence; `uniform` is a random number in [0, 1) for its ties."""
        self._drift.see(confidence, uniform)

    def audit(self, confidence: float, agrees: bool) -> None:
        """An accepted answer was shown to the teacher, who agrees or does not."""
        self.audits += 1
        self.agreements += agrees
        self.audited_confidence += confidence
        self._tests["disagreement"].update(self._allowed[int(not agrees)])
        self._tests["gap"].update(
            1 + self._stakes * (confidence - float(agrees) - self._promised_gap)
        )

    def label(self, right: bool) -> None:
        """The truth about an accepted answer that was chosen at random (an audited one)."""
        self._tests["labels"].update(self._risk[int(not right)])

    @property
    def gap(self) -> float:
        """Mean confidence minus agreement of the audited answers; NaN before the first."""
        return (self.audited_confidence - self.agreements) / self.audits if self.audits else np.nan

    @property
    def log_evidence(self) -> dict[str, float]:
        """ln of the evidence against each hypothesis; an alarm rings at ln(4 / level)."""
        return {name: test.log_value for name, test in self._tests.items()}

    @property
    def alarms(self) -> list[Alarm]:
        """What rang so far; an alarm does not go off by itself."""
        rang = {name: test.rang_at for name, test in self._tests.items()}
        return [Alarm(name, at, WHAT[name]) for name, at in rang.items() if at is not None]

    def status(self) -> dict[str, Any]:
        """What a log or a dashboard shows."""
        alarms = [alarm.test for alarm in self.alarms]
        return {"gap": self.gap, "log_evidence": self.log_evidence, "alarms": alarms}

    def state(self) -> dict[str, Any]:
        """Everything that changes, as JSON values."""
        return {
            "audits": self.audits,
            "agreements": self.agreements,
            "audited_confidence": self.audited_confidence,
            "drift_counts": self._drift.counts,
            "tests": {name: test.state() for name, test in self._tests.items()},
        }

    def restore(self, fields: Fields) -> None:
        """Go on from a saved state.

        Raises:
            ValueError: A field is missing or out of range; the monitor is then unchanged.
        """
        counts = fields.counts("drift_counts")
        if len(counts) != len(self._drift.counts):
            fields.stop("drift_counts", f"has {len(counts)} bins", str(len(self._drift.counts)))
        audits, agreements = fields.count("audits"), fields.count("agreements")
        confidence = fields.number("audited_confidence", 0.0, float(audits))
        tests = fields.inner("tests")
        saved = {name: test.read(tests.inner(name)) for name, test in self._tests.items()}
        self.audits, self.agreements, self.audited_confidence = audits, agreements, confidence
        self._drift.counts = list(counts)
        for name, test in self._tests.items():
            test.resume(*saved[name])
