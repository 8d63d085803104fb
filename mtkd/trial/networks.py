"""A teacher's network: made, trained, and its answers to the training items kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mtkd.config import instantiate
from mtkd.data import DataSet
from mtkd.devices import CPU, beside
from mtkd.distiller import Distiller
from mtkd.losses import ForwardKL
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe, walk_options
from mtkd.teachers import CachedTeacher
from mtkd.token_evaluation import compact, joined
from mtkd.training import fit, seeded
from mtkd.weighting import Uniform


def make_network(node: Mapping[str, Any], at: str) -> nn.Module:
    """A teacher's network, its first weights drawn from its own seed or loaded by its target."""
    return seeded(node["seed"], lambda: instantiate(node["model"], f"{at}.model"))


def fit_network(
    model: nn.Module, node: Mapping[str, Any], data: DataSet, at: str, home: Path
) -> None:
    """Train it on labels alone, which its node may have changed."""
    examples = data.train
    for number, edit in enumerate(node.get("relabel") or []):
        examples = instantiate(edit, f"{at}.relabel[{number}]")(examples)
    smoothing = node.get("label_smoothing", 0.0)
    walk = walk_options(node["trainer"])
    labels_only = Recipe(ForwardKL(), Uniform(), "distances", 1.0, smoothing, **walk)
    make = instantiate(node["optimizer"], f"{at}.optimizer")
    fit(Distiller(model, {}, labels_only, make), examples, node["trainer"], node["seed"], home)


@torch.no_grad()
def record_network(model: nn.Module, data: DataSet, identity: str) -> CachedTeacher:
    """Logits of a classifier as they are; hidden states of a language model in half the room.

    It is asked where it is, and recorded on the CPU.
    """
    model.eval()
    rows = data.train
    if rows.labels.dim() == 1:
        logits = [model(beside(model, b)).dense().float().cpu() for b in rows.in_order(1024)]
        said = [ModelOutput(logits=values) for values in logits]
    else:
        batches = rows.in_order(64)
        said = [model(beside(model, b)).map(lambda v: compact(v).cpu()) for b in batches]
    return CachedTeacher(rows.ids, joined(said).to(CPU), identity)
