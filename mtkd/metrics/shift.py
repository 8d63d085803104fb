"""What a shift adds, and inheritance where no label is valid."""

import numpy as np

from mtkd.metrics.base import Metric, check_share
from mtkd.metrics.contributions import Contributions, mean_over
from mtkd.metrics.flips import confident_wrong_difference_items
from mtkd.metrics.predictions import Answers, Predictions


def shift_amplification(
    student_clean: Predictions,
    student_shifted: Predictions,
    control_clean: Predictions,
    control_shifted: Predictions,
    tau: float = 0.9,
) -> Metric:
    """(CWR_S shifted - CWR_S clean) - (CWR_C shifted - CWR_C clean), in [-2, 2].

    CWR is the rate of being wrong with confidence >= tau. Positive: the shift made the student
    confidently wrong more than it made the control. n counts the shifted items.
    """
    shifted = confident_wrong_difference_items(student_shifted, control_shifted, tau).metric()
    clean = confident_wrong_difference_items(student_clean, control_clean, tau).metric()
    convention = f"{shifted.convention}, shifted - clean"
    return Metric(shifted.value - clean.value, shifted.n, convention)


def quantile_tau(validation: Answers, quantile: float = 0.8) -> float:
    """The confidence that `quantile` of a model's own clean validation answers stay below.

    A threshold per model: distillation changes how sharp a model is, so a fixed tau does not
    ask the same of student and control. Pass it as `model_tau` of a `Pair`.
    """
    check_share(quantile, "quantile")
    sure = validation.confidence
    if validation.spoke is not None:
        sure = sure[validation.spoke]
    if not len(sure):
        raise ValueError("a quantile needs validation answers, got none")
    return float(np.quantile(sure, quantile))


def confident_together_items(teacher: Answers, model: Answers, tau: float = 0.9) -> Contributions:
    """Contributions to `confident_together`."""
    _check(tau, teacher, model)
    convention = f"model confident given the teacher is, tau {tau:g}, no labels"
    return mean_over(model.confident(tau), teacher.confident(tau), convention)


def confident_together(teacher: Answers, model: Answers, tau: float = 0.9) -> Metric:
    """P(c >= tau | c_T >= tau), in [0, 1]; for out-of-scope items, where both should be unsure."""
    return confident_together_items(teacher, model, tau).metric()


def confident_together_excess_items(
    teacher: Answers, student: Answers, control: Answers, tau: float = 0.9
) -> Contributions:
    """Contributions to `confident_together_excess`."""
    _check(tau, teacher, student, control)
    difference = student.confident(tau).astype(float) - control.confident(tau)
    convention = f"student - control confident given the teacher is, tau {tau:g}, no labels"
    return mean_over(difference, teacher.confident(tau), convention)


def confident_together_excess(
    teacher: Answers, student: Answers, control: Answers, tau: float = 0.9
) -> Metric:
    """`confident_together` of the student minus that of the control, in [-1, 1]."""
    return confident_together_excess_items(teacher, student, control, tau).metric()


def same_confident_answer(teacher: Answers, model: Answers, tau: float = 0.9) -> Metric:
    """P(same top label | both confidences >= tau), in [0, 1]; needs no labels."""
    _check(tau, teacher, model)
    both = teacher.confident(tau) & model.confident(tau)
    convention = f"same answer given both confident, tau {tau:g}, no labels"
    return mean_over(teacher.predicted == model.predicted, both, convention).metric()


def _check(tau: float, *models: Answers) -> None:
    check_share(tau, "tau")
    shapes = {model.shape for model in models}
    if len(shapes) > 1:
        raise ValueError(f"models must answer the same items, got [n, classes] = {sorted(shapes)}")
