"""Each published method takes two real steps, on a few rows of its real data."""

import json
import math
from functools import cache

import pytest
import torch

from mtkd.config import instantiate
from mtkd.distiller import Distiller
from mtkd.onpolicy import Routed
from mtkd.teachers import LiveTeacher
from mtkd.training import fit, seeded
from mtkd.trial import recipe
from tests.published.cases import cells

CELLS = cells()


@cache
def data(node):
    return instantiate(json.loads(node))


@cache
def teacher(node, seed):
    """A teacher that has learnt nothing: for two steps it does not matter what it says."""
    network = seeded(seed, lambda: instantiate(json.loads(node)))
    return LiveTeacher(network, f"untrained {seed}")


def some(config):
    """Eight rows from all over the training split, so from every domain."""
    return torch.linspace(0, len(data(json.dumps(config["data"])).train) - 1, 8).long()


def sources_of(config):
    made = {}
    for name in config["committee"]:
        node = config["teachers"][name]
        made[name] = teacher(json.dumps(node["model"]), node["seed"])
        if node["route"]:
            numbers = [data(json.dumps(config["data"])).routes.index(one) for one in node["route"]]
            made[name] = Routed(made[name], numbers)
    return made


def distiller(config):
    student = seeded(0, lambda: instantiate(config["student"]))
    sources = sources_of(config)
    return Distiller(
        student,
        sources,
        recipe(config),
        instantiate(config["optimizer"]),
        log_every=1,
        on_policy=instantiate(config.get("on_policy")),
    )


@pytest.mark.parametrize("name", CELLS)
def test_takes_steps_with_a_finite_loss_and_a_student_that_moves(name, tmp_path):
    config = CELLS[name].config
    module = distiller(config)
    before = {key: value.clone() for key, value in module.student.state_dict().items()}
    examples = data(json.dumps(config["data"])).train.take(some(config))
    assert fit(module, examples, config["trainer"], 0, tmp_path) == 2
    series = module.history.as_json()["series"]
    assert len(series["train/loss"]) == 2
    assert all(map(math.isfinite, series["train/loss"]))
    writes = config.get("on_policy")
    assert ("train/on_policy_soft" in series) == bool(writes)
    if writes:  # the second of two steps is the student's own in any case
        assert math.isfinite(series["train/on_policy_soft"][-1])
        assert series["train/on_policy_length"][-1] == 32
    for key, value in module.student.state_dict().items():
        assert value.isfinite().all(), key
        assert not torch.equal(value, before[key]), key


def test_no_two_cells_are_the_same_trial():
    assert len({trial.id for trial in CELLS.values()}) == len(CELLS)
