"""The economics.yaml that tests start from: the rule of thumb's 12 months, and nothing unknown."""

from copy import deepcopy

from mtkd.config import set_path
from mtkd.economics import analyse, read_values

CONFIG = {
    "traffic": {"requests_per_month": 1_000_000},
    "teacher": {"price_per_request": 0.003, "price_drop": 0.0},
    "student": {"price_per_request": 0.0002, "hosting_per_month": 300, "parameters": 1.5e9},
    "training": {
        "teacher_requests": 2_000_000,
        "gpus": 4,
        "weeks": 1.5,
        "price_per_gpu_hour": 2.5,
        "filtering": 1000,
        "labour": 17480,
        "evaluation": 3000,
    },
    "operation": {"fallback_share": 0.0, "monitoring_per_month": 0, "refresh_cost": 0},
    "sensitivity": {"draws": 200},
    "evidence": {
        "hard_constraints": [],
        "accuracy_needed": 0.9,
        "prompted_accuracy": 0.8,
        "domain_gap": False,
        "format_problem": False,
        "teacher_accuracy": 0.93,
        "months_between_task_changes": 12,
        "input_drifts": False,
        "evaluated_on_another_distribution": True,
        "certified_fallback": True,
        "calibration_monitored": True,
    },
}

CHEAP = {"training.labour": 0}
"""30,000 - 17,480 = 12,520 against 2,500 a month: 5.008 months, nothing to think about."""


def config(changes=None):
    """A copy of CONFIG with dotted keys changed; `...` takes a key away."""
    changed = deepcopy(CONFIG)
    for key, value in (changes or {}).items():
        section, _, name = key.partition(".")
        if value is ...:
            changed[section].pop(name, None)
        else:
            changed = set_path(changed, key.split("."), value)
    return changed


def analysis(changes=None, measured=None):
    """What CONFIG comes to with dotted keys changed."""
    return analyse(read_values(config(changes)), measured)
