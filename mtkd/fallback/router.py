"""The rule in a serving process: the student answers where it may, else the teacher."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from numpy.typing import ArrayLike

from mtkd.fallback.gate import Gate
from mtkd.fallback.monitor import Alarm
from mtkd.fallback.rule import Rule
from mtkd.fallback.traffic import STUDENT, TEACHER, Answer, opinion

Query = TypeVar("Query")


class Router(Generic[Query]):
    """Answers by the student where the rule allows it, else by the teacher; safe in threads.

    A random share of the accepted answers is shown to the teacher as well. Without it nobody
    would ever learn how often accepted answers are wrong. The models run outside the lock.
    Of language models a query is the text so far, and an answer its next token. Tokens of one text
    are not independent, so alarms ring without any change where it sees more than one of each.

    Args:
        student: Probabilities `[classes]` for a query.
        teacher: The same; called for deferred and audited queries only.
        rule: From `mtkd fallback`; an infeasible one sends everything to the teacher.
        audit_share: Share of accepted queries that is audited, in [0, 1]; 1-2 % is usual.
        seed: Of the choice of audits.
        level: Probability that any alarm ever rings while all is as at calibration.
        defer_when_alarmed: Send everything to the teacher once any alarm rang.

    Raises:
        ValueError: `audit_share` or `level` is out of range.
    """

    def __init__(
        self,
        student: Callable[[Query], ArrayLike],
        teacher: Callable[[Query], ArrayLike],
        rule: Rule,
        audit_share: float = 0.02,
        seed: int = 0,
        level: float = 0.05,
        defer_when_alarmed: bool = False,
    ) -> None:
        self.student, self.teacher = student, teacher
        self.gate = Gate(rule, audit_share, seed, level, defer_when_alarmed)

    def answer(self, query: Query) -> Answer:
        """One query, answered.

        Raises:
            ValueError: A model returned something that is no distribution over the classes.
            Exception: What the student, or the teacher of a deferred query, raised.
        """
        rule = self.gate.rule
        if rule.threshold is None:
            self.gate.route(float("nan"))
            return replace(self._ask_teacher(query), confidence=float("nan"))
        said = opinion(self.student(query), rule.classes, STUDENT)
        route = self.gate.route(said.confidence)
        if not route.accepted:
            return replace(self._ask_teacher(query), confidence=said.confidence)
        return self._audit(query, said) if route.audited else said

    @property
    def alarms(self) -> list[Alarm]:
        """What rang so far; an alarm does not go off by itself."""
        return self.gate.alarms

    def label(self, right: bool) -> None:
        """Report whether an answer with `audited` true was right, once its label is known."""
        self.gate.label(right)

    def status(self) -> dict[str, Any]:
        """Counts, shares, the running gap between confidence and agreement, and alarms."""
        return self.gate.status()

    def save(self, path: Path | str) -> None:
        """Write everything that changed since the start, in one piece."""
        self.gate.save(path)

    def restore(self, path: Path | str) -> None:
        """Go on from what `save` wrote; ValueError if it belongs to another rule or version."""
        self.gate.restore(path)

    def _ask_teacher(self, query: Query) -> Answer:
        try:
            return opinion(self.teacher(query), self.gate.rule.classes, TEACHER)
        except Exception:  # counted, whatever it is, and raised
            self.gate.teacher_failed()
            raise

    def _audit(self, query: Query, said: Answer) -> Answer:
        """The student's answer, whatever the teacher says, or fails to say (which is counted)."""
        try:
            teacher = self._ask_teacher(query)
        except Exception:  # an audit must not cost the student's answer
            return said
        self.gate.compare(said, teacher)
        return replace(said, audited=True)
