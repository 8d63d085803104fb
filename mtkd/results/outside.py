"""Inheritance where no label is valid: is the student sure of nonsense where its teacher is?"""

from mtkd import metrics
from mtkd.metrics import Answers, Metric
from mtkd.results.scored import Term


def outside_values(
    teacher: Answers, student: Answers, control: Answers, tau: float
) -> dict[str, Metric]:
    """P(confident | teacher confident) of student and control, and P(same answer | both)."""
    return {
        "confident_together": metrics.confident_together(teacher, student, tau),
        "control_confident_together": metrics.confident_together(teacher, control, tau),
        "confident_together_excess": metrics.confident_together_excess(
            teacher, student, control, tau
        ),
        "same_confident_answer": metrics.same_confident_answer(teacher, student, tau),
        "control_same_confident_answer": metrics.same_confident_answer(teacher, control, tau),
    }


def outside_terms(
    teacher: Answers, student: Answers, control: Answers, tau: float
) -> dict[str, Term]:
    """The excess of the above, for an interval."""
    items = metrics.confident_together_excess_items(teacher, student, control, tau)
    return {"confident_together_excess": Term(items)}
