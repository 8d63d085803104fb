"""From checked values to a case: what a training costs, item by item, and what a month does."""

import math
from dataclasses import dataclass

from mtkd.config import ConfigError
from mtkd.economics.case import Case
from mtkd.economics.prices import missing_price, price_per_request
from mtkd.economics.reading import Values

HOURS_PER_WEEK = 168
COUNTED_AS_ZERO = (
    "training.teacher_requests",
    "training.price_per_gpu_hour",
    "training.filtering",
    "training.labour",
    "training.evaluation",
    "operation.fallback_share",
    "operation.monitoring_per_month",
    "operation.refresh_cost",
    "teacher.price_drop",
)
"""Keys that make break-even look sooner when they are left out; a result names those that were."""


@dataclass(frozen=True)
class Plan:
    """What economics.yaml says, priced.

    Attributes:
        training: $ by item; they sum to `case.training_cost`.
        not_stated: Keys that count as 0 because nobody said anything.
        asked: Whether the student runs at all: without a certified threshold the gate sends
            every request to the teacher at once.
    """

    case: Case
    training: dict[str, float]
    not_stated: tuple[str, ...]
    asked: bool = True


def make_plan(values: Values) -> Plan:
    """The case that checked values describe.

    Raises:
        ConfigError: A price is missing, or two values contradict each other.
    """
    requests = values["traffic.requests_per_month"]
    if requests is None:
        raise ConfigError("config.traffic lacks requests_per_month, everything depends on it")
    teacher, student = _prices(values)
    share = values["operation.fallback_share"] or 0.0
    asked = share < 1 or values["evidence.certified_fallback"] is not False
    training = _training(values, teacher)
    refresh_cost, refresh_months = _refresh(values)
    case = Case(
        requests=requests,
        teacher_price=teacher,
        student_price=student if asked else 0.0,
        training_cost=sum(training.values()),
        hosting=values["student.hosting_per_month"] or 0.0,
        fallback_share=share,
        monitoring=values["operation.monitoring_per_month"] or 0.0,
        refresh_cost=refresh_cost,
        refresh_months=refresh_months,
        price_drop=values["teacher.price_drop"] or 0.0,
        price_drop_months=values["teacher.price_drop_months"],
        discount=values["operation.discount_per_year"],
        horizon=values["operation.horizon_months"],
    )
    not_stated = tuple(key for key in COUNTED_AS_ZERO if values[key] is None)
    return Plan(case, training, not_stated, asked)


def _prices(values: Values) -> tuple[float, float]:
    """$/request of teacher and student; a student with a fixed fee may cost nothing more."""
    teacher, student = (price_per_request(values, who) for who in ("teacher", "student"))
    if teacher is None:
        raise missing_price("teacher")
    if student is None and values["student.hosting_per_month"] is None:
        raise missing_price("student", ", or a fixed hosting_per_month")
    return teacher, student or 0.0


def _training(values: Values, teacher_price: float) -> dict[str, float]:
    """$ by item, paid once for this student.

    A teacher that exists already costs nothing more; one that must be trained is shared by
    all students that learn from it.
    """
    new = not values["training.teacher_already_exists"]
    teacher = values["training.teacher_training"]
    if new and teacher is None:
        raise ConfigError(
            "config.training lacks teacher_training ($), as teacher_already_exists is false"
        )
    return {
        "teacher's answers": (values["training.teacher_requests"] or 0.0) * teacher_price,
        "compute": _compute(values),
        "filtering": values["training.filtering"] or 0.0,
        "labour": values["training.labour"] or 0.0,
        "evaluation": values["training.evaluation"] or 0.0,
        "teacher's training": teacher / values["training.students"] if new else 0.0,
    }


def _compute(values: Values) -> float:
    """$ for GPUs: hours, or GPUs x weeks x 168 hours, times the price of an hour."""
    hours, price = values["training.gpu_hours"], values["training.price_per_gpu_hour"]
    gpus, weeks = values["training.gpus"], values["training.weeks"]
    if hours is not None and (gpus is not None or weeks is not None):
        raise ConfigError("config.training has gpu_hours as well as gpus and weeks; keep one")
    if (gpus is None) != (weeks is None):
        absent = "gpus" if gpus is None else "weeks"
        raise ConfigError(f"config.training lacks {absent}; hours are gpus x weeks x 168")
    if hours is None and gpus is not None:
        hours = gpus * weeks * HOURS_PER_WEEK
    if hours is not None and price is None:
        raise ConfigError(f"config.training lacks price_per_gpu_hour for its {hours:g} hours")
    if hours is None and price is not None:
        raise ConfigError("config.training has a price_per_gpu_hour but no gpu_hours or gpus")
    return hours * price if hours is not None else 0.0


def _refresh(values: Values) -> tuple[float, float]:
    """$ of one retraining, and months between two; (0, infinity) without any."""
    cost, months = values["operation.refresh_cost"], values["operation.refresh_every_months"]
    if (cost or 0) > 0 and months is None:
        raise ConfigError("config.operation lacks refresh_every_months, as it has a refresh_cost")
    if months is not None and cost is None:
        raise ConfigError("config.operation lacks refresh_cost ($), as it has refresh_every_months")
    return cost or 0.0, math.inf if months is None else months
