"""The keys of a study file and the kind of value each takes, as in an annotation.

Nodes with a `_target_` are not described here: their constructor does that.
"""

from typing import Any

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
    "model": "dict",
    "seed": "int",
    "trainer": "dict | None",
    "optimizer": "dict | None",
    "relabel": "list | None",
    "label_smoothing": "float",
    "temperature": "float",
    "live": "bool",
    "device": "str | None",
    "route": "list | None",
    "align": "dict | None",
}
TEACHER_OPTIONAL: dict[str, Any] = {
    "trainer": None,
    "optimizer": None,
    "relabel": None,
    "label_smoothing": 0.0,
    "temperature": 1.0,
    "live": False,
    "device": None,
    "route": None,
    "align": None,
}
"""What a teacher node may leave out. Without a trainer it is used as its target gives it."""

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
