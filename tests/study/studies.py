"""Study files made of stubs."""

import json
import os
import subprocess
import sys
from pathlib import Path

from mtkd.study.plan import make_plan
from mtkd.study.tasks import Functions
from tests.study.stub import HERE

ROOT = Path(__file__).parents[2]
STUBS = Functions(
    check=f"{HERE}.check",
    compare=f"{HERE}.compare",
    train_teacher=f"{HERE}.train_teacher",
    run_trial=f"{HERE}.run_trial",
    early=f"{HERE}.early",
    report=f"{HERE}.report",
    publish=f"{HERE}.publish",
)
MODEL = {"_target_": f"{HERE}.Model"}
OPTIMIZER = {"_target_": f"{HERE}.Optimizer", "_partial_": True}
TRAINER = {"max_epochs": 1, "batch_size": 4}


def teacher(**changes):
    node = {"model": MODEL | {"behaviour": "fine"}, "seed": 100, "trainer": TRAINER}
    return node | {"optimizer": OPTIMIZER} | changes


STUDY = {
    "question": "Does it run?",
    "data": {"_target_": f"{HERE}.Data"},
    "student": MODEL | {"behaviour": "fine"},
    "teachers": {"a": teacher(seed=1), "b": teacher(seed=2)},
    "placebo": {"p": teacher(seed=3)},
    "loss": {"_target_": "mtkd.losses.ForwardKL"},
    "weighting": {"_target_": "mtkd.weighting.Uniform"},
    "aggregation": "distances",
    "hard_share": 0.5,
    "label_smoothing": 0.0,
    "optimizer": OPTIMIZER,
    "trainer": TRAINER,
    "seed": {"range": 2},
    "grid": {"committee": [["a"], ["a", "b"]]},
    "controls": ["labels_only"],
    "domains": ["clean"],
    "endpoint": "accuracy",
    "tau": 0.9,
    "wandb": {"mode": "disabled"},
}


def write_study(folder, **changes):
    """A study file in `folder`; JSON is YAML."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(json.dumps(STUDY | changes))
    return folder


def plan_of(folder, *overrides, **changes):
    """The plan of such a study."""
    return make_plan(write_study(folder / "s", **changes), overrides)


def start(study, runs, *overrides, **environment):
    """The run of a study as a process of its own, with one worker."""
    code = (
        # A shell that runs the tests in the background lets its children ignore Ctrl-C.
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from mtkd.study.run import run_study; from tests.study.studies import STUBS\n"
        "sys.exit(run_study(sys.argv[1], sys.argv[3:], 1, sys.argv[2], STUBS))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(study), str(runs), *overrides],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
    )


def index_of(runs, name):
    return json.loads((runs / name / "study.json").read_text())
