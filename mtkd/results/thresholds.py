"""Confident-error inheritance at other thresholds: fixed ones, and one of each model's own.

Distillation changes how sharp a model is, so a fixed tau does not ask the same of student and
control. `q0.8` is the confidence that 80 % of a model's own clean validation answers stay below:
the teacher's says which of its errors are confident, the student's and the control's own say when
they repeat one with confidence.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mtkd import metrics
from mtkd.metrics import Inheritance, Metric, Pair, quantile_tau
from mtkd.metrics import Predictions as Labelled
from mtkd.metrics.spoken import speaks
from mtkd.results.inheritance import endpoint_terms
from mtkd.results.models import VALIDATION, Opinions
from mtkd.results.scored import Term

TAUS = (0.5, 0.7, 0.9)
QUANTILE = 0.8


@dataclass(frozen=True)
class Threshold:
    """When an answer is confident; `name` is what stands behind the @ of a statistic.

    Attributes:
        name: `0.5`, or `q0.8`.
        teacher, student, control: Each model's threshold, in (0, 1].
    """

    name: str
    teacher: float
    student: float
    control: float

    def cell(self, teacher: Labelled, student: Labelled, control: Labelled) -> Inheritance:
        """Student and control against a teacher; their own threshold where it is another one."""
        same = self.teacher == self.student == self.control
        own = (None, None) if same else (self.student, self.control)
        return Inheritance(
            Pair(teacher, student, self.teacher, own[0]),
            Pair(teacher, control, self.teacher, own[1]),
        )


def thresholds(
    tau: float, teacher: Labelled | None, student: Opinions, control: Opinions
) -> Iterator[Threshold]:
    """The fixed thresholds besides the study's `tau`, then the models' own.

    Args:
        teacher: Its answers on validation items; None where a run has none. One that is silent on
            all of them has no threshold of its own.
    """
    yield from (Threshold(f"{fixed:g}", fixed, fixed, fixed) for fixed in TAUS if fixed != tau)
    held_out = [said.labelled.get(VALIDATION) for said in (student, control)]
    if teacher is not None and not speaks(teacher):
        teacher = None
    if teacher is not None and held_out[0] is not None and held_out[1] is not None:
        own = (quantile_tau(said, QUANTILE) for said in (teacher, held_out[0], held_out[1]))
        yield Threshold(f"q{QUANTILE:g}", *own)


def threshold_values(
    name: str, cell: Inheritance, placebo: Inheritance | None
) -> dict[str, Metric]:
    """CEIR of student and control, excess and double difference, by name (`ceir@0.5`)."""
    found = {
        "ceir": metrics.ceir(cell.student),
        "control_ceir": metrics.ceir(cell.compared()),
        "excess_ceir": metrics.excess_ceir(cell),
    }
    if placebo is not None:
        found["dd_ceir"] = metrics.dd_ceir(cell, placebo)
    return {f"{statistic}@{name}": value for statistic, value in found.items()}


def threshold_terms(name: str, cell: Inheritance, placebo: Inheritance | None) -> dict[str, Term]:
    """The endpoint at another threshold, for an interval."""
    terms = endpoint_terms(cell, placebo)
    return {f"{statistic}@{name}": term for statistic, term in terms.items()}
