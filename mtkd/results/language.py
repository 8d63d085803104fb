"""What only a language model has: likelihood gained, risks, and errors that are far off."""

from collections.abc import Mapping

from mtkd.metrics import Inheritance, Metric
from mtkd.metrics import Predictions as Labelled
from mtkd.results.by_teacher import ByTeacher
from mtkd.results.index import Trial
from mtkd.results.inheritance import inheritance_values, prefixed
from mtkd.results.models import Model, Opinions
from mtkd.results.scored import Scored
from mtkd.results.tokens import clustered, far_only, gain_terms, risk_metrics, risk_terms
from mtkd.results.values import STUDENT, rows_of

FAR = ("ceir", "control_ceir", "excess_ceir", "dd_ceir")
"""What is measured of far errors."""


class Language:
    """Adds what one trial says token by token; nothing for a classifier.

    Args:
        by_teacher: Compares students with teachers.
        teachers: By name, placebo included.
    """

    def __init__(self, by_teacher: ByTeacher, teachers: Mapping[str, Model]) -> None:
        self.by_teacher = by_teacher
        self.tokens = {name: model.raw.tokens for name, model in teachers.items()}

    def add(
        self, scored: Scored, trial: Trial, domain: str, student: Opinions, control: Opinions
    ) -> None:
        """Add rows and terms on one domain."""
        tokens = student.tokens.get(domain)
        if tokens is None:
            return
        said = student.labelled[domain], control.labelled[domain]
        scored.rows += rows_of(trial.id, STUDENT, domain, risk_metrics(tokens))
        terms = gain_terms(*said) | risk_terms(tokens)
        for statistic, term in clustered(terms, tokens).items():
            scored.terms[STUDENT, "", domain, statistic] = term
        for name in self.by_teacher.teaching:
            found = self._far(name, domain, *said)
            scored.rows += rows_of(trial.id, STUDENT, domain, prefixed(name, found))

    def _far(
        self, teacher: str, domain: str, student: Labelled, control: Labelled
    ) -> dict[str, Metric]:
        """Inheritance of errors that are far off: the reference is not near the teacher's top."""

        def far(name: str) -> Inheritance:
            near = self.tokens[name][domain].near
            return far_only(self.by_teacher.cell(name, domain, student, control), near)

        spurious = self.by_teacher.placebo
        found = inheritance_values(far(teacher), far(spurious) if spurious else None)
        return {f"{name}_far": metric for name, metric in found.items() if name in FAR}
