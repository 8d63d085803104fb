"""The keys of a study file and the kind of value each takes, as in an annotation.

Nodes with a `_target_` are not described here: their constructor does that.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from mtkd.config import ConfigError, nearest
from mtkd.config.arguments import check_type, listed

STUDY = {
    "question": "str",
    "data": "dict",
    "student": "dict",
    "teachers": "dict",
    "placebo": "dict | None",
    "committee": "list | None",
    "loss": "dict",
    "weighting": "dict",
    "aggregation": "str",
    "hard_share": "float",
    "label_smoothing": "float",
    "optimizer": "dict",
    "trainer": "dict",
    "seed": "int | list | dict",
    "grid": "dict | list",
    "controls": "list",
    "domains": "list",
    "endpoint": "str",
    "tau": "float",
    "expectations": "list",
    "wandb": "dict",
    "log_every": "int",
    "on_policy": "dict | None",
}
OPTIONAL: dict[str, Any] = {
    "question": "",
    "teachers": {},
    "placebo": None,
    "committee": None,
    "grid": {},
    "controls": [],
    "domains": ["clean"],
    "expectations": [],
    "log_every": 10,
    "on_policy": None,
}
"""Keys a study may leave out, and what that means. All others are in configs/base.yaml."""

TRAINER = {"batch_size": "int", "chunk": "int", "compile": "bool"}
"""Keys of `trainer` that are ours; the others go to `pytorch_lightning.Trainer`."""

WANDB = {"mode": "str", "project": "str"}
TEACHER = {
    "model": "dict | None",
    "source": "dict | None",
    "access": "dict | None",
    "seed": "int",
    "trainer": "dict | None",
    "optimizer": "dict | None",
    "relabel": "list | None",
    "label_smoothing": "float",
    "temperature": "float",
    "live": "bool",
    "record": "dict | None",
    "device": "str | None",
    "route": "list | None",
    "align": "dict | None",
}
TEACHER_OPTIONAL: dict[str, Any] = {
    "model": None,
    "source": None,
    "access": None,
    "trainer": None,
    "optimizer": None,
    "relabel": None,
    "label_smoothing": 0.0,
    "temperature": 1.0,
    "live": False,
    "record": None,
    "device": None,
    "route": None,
    "align": None,
}
"""What a teacher node may leave out. Without a trainer it is used as its target gives it."""

RECORD = {"top_k": "int | None", "draws": "int | None", "temperature": "float"}
"""What may stand under a teacher's `record`, see `mtkd.signals.Sparse`."""

OF_MODELS = ("trainer", "optimizer", "relabel", "label_smoothing", "record", "device", "align")
"""What only a teacher with a `model` can have."""

EXPECTATION = {
    "claim": "str",
    "statistic": "str",
    "teacher": "str",
    "domain": "str",
    "cell": "dict",
    "control": "str",
    "minus": "dict",
    "between": "list",
}
INHERITANCE = (
    "dd_ceir",
    "excess_ceir",
    "transferred_wrong_mass",
    "slope_wrong",
    "slope_asymmetry",
)
"""Statistics of a student and a teacher that an endpoint may name."""

OTHER_ENDPOINTS = (
    "accuracy_difference",
    "confident_wrong_difference",
    "accuracy",
    "nll",
    "ece",
    "signed_gap",
    "confident_wrong_rate",
    "aurc",
    "brier",
)
"""Endpoints of a study that asks for something else; what is inherited is reported all the same."""

CONTROLS = (
    "labels_only",
    "other_seed",
    "label_smoothing",
    "best_single_teacher",
    "uniform",
    "leave_one_out",
)
CHANGEABLE = {"student", "label_smoothing", "optimizer", "trainer"}
"""What a control of one's own may change in `labels_only`."""

AGGREGATIONS = ("distances", "probabilities", "logits")
MODES = ("offline", "online", "disabled")


def check_keys(node: Any, known: Mapping[str, str], at: str, required: Iterable[str] = ()) -> None:
    """Fail if a mapping holds a key that is not known, lacks one, or holds the wrong kind.

    Raises:
        ConfigError: The config path, what is wrong, and the nearest name.
    """
    check_type(node, "dict", at)
    for key, value in node.items():
        if key not in known:
            hint = nearest(key, known) or "."
            raise ConfigError(f"{at} has no key {key!r}{hint}{listed('It has', known)}")
        check_type(value, known[key], f"{at}.{key}")
    for key in required:
        if key not in node:
            raise ConfigError(f"{at} lacks {key!r}")
