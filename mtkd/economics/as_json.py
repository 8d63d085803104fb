"""An analysis as plain values, for a JSON file that other programs read."""

import math
from dataclasses import asdict
from typing import Any

from mtkd.economics.analysis import Analysis
from mtkd.economics.sizes import FP16, INT4, weight_bytes

VERSION = 1


def as_json(analysis: Analysis) -> dict[str, Any]:
    """Money in $, times in months, shares in [0, 1]; null stands for never and for not known."""
    case, sample = asdict(analysis.plan.case), analysis.sample
    quantiles = {f"{share:g}": _finite(sample.quantile(share)) for share in (0.1, 0.5, 0.9)}
    return {
        "version": VERSION,
        "question": analysis.question,
        "inputs": {key: value for key, value in analysis.values.items() if key != "question"},
        "case": {key: _finite(value) for key, value in case.items()},
        "training": analysis.plan.training,
        "not_stated": list(analysis.plan.not_stated),
        "outcome": asdict(analysis.outcome) | {"cumulative": list(analysis.outcome.cumulative)},
        "tornado": [asdict(swing) for swing in analysis.swings],
        "monte_carlo": {
            "share_within_12_months": sample.within,
            "share_never": sample.never,
            "months_ahead": sample.ahead,
            "quantiles": quantiles,
            "draws": len(sample.months),
            "seed": sample.seed,
            "spreads": dict(sample.spreads),
        },
        "decision": asdict(analysis.decision),
        "weights": _weights(analysis.values["student.parameters"]),
        "measured": asdict(analysis.measured) if analysis.measured else None,
    }


def _weights(parameters: float | None) -> dict[str, float] | None:
    """Bytes of the student's weights, null if its size is not known."""
    if parameters is None:
        return None
    sizes = {"fp16_bytes": weight_bytes(parameters, FP16)}
    return sizes | {"int4_bytes": weight_bytes(parameters, INT4)}


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and math.isinf(value) else value
