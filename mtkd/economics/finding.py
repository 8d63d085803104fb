"""What a decision rule sees and what it answers."""

from dataclasses import dataclass
from typing import Any

from mtkd.economics.outcome import Outcome
from mtkd.economics.plan import Plan
from mtkd.economics.reading import Values

PASS, CARE, STOP, UNKNOWN, ASIDE = "pass", "care", "stop", "missing", "aside"
"""Goes on; goes on with a warning; ends here; cannot be said; counts for nothing here."""


@dataclass(frozen=True)
class Facts:
    """Everything the rules look at: what was stated or measured, and what it comes to.

    `broken` are the domains on which the exported rule of the student breaks its promise.
    """

    values: Values
    plan: Plan
    outcome: Outcome
    broken: tuple[str, ...] = ()

    def missing(self, *keys: str) -> tuple[str, ...]:
        """Those of the dotted keys that nobody stated or measured."""
        return tuple(key for key in keys if self.values[key] is None)

    def known(self, key: str) -> Any:
        """A piece of evidence, None if nobody stated or measured it."""
        return self.values[f"evidence.{key}"]

    @property
    def too_slow(self) -> bool:
        """Whether the teacher's p95 is above the latency that is asked for."""
        target, slowest = self.known("latency_target_ms"), self.known("teacher_p95_ms")
        return target is not None and slowest is not None and target < slowest

    @property
    def constrained(self) -> bool:
        """Whether something other than money asks for a model of one's own: rule 0."""
        return bool(self.known("hard_constraints")) or self.too_slow


@dataclass(frozen=True)
class Finding:
    """The answer of one rule.

    Attributes:
        number: 0 to 8, the order of the rules.
        status: PASS, CARE, STOP, UNKNOWN or ASIDE.
        reason: A sentence or two with the figures.
        advice: What to do instead, where it stops.
        missing: Keys of economics.yaml that would let it answer, or answer better.
        alternatives: What else may serve, where it stops.
    """

    number: int
    name: str
    status: str
    reason: str
    advice: str = ""
    missing: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
