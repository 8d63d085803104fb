"""Everything a report says, as numbers that can be asked for by name."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mtkd.metrics import Bins, Contributions
from mtkd.results.groups import Group
from mtkd.results.index import Study, Teacher
from mtkd.results.values import STUDENT, Estimate, Key, Problem, Row, Verdict
from mtkd.study.keys import OTHER_ENDPOINTS

SECONDARY = ("excess_ceir", "transferred_wrong_mass", "slope_wrong", "slope_asymmetry")
"""Statistics that a study may declare as its endpoint instead of dd_ceir."""


@dataclass
class Results:
    """A scored study.

    Attributes:
        main: The teacher that the primary endpoint is about.
        best_single: Which single-teacher control did best on the validation set.
        rows: Every measured number.
        estimates: Statistics over seeds.
        curves: Reliability bins on the clean domain, by group tag or teacher name; a group's
            seeds are pooled.
        problems: What could not be read or was not trained.
        verdicts: The study's known answers.
        scored: Ids of the trials and teachers that have rows.
        kept: By trial id of `leave_one_out` and teacher: CEIR on clean, item by item.
        costs: By trial id: steps, seconds and, where counted, operations of a step.
    """

    study: Study
    groups: list[Group]
    main: Teacher | None
    best_single: Group | None = None
    rows: list[Row] = field(default_factory=list)
    estimates: dict[Key, Estimate] = field(default_factory=dict)
    curves: dict[str, Bins] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    scored: set[str] = field(default_factory=set)
    costs: dict[str, dict[str, float]] = field(default_factory=dict)
    kept: dict[str, dict[str, Contributions]] = field(default_factory=dict)
    _values: dict[tuple[str, str, str, str], tuple[float, int]] = field(default_factory=dict)
    _reported: set[Problem] = field(default_factory=set)

    @property
    def declared(self) -> str:
        """The endpoint the study declared, if that is not about what is inherited; else nothing."""
        return self.study.endpoint if self.study.endpoint in OTHER_ENDPOINTS else ""

    @property
    def endpoint(self) -> str:
        """The statistic of inheritance; the plain excess where there is no placebo.

        It is the primary endpoint, unless the study has `declared` another one.
        """
        named = self.study.endpoint.split("/")[-1]
        if named in SECONDARY:
            return named
        return "dd_ceir" if self.study.placebo else "excess_ceir"

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds with at least one usable trial."""
        return tuple(sorted({trial.seed for group in self.groups for trial in group.trials}))

    @property
    def total(self) -> int:
        """Trials the study consists of; one in two roles counts once."""
        return len({trial.id for trial in self.study.trials})

    @property
    def done(self) -> int:
        """Trials that are in the results."""
        return len({trial.id for group in self.groups for trial in group.trials})

    def add(self, rows: Iterable[Row]) -> None:
        """Append rows; the last of two about the same thing is the one that is found."""
        for row in rows:
            self.rows.append(row)
            self.scored.add(row.trial)
            self._values[row[:4]] = (row.value, row.n)

    def absorb(self, part: "Results") -> None:
        """Add what was found about other groups; a trial that has rows already keeps them."""
        known = set(self.scored)
        self.add(row for row in part.rows if row.trial not in known)
        self.groups += part.groups
        self.estimates |= part.estimates
        self.curves |= part.curves
        self.costs |= part.costs
        self.kept |= part.kept
        for problem in part.problems:
            self.report(problem)

    def report(self, problem: Problem) -> None:
        """Remember what is missing, once."""
        if problem not in self._reported:
            self._reported.add(problem)
            self.problems.append(problem)

    def value(self, trial: str, model: str, domain: str, metric: str) -> float:
        """One number of one trial, NaN where it was not measured."""
        return self._values.get((trial, model, domain, metric), (math.nan, 0))[0]

    def items(self, trial: str, model: str, domain: str, metric: str) -> int:
        """How many items that number is about."""
        return self._values.get((trial, model, domain, metric), (math.nan, 0))[1]

    def mean(self, group: Group, model: str, domain: str, metric: str) -> float:
        """Mean over the seeds that have a value, NaN where none has."""
        found = [self.value(trial.id, model, domain, metric) for trial in group.trials]
        there = [value for value in found if not math.isnan(value)]
        return sum(there) / len(there) if there else math.nan

    def mean_count(self, group: Group, model: str, domain: str, metric: str) -> float:
        """Mean over seeds of a count, which is NaN over an empty set and 0 here."""
        found = [self._values.get((t.id, model, domain, metric)) for t in group.trials]
        counts = [value if n else 0.0 for value, n in filter(None, found)]
        return sum(counts) / len(counts) if counts else math.nan

    def estimate(
        self, group: Group, teacher: str, domain: str, statistic: str, model: str = STUDENT
    ) -> Estimate | None:
        """A statistic over seeds, if it was estimated."""
        return self.estimates.get(Key(group.tag, model, teacher, domain, statistic))

    def control(self, name: str) -> Group | None:
        """The group of a control by name: of single teachers the best, of several the largest."""
        if name == "best_single_teacher":
            return self.best_single
        found = (group for group in self.groups if group.control == name)
        return max(found, key=lambda group: len(group.committee), default=None)

    def teachers(self) -> Mapping[str, Teacher]:
        """Teachers by name, the placebo included."""
        return {teacher.name: teacher for teacher in self.study.teachers}
