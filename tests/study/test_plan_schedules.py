"""Learning rates that reach 0 before the training ends."""

import copy

import pytest

from mtkd.config import ConfigError, set_path
from tests.study.studies import STUDY, plan_of

COSINE = {
    "_target_": "mtkd.schedules.warmup_cosine",
    "_partial_": True,
    "steps": 6,
    "optimizer": {"_target_": "torch.optim.SGD", "_partial_": True, "lr": 1.0},
}
STEPS = {"max_steps": 40, "max_epochs": -1, "batch_size": 4}


@pytest.mark.parametrize("where", ["", "teachers.a."])
def test_a_learning_rate_that_is_0_before_the_end_is_told(tmp_path, where):
    study = copy.deepcopy(STUDY)
    for key, value in {"optimizer": COSINE, "trainer": STEPS}.items():
        study = set_path(study, f"{where}{key}".split("."), value)
    words = (
        f"config.{where}optimizer.steps is 6, but config.{where}trainer makes 40 steps, the last "
        "of them at a learning rate of 0; set optimizer.steps: 40"
    )
    with pytest.raises(ConfigError) as caught:
        plan_of(tmp_path, **study)
    assert str(caught.value) == words
    for override in ("optimizer.last=0.1", "trainer.max_steps=6", "trainer.max_epochs=1"):
        plan_of(tmp_path, f"{where}{override}", **study)


def test_a_schedule_is_held_against_the_steps_of_each_cell(tmp_path):
    changes = {"optimizer": COSINE, "trainer": STEPS | {"max_steps": 6}, "grid": {}}
    plan_of(tmp_path, **changes)
    with pytest.raises(ConfigError, match=r"is 6, but config\.trainer makes 7 steps"):
        plan_of(tmp_path, **changes | {"grid": {"trainer.max_steps": [6, 7]}})
    with pytest.raises(ConfigError, match=r"is 6, but config\.trainer makes 9 steps"):
        plan_of(tmp_path, **changes, controls=[{"longer": {"trainer.max_steps": 9}}])
