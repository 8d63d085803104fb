"""The secondary family: every statistic beside the endpoint, as rows, and as terms for intervals.

The teacher in focus gets intervals, the others rows: each interval is a bootstrap, and each test
makes Holm's correction of all the others harder.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mtkd.metrics import Inheritance, Metric, Pair, ceir_items, shift_amplification
from mtkd.metrics import Predictions as Labelled
from mtkd.results.index import Study, Trial
from mtkd.results.inheritance import compare, prefixed
from mtkd.results.likeness import flip_values, likeness_terms, likeness_values, per_seed_values
from mtkd.results.models import CLEAN, VALIDATION, Model, Opinions
from mtkd.results.outside import outside_terms, outside_values
from mtkd.results.scored import Scored, Term
from mtkd.results.thresholds import threshold_terms, threshold_values, thresholds
from mtkd.results.tokens import clustered
from mtkd.results.values import STUDENT, rows_of


@dataclass(frozen=True)
class Case:
    """A trial on one domain, held against its control."""

    trial: Trial
    domain: str
    student: Opinions
    control: Opinions
    scored: Scored

    @property
    def pair(self) -> tuple[Labelled, Labelled]:
        """Student and control, on a domain with labels."""
        return self.student.labelled[self.domain], self.control.labelled[self.domain]

    def rows(self, found: Mapping[str, Metric]) -> None:
        """Add lines of results.csv."""
        self.scored.rows += rows_of(self.trial.id, STUDENT, self.domain, found)

    def terms(self, teacher: str, found: Mapping[str, Term]) -> None:
        """Add what gets an interval."""
        tokens = self.student.tokens.get(self.domain)
        for statistic, term in clustered(found, tokens).items():
            self.scored.terms[STUDENT, teacher, self.domain, statistic] = term

    def single(self, teacher: str, found: Mapping[str, Metric]) -> None:
        """Add what gets an interval over seeds alone."""
        for statistic, metric in found.items():
            self.scored.single[STUDENT, teacher, self.domain, statistic] = metric


class Secondary:
    """Adds the secondary family of one trial to what is known about it.

    Args:
        study: The index.
        teachers: By name, placebo included.
        focus: The teacher that the primary endpoint is about.
    """

    def __init__(self, study: Study, teachers: Mapping[str, Model], focus: str) -> None:
        self.tau, self.focus = study.tau, focus
        self.teachers = {name: model.raw for name, model in teachers.items()}
        self.teaching = [one.name for one in study.teaching if one.name in teachers]
        placebo = study.placebo
        self.placebo = placebo.name if placebo and placebo.name in teachers else None

    def add(self, scored: Scored, trial: Trial, student: Opinions, control: Opinions) -> None:
        """Everything about one trial, on all domains."""
        for domain in student.measured:
            case = Case(trial, domain, student, control, scored)
            case.rows(flip_values(*case.pair))
            for name in self.teaching:
                self._likeness(case, name)
                self._thresholds(case, name)
            if domain != CLEAN and CLEAN in student.labelled:
                self._amplification(case)
        for domain in student.unlabelled:
            self._outside(Case(trial, domain, student, control, scored))

    def keep(self, scored: Scored, student: Opinions) -> None:
        """CEIR on clean, item by item: the removal of a teacher is measured from it."""
        if CLEAN not in student.labelled:
            return
        for name, teacher in self.teachers.items():
            items = ceir_items(Pair(teacher.labelled[CLEAN], student.labelled[CLEAN], self.tau))
            term = clustered({"ceir": Term(items)}, student.tokens.get(CLEAN))["ceir"]
            scored.kept[name] = term.of

    def _likeness(self, case: Case, name: str) -> None:
        cell = compare(self.teachers[name].labelled[case.domain], *case.pair, self.tau)
        single = per_seed_values(cell)
        case.rows(prefixed(name, likeness_values(cell) | single))
        if (name, case.domain) == (self.focus, CLEAN):
            case.terms(name, likeness_terms(cell))
            case.single(name, single)

    def _thresholds(self, case: Case, name: str) -> None:
        placebos = self._by_threshold(case, self.placebo) if self.placebo else {}
        for at, cell in self._by_threshold(case, name).items():
            placebo = placebos.get(at)
            case.rows(prefixed(name, threshold_values(at, cell, placebo)))
            if (name, case.domain) == (self.focus, CLEAN):
                case.terms(name, threshold_terms(at, cell, placebo))

    def _by_threshold(self, case: Case, name: str) -> dict[str, Inheritance]:
        """A teacher's comparison at every threshold but the study's own."""
        teacher = self.teachers[name].labelled
        found = thresholds(self.tau, teacher.get(VALIDATION), case.student, case.control)
        return {one.name: one.cell(teacher[case.domain], *case.pair) for one in found}

    def _amplification(self, case: Case) -> None:
        """What the shift added to the rate of confident errors beyond the control's."""
        clean = case.student.labelled[CLEAN], case.control.labelled[CLEAN]
        shifted = case.pair
        added = shift_amplification(clean[0], shifted[0], clean[1], shifted[1], self.tau)
        case.rows({"shift_amplification": added})
        case.single("", {"shift_amplification": added})

    def _outside(self, case: Case) -> None:
        student = case.student.unlabelled[case.domain]
        control = case.control.unlabelled[case.domain]
        for name in self.teaching:
            said = self.teachers[name].unlabelled[case.domain], student, control
            case.rows(prefixed(name, outside_values(*said, self.tau)))
            if name == self.focus:
                case.terms(name, outside_terms(*said, self.tau))
