"""What scoring one trial leaves behind."""

from dataclasses import dataclass, field

from numpy.typing import NDArray

from mtkd.metrics import Contributions
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
        terms: Per-item sums, for intervals over seeds.
        answers: Confidence and correctness of every clean item, for reliability diagrams.
    """

    rows: list[Row] = field(default_factory=list)
    terms: dict[Place, Term] = field(default_factory=dict)
    answers: tuple[NDArray, NDArray] | None = None
