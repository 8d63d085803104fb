"""The configs of experiments/published, resolved as the command line resolves them."""

from functools import cache
from pathlib import Path

from mtkd.study.plan import Plan, make_plan
from mtkd.study.trials import Trial

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "experiments" / "published"
FILES = sorted(FOLDER.glob("*.yaml"))
SHORT = [
    "trainer.max_steps=2",
    "trainer.max_epochs=1",
    "trainer.batch_size=4",
    "trainer.chunk=64",
    "seed=0",
]


@cache
def plan(name: str) -> Plan:
    return make_plan(FOLDER / f"{name}.yaml", SHORT)


def cells() -> dict[str, Trial]:
    """Every cell of every config, one seed: `hinton`, or `nemo_rl/ce` where there are several."""
    found = {}
    for file in FILES:
        trials = [trial for trial in plan(file.stem).trials if trial.control is None]
        varied = [axis for axis in ("loss", "weighting") if len({t.cell[axis] for t in trials}) > 1]
        for trial in trials:
            found["/".join([file.stem, *(trial.cell[axis] for axis in varied)])] = trial
    return found
