"""What scoring one trial leaves behind."""

from dataclasses import dataclass, field

from numpy.typing import NDArray

from mtkd.metrics import Contributions, Metric
from mtkd.results.values import Row

Place = tuple[str, str, str, str]
"""Model, teacher, domain, statistic."""


@dataclass(frozen=True)
class Term:
    """A statistic of one trial as sums over items, minus another one if there is one."""

    of: Contributions
    minus: Contributions | None = None


@dataclass
class Scored:
    """One trial, scored.

    Attributes:
        rows: Its lines of results.csv.
        terms: Per-item sums, for intervals over seeds and items.
        single: Numbers that are no ratio of sums, for intervals over seeds alone.
        kept: Of a trial of `leave_one_out`: each teacher's CEIR on clean, item by item.
        answers: Confidence and correctness of every clean item, for reliability diagrams.
    """

    rows: list[Row] = field(default_factory=list)
    terms: dict[Place, Term] = field(default_factory=dict)
    single: dict[Place, Metric] = field(default_factory=dict)
    kept: dict[str, Contributions] = field(default_factory=dict)
    answers: tuple[NDArray, NDArray] | None = None
