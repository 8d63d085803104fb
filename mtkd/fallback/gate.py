"""The decisions of a router without its models: routes, audits, counts and watches."""

import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from mtkd.fallback.fields import Fields
from mtkd.fallback.monitor import Alarm, Monitor
from mtkd.fallback.rule import Rule
from mtkd.fallback.traffic import STUDENT, Answer, Route, Traffic
from mtkd.files import write_json

FORMAT, VERSION = "mtkd router state", 1


class Gate:
    """Decides by confidence and keeps the books; safe in threads. Arguments as in `Router`.

    `Router` calls it around two models. A server that runs its models elsewhere (in batches, or
    asynchronously) calls `route` for each student answer and `compare` after each audit.
    """

    def __init__(
        self,
        rule: Rule,
        audit_share: float = 0.02,
        seed: int = 0,
        level: float = 0.05,
        defer_when_alarmed: bool = False,
    ) -> None:
        if not 0 <= audit_share <= 1:
            raise ValueError(f"audit_share must lie in [0, 1], got {audit_share}; 0.02 is usual")
        self.rule, self.audit_share = rule, audit_share
        self.defer_when_alarmed = defer_when_alarmed
        self.monitor = None if rule.threshold is None else Monitor(rule, level)
        self.traffic = Traffic()
        self._random = np.random.default_rng(seed)
        self._lock, self._saving = threading.Lock(), threading.Lock()

    def route(self, confidence: float) -> Route:
        """Who answers a query on which the student has this confidence; counts it."""
        if self.monitor and not 0 <= confidence <= 1:
            raise ValueError(f"confidence must lie in [0, 1], got {confidence}; fix the student")
        with self._lock:
            accepted, audited = self._decide(confidence)
            self.traffic.queries += 1
            self.traffic.accepted += accepted
            self.traffic.deferred += not accepted
        return Route(accepted, audited)

    def _decide(self, confidence: float) -> tuple[bool, bool]:
        threshold = self.rule.threshold
        if threshold is None or self.monitor is None:
            return False, False
        tie, chance = self._random.random(2)
        self.monitor.see(confidence, float(tie))
        alarmed = self.defer_when_alarmed and bool(self.monitor.alarms)
        accepted = confidence >= threshold and not alarmed
        return accepted, accepted and float(chance) < self.audit_share

    def compare(self, said: Answer, teacher: Answer) -> None:
        """The teacher's opinion about an audited answer of the student."""
        if self.monitor is None or said.source != STUDENT:
            raise ValueError(f"only accepted answers are audited, got one of the {said.source}")
        agrees = teacher.label == said.label
        with self._lock:
            self.traffic.audited += 1
            self.traffic.disagreements += not agrees
            self.monitor.audit(said.confidence, agrees)

    def teacher_failed(self) -> None:
        """Count a query that the teacher did not answer."""
        with self._lock:
            self.traffic.teacher_failures += 1

    def label(self, right: bool) -> None:
        """Report whether an answer with `audited` true was right, once its label is known.

        Only audited answers: they are a random sample, what users complain about is not.

        Raises:
            ValueError: The rule is infeasible, so no answer of the student was given out.
        """
        if self.monitor is None:
            raise ValueError("an infeasible rule accepts nothing, so there is nothing to label")
        with self._lock:
            self.traffic.labelled += 1
            self.traffic.labelled_errors += not right
            self.monitor.label(right)

    @property
    def alarms(self) -> list[Alarm]:
        """What rang so far; an alarm does not go off by itself."""
        with self._lock:
            return self.monitor.alarms if self.monitor else []

    def status(self) -> dict[str, Any]:
        """Counts, shares, the running gap between confidence and agreement, and alarms."""
        with self._lock:
            found: dict[str, Any] = asdict(self.traffic) | self.traffic.shares
            return found | (self.monitor.status() if self.monitor else {})

    def save(self, path: Path | str) -> None:
        """Write counts, tests and the state of the random choice, in one piece."""
        with self._lock:
            content = {
                "format": FORMAT,
                "version": VERSION,
                "rule": self.rule.fingerprint,
                "traffic": asdict(self.traffic),
                "monitor": self.monitor.state() if self.monitor else None,
                "random": self._random.bit_generator.state,
            }
        with self._saving:
            write_json(path, content)

    def restore(self, path: Path | str) -> None:
        """Go on from a saved state, to the last random number.

        Raises:
            ValueError: The file is missing, damaged, or belongs to another rule or version;
                nothing has changed then.
        """
        fields = Fields.read(path, FORMAT, VERSION, "start without a saved state instead")
        if fields.text("rule") != self.rule.fingerprint:
            fields.stop("rule", f"is {fields.text('rule')!r}", f"{self.rule.fingerprint!r}")
        traffic = Traffic.read(fields.inner("traffic"))
        random = _generator(fields)
        with self._lock:
            if self.monitor:
                self.monitor.restore(fields.inner("monitor"))
            self._random, self.traffic = random, traffic


def _generator(fields: Fields) -> np.random.Generator:
    random = np.random.default_rng()
    try:
        random.bit_generator.state = fields.inner("random").content
    except (KeyError, TypeError, ValueError, OverflowError):
        fields.stop("random", "cannot be used", "the state of a NumPy generator")
    return random
