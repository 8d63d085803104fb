"""The rule that leaves the laboratory: what a serving process needs to apply and to watch."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mtkd.fallback.cascade import Cascade
from mtkd.fallback.certify import Certificate
from mtkd.fallback.fields import Fields
from mtkd.fallback.promise import Promise, largest_risk
from mtkd.files import write_json

FORMAT, VERSION = "mtkd fallback rule", 1
BINS = 20
"""Groups of about equal size into which the calibration confidences are cut."""


@dataclass(frozen=True)
class Rule:
    """A certified threshold, what was promised, and what the calibration traffic looked like.

    Attributes:
        study, student, teacher: Where the rule comes from, in words.
        classes: Length of the probability vectors of both models.
        risk, confidence: What was promised (see `Promise`).
        method: How the threshold was found.
        threshold: Answers at least this confident are accepted; None sends all to the teacher.
        items, accepted, errors: Counts of the calibration set.
        mean_confidence: Of the accepted calibration items; None if there are none.
        allowed_disagreement: As long as the promise holds, student and teacher disagree on at
            most this share of the accepted: the risk, plus an upper bound on the share where
            only the teacher is wrong. None where nothing is accepted.
        edges: Rising confidences that cut the calibration items into bins.
        counts: Calibration items of each bin, one more than edges.
    """

    study: str
    student: str
    teacher: str
    classes: int
    risk: float
    confidence: float
    method: str
    threshold: float | None
    items: int
    accepted: int
    errors: int
    mean_confidence: float | None
    allowed_disagreement: float | None
    edges: tuple[float, ...]
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        Promise(self.risk, self.confidence)
        if len(self.counts) != len(self.edges) + 1 or sum(self.counts) != self.items:
            raise ValueError(
                f"{len(self.counts)} counts that sum to {sum(self.counts)} do not fit "
                f"{len(self.edges)} edges and {self.items} items; export the rule again"
            )
        if self.threshold is None:
            return
        mean, allowed = self.mean_confidence, self.allowed_disagreement
        if mean is None or allowed is None or mean < self.threshold - 1e-9 or allowed < self.risk:
            raise ValueError(
                f"a rule with a threshold needs a mean_confidence above it and an "
                f"allowed_disagreement above the risk, got {mean} and {allowed}; without them "
                "nobody can watch it, export the rule again"
            )

    @property
    def fingerprint(self) -> str:
        """10 hex digits of the rule's content; a saved router state belongs to one rule."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:10]

    def save(self, path: Path | str) -> None:
        """Write the rule as JSON, in one piece."""
        write_json(path, {"format": FORMAT, "version": VERSION, **asdict(self)})

    @classmethod
    def load(cls, path: Path | str) -> "Rule":
        """The rule in a file.

        Raises:
            ValueError: The file is missing, damaged, of another version, or a field is missing,
                unknown or out of range; the sentence names the file and the field.
        """
        fields = Fields.read(path, FORMAT, VERSION, "`mtkd fallback RUN` writes it")
        fields.only(set(cls.__dataclass_fields__))
        try:
            return cls(
                study=fields.text("study"),
                student=fields.text("student"),
                teacher=fields.text("teacher"),
                classes=fields.count("classes", 2),
                risk=fields.number("risk"),
                confidence=fields.number("confidence"),
                method=fields.text("method"),
                threshold=fields.optional("threshold"),
                items=fields.count("items", 1),
                accepted=fields.count("accepted"),
                errors=fields.count("errors"),
                mean_confidence=fields.optional("mean_confidence"),
                allowed_disagreement=fields.optional("allowed_disagreement"),
                edges=fields.rising("edges"),
                counts=fields.counts("counts"),
            )
        except ValueError as error:
            raise ValueError(fields.about(str(error))) from None


def make_rule(
    certificate: Certificate,
    promise: Promise,
    calibration: Cascade,
    classes: int,
    study: str,
    student: str,
    teacher: str,
) -> Rule:
    """The rule of a certificate, with what the calibration items say about normal traffic."""
    accepted = calibration.accepts(certificate.threshold)
    n = int(accepted.sum())
    both = accepted & calibration.teacher_spoke
    only_teacher = int((both & calibration.student_right & ~calibration.teacher_right).sum())
    allowed = promise.risk + largest_risk(only_teacher, int(both.sum()), promise.doubt)
    shares = np.arange(1, BINS) / BINS
    quantiles = np.quantile(calibration.confidence, shares, method="inverted_cdf")
    edges = np.unique(quantiles)
    bins = np.searchsorted(edges, calibration.confidence, side="right")
    return Rule(
        study=study,
        student=student,
        teacher=teacher,
        classes=classes,
        risk=promise.risk,
        confidence=promise.confidence,
        method=certificate.method,
        threshold=certificate.threshold,
        items=len(calibration),
        accepted=n,
        errors=certificate.errors,
        mean_confidence=float(calibration.confidence[accepted].mean()) if n else None,
        allowed_disagreement=min(allowed, 1.0) if n else None,
        edges=tuple(edges.tolist()),
        counts=tuple(np.bincount(bins, minlength=len(edges) + 1).tolist()),
    )
