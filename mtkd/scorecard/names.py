"""Every figure of a scorecard by name: its layer, how it is shown, which way is better."""

from typing import NamedTuple

LAYERS = ("user outcome", "reliability", "economics", "change")
OUTCOME, RELIABILITY, ECONOMICS, CHANGE = LAYERS


class Kind(NamedTuple):
    """What a figure is.

    Attributes:
        layer: One of `LAYERS`.
        title: As readers know it.
        unit: `share`, `ratio`, `difference`, `times`, `ms`, `count` or `p`.
        better: `higher`, `lower`, or nothing where neither is.
        sampled: It is about a sample of items or calls, so a small n is marked.
    """

    layer: str
    title: str
    unit: str
    better: str = ""
    sampled: bool = True


FIGURES = {
    "accuracy": Kind(OUTCOME, "accuracy of the student", "share", "higher"),
    "teacher_accuracy": Kind(OUTCOME, "accuracy of the teacher", "share"),
    "control_accuracy": Kind(OUTCOME, "accuracy of the control", "share"),
    "quality_ratio": Kind(OUTCOME, "quality ratio", "ratio", "higher"),
    "worst_slice_quality_ratio": Kind(OUTCOME, "quality ratio, worst slice", "ratio", "higher"),
    "gap_recovered": Kind(OUTCOME, "gap recovered", "ratio", "higher"),
    "accuracy_with_fallback": Kind(OUTCOME, "accuracy with fallback", "share", "higher"),
    "confident_wrong_rate": Kind(RELIABILITY, "confident-wrong rate", "share", "lower"),
    "dd_ceir": Kind(RELIABILITY, "DD-CEIR", "difference", "lower"),
    "certified_risk": Kind(RELIABILITY, "certified risk", "share", "lower"),
    "accepted_risk": Kind(RELIABILITY, "wrong among accepted", "share", "lower"),
    "deferral_rate": Kind(RELIABILITY, "deferral rate", "share", "lower"),
    "parameters": Kind(ECONOMICS, "parameters", "count", "lower", False),
    "size_reduction_parameters": Kind(
        ECONOMICS, "size reduction, parameters", "share", "higher", False
    ),
    "size_reduction_parameters_committee": Kind(
        ECONOMICS, "size reduction, parameters, committee", "share", "higher", False
    ),
    "bytes": Kind(ECONOMICS, "bytes of weights", "count", "lower", False),
    "size_reduction_bytes": Kind(ECONOMICS, "size reduction, bytes", "share", "higher", False),
    "size_reduction_bytes_committee": Kind(
        ECONOMICS, "size reduction, bytes, committee", "share", "higher", False
    ),
    "latency_p50": Kind(ECONOMICS, "latency p50, student", "ms", "lower"),
    "latency_p95": Kind(ECONOMICS, "latency p95, student", "ms", "lower"),
    "teacher_latency_p50": Kind(ECONOMICS, "latency p50, teacher", "ms"),
    "teacher_latency_p95": Kind(ECONOMICS, "latency p95, teacher", "ms"),
    "fallback_latency_p50": Kind(ECONOMICS, "latency p50, with fallback", "ms", "lower"),
    "fallback_latency_p95": Kind(ECONOMICS, "latency p95, with fallback", "ms", "lower"),
    "latency_improvement_p50": Kind(ECONOMICS, "teacher / student, p50", "times", "higher"),
    "latency_improvement_p95": Kind(ECONOMICS, "teacher / student, p95", "times", "higher"),
    "quality_per_training_hour": Kind(
        ECONOMICS, "accuracy gained per training hour", "difference", "higher"
    ),
    "label_efficiency": Kind(ECONOMICS, "label efficiency", "times", "higher", False),
    "negative_flips": Kind(CHANGE, "negative flips", "share", "lower"),
    "confident_negative_flips": Kind(CHANGE, "confident negative flips", "share", "lower"),
    "positive_flips": Kind(CHANGE, "positive flips", "share", "higher"),
    "net_change": Kind(CHANGE, "net change of accuracy", "difference", "higher"),
    "flips_p_value": Kind(CHANGE, "p value of the flips", "p"),
}
"""In the order of the page."""
