"""Splitting a student: what it needs, what a twin shares, and what is refused before it starts."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from mtkd.data import Examples
from mtkd.distiller import Distiller
from mtkd.epochs import _part
from mtkd.losses import ForwardKL
from mtkd.recipe import Recipe
from mtkd.sharding import Layered, split, twin, unite
from mtkd.students import MLP
from mtkd.training import fit
from mtkd.weighting import Uniform
from tests.language.families import CAUSAL, MASKED, says

FSDP1 = {"_target_": "pytorch_lightning.strategies.FSDPStrategy"}


def mesh(tensor_parallel):
    """As much of a mesh of devices as is looked at before anything is split."""
    return {"tensor_parallel": SimpleNamespace(size=lambda: tensor_parallel)}


@pytest.mark.parametrize("strategy", ["fsdp_cpu_offload", FSDP1])
def test_the_older_fsdp_is_refused_with_the_newer_one_named(tmp_path, strategy):
    rows = Examples(torch.rand(4, 64), torch.zeros(4, dtype=torch.int64), 10)
    student, recipe = MLP(), Recipe(ForwardKL(), Uniform())
    module = Distiller(student, {}, recipe, lambda named: torch.optim.SGD(dict(named).values()))
    options = {"batch_size": 4, "max_epochs": 1, "strategy": strategy}
    with says("so the output head cannot be read by itself; use strategy: fsdp, which is FSDP2"):
        fit(module, rows, options, 0, tmp_path)


def test_single_layers_are_not_split():
    with says("use strategy: fsdp, or set tensor_parallel_size: 1 and data_parallel_size to the"):
        split(nn.Linear(2, 2), nn.Linear(2, 2), mesh(2))


def test_trained_weights_of_two_types_are_refused():
    student = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).bfloat16())
    with says("train weights of one type, got torch.bfloat16 and torch.float32; set dtype"):
        split(student, student, mesh(1))


def test_frozen_weights_may_be_of_another_type(monkeypatch):
    given = []
    monkeypatch.setattr("mtkd.sharding.fully_shard", lambda layer, mesh: given.append(layer))
    student = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).bfloat16().requires_grad_(False))
    split(student, student, mesh(1) | {"data_parallel": None})
    assert given == [student]


def test_buffers_are_united_too():
    there, here = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
    there.running_mean.fill_(5.0)
    unite(there, here)
    assert here.running_mean.tolist() == [5.0] * 3


def test_a_twin_has_weights_of_its_own_in_the_same_memory():
    tied = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.BatchNorm1d(3))
    tied[1].weight = tied[0].weight
    tied[0].bias.requires_grad_(False)
    tied.heard = heard = {"teacher": object()}
    other = twin(tied, (heard,))
    assert other.heard is heard
    assert other[0].weight is other[1].weight is not tied[0].weight
    assert other[0].weight.data_ptr() == tied[0].weight.data_ptr()
    assert [p.requires_grad for p in other.parameters()] == [
        p.requires_grad for p in tied.parameters()
    ]
    other[0].weight.data = torch.full((3, 3), 7.0)
    other[2].running_mean.fill_(5)
    assert not (tied[0].weight == 7).any()
    assert not (tied[2].running_mean == 5).any()
    unite(other, tied)
    assert (tied[1].weight == 7).all()
    assert (tied[2].running_mean == 5).all()


@pytest.mark.parametrize("name", [*CAUSAL, *MASKED])
def test_a_family_names_all_its_layers_and_no_other_module(name):
    from mtkd.language import causal_model, masked_model

    student = causal_model(CAUSAL[name]) if name in CAUSAL else masked_model(MASKED[name])
    assert isinstance(student, Layered)
    layers = student.layers()
    assert len(layers) == student.model.config.num_hidden_layers
    inside = {id(weight) for layer in layers for weight in layer.parameters()}
    head, table = student.model.get_output_embeddings(), student.model.get_input_embeddings()
    assert not inside & {id(head.weight), id(table.weight)}


def test_a_process_without_a_row_gets_one_of_which_nothing_counts():
    batch = {"inputs": torch.arange(3), "labels": torch.arange(3), "mask": torch.ones(3) > 0}
    parts = [_part(batch, rank, 4) for rank in range(4)]
    assert [part["inputs"].tolist() for part in parts] == [[0], [1], [2], [0]]
    assert [part["mask"].tolist() for part in parts] == [[True], [True], [True], [False]]
    prompts = {"inputs": torch.arange(1), "draw": torch.arange(1)}
    assert len(_part(prompts, 1, 2)["inputs"]) == 0
