"""What a student took over, teacher by teacher: as rows, and as terms for intervals."""

from collections.abc import Mapping

from mtkd.metrics import Inheritance
from mtkd.metrics import Predictions as Labelled
from mtkd.results.index import Study, Trial
from mtkd.results.inheritance import (
    compare,
    endpoint_terms,
    further_terms,
    inheritance_values,
    matched_values,
    prefixed,
)
from mtkd.results.models import CLEAN, Model, Opinions
from mtkd.results.scored import Scored, Term
from mtkd.results.tokens import clustered
from mtkd.results.values import STUDENT, rows_of


class ByTeacher:
    """Adds the inheritance of one trial from each teacher to what is known about it.

    Args:
        study: The index.
        teachers: By name, placebo included.
        focus: The teacher that the primary endpoint is about.
        endpoint: Its statistic.
    """

    def __init__(
        self, study: Study, teachers: Mapping[str, Model], focus: str, endpoint: str
    ) -> None:
        self.tau, self.focus, self.endpoint = study.tau, focus, endpoint
        self.teachers = {name: model.raw.labelled for name, model in teachers.items()}
        self.teaching = [one.name for one in study.teaching if one.name in teachers]
        placebo = study.placebo
        self.placebo = placebo.name if placebo and placebo.name in teachers else None

    def add(
        self,
        scored: Scored,
        trial: Trial,
        model: str,
        domain: str,
        student: Opinions,
        control: Opinions,
    ) -> None:
        """Add rows and terms for every teacher, and for the placebo by itself."""
        pair = student.labelled[domain], control.labelled[domain]
        placebo = self.cell(self.placebo, domain, *pair) if self.placebo else None
        cells = {name: self.cell(name, domain, *pair) for name in self.teaching}
        if self.placebo and placebo:
            cells[self.placebo] = placebo
        for name, cell in cells.items():
            spurious = None if cell is placebo else placebo
            measured = inheritance_values if model == STUDENT else matched_values
            found = prefixed(name, measured(cell, spurious))
            scored.rows += rows_of(trial.id, model, domain, found)
            terms = self._terms(model, name, domain, cell, spurious)
            for statistic, term in clustered(terms, student.tokens.get(domain)).items():
                scored.terms[model, name, domain, statistic] = term

    def cell(self, teacher: str, domain: str, student: Labelled, control: Labelled) -> Inheritance:
        """Student and control on a domain, held against one of the teachers."""
        return compare(self.teachers[teacher][domain], student, control, self.tau)

    def _terms(
        self, model: str, name: str, domain: str, cell: Inheritance, placebo: Inheritance | None
    ) -> dict[str, Term]:
        """What gets an interval, each being a bootstrap: only what a report shows.

        The teacher in focus: the endpoint everywhere, all statistics on clean as trained. Other
        teachers: the endpoint on clean as trained. The placebo: its excess there.
        """
        if (model, domain) != (STUDENT, CLEAN):
            if name != self.focus:
                return {}
            if domain != CLEAN:
                return endpoint_terms(cell, placebo)
        terms = further_terms(cell) | endpoint_terms(cell, placebo)
        if (model, name) == (STUDENT, self.focus):
            return terms
        wanted = "excess_ceir" if name == self.placebo else self.endpoint
        return {wanted: terms[wanted]} if wanted in terms else {}
