"""The keys of economics.yaml, the kind of value each takes, and its range."""

from typing import Any, NamedTuple


class Key(NamedTuple):
    """`kind` as in an annotation, `rule` a name in `RANGES`."""

    kind: str
    rule: str = "any"
    default: Any = None


RANGES = {
    "any": (float("-inf"), float("inf"), ""),
    "cost": (0.0, float("inf"), "must not be negative"),
    "share": (0.0, 1.0, "is a share, it must lie within [0, 1]"),
    "count": (1.0, float("inf"), "must be at least 1"),
    "draws": (1.0, 100_000.0, "must lie within [1, 100000]"),
    "positive": (5e-324, float("inf"), "must be positive"),
    "used": (5e-324, 1.0, "must lie within (0, 1]: the share of the paid hours that work"),
}
"""Lowest and highest value, and what a sentence says about one outside."""

COST = Key("float | None", "cost")
SHARE = Key("float | None", "share")
POSITIVE = Key("float | None", "positive")
SPREAD = Key("float", "share", 0.5)
YES_NO = Key("bool | None")

PRICE = {
    "price_per_request": COST,
    "price_per_million_input_tokens": COST,
    "price_per_million_output_tokens": COST,
    "price_per_hour": COST,
    "requests_per_hour": POSITIVE,
    "utilisation": Key("float | None", "used"),
}
"""Three ways to say what a request costs: by request, by token, or by hosting it."""

SECTIONS: dict[str, dict[str, Key]] = {
    "traffic": {
        "requests_per_month": COST,
        "input_tokens": COST,
        "output_tokens": COST,
    },
    "teacher": {
        **PRICE,
        "price_drop": SHARE,
        "price_drop_months": Key("float", "positive", 24.0),
    },
    "student": {
        **PRICE,
        "hosting_per_month": COST,
        "parameters": Key("float | None", "count"),
    },
    "training": {
        "teacher_requests": COST,
        "gpu_hours": COST,
        "gpus": COST,
        "weeks": COST,
        "price_per_gpu_hour": COST,
        "filtering": COST,
        "labour": COST,
        "evaluation": COST,
        "teacher_already_exists": Key("bool", default=True),
        "teacher_training": COST,
        "students": Key("int", "count", 1),
    },
    "operation": {
        "fallback_share": SHARE,
        "monitoring_per_month": COST,
        "refresh_cost": COST,
        "refresh_every_months": POSITIVE,
        "horizon_months": Key("int | None", "count"),
        "discount_per_year": Key("float", "cost", 0.0),
    },
    "sensitivity": {
        "tornado": SPREAD,
        "requests": SPREAD,
        "teacher_price": SPREAD,
        "fallback_share": SPREAD,
        "training_cost": SPREAD,
        "draws": Key("int", "draws", 10_000),
        "seed": Key("int", "cost", 0),
    },
    "evidence": {
        "hard_constraints": Key("list | None"),
        "latency_target_ms": POSITIVE,
        "teacher_p95_ms": POSITIVE,
        "student_p95_ms": POSITIVE,
        "accuracy_needed": SHARE,
        "prompted_accuracy": SHARE,
        "domain_gap": YES_NO,
        "format_problem": YES_NO,
        "teacher_accuracy": SHARE,
        "months_between_task_changes": POSITIVE,
        "input_drifts": YES_NO,
        "evaluated_on_another_distribution": YES_NO,
        "certified_fallback": YES_NO,
        "calibration_monitored": YES_NO,
    },
}
HARD_CONSTRAINTS = ("air_gapped", "data_residency", "on_device")
