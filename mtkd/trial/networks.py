"""A teacher's network: made, trained, and its answers to the training items kept."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mtkd.config import instantiate
from mtkd.data import DataSet
from mtkd.devices import beside
from mtkd.distiller import Distiller
from mtkd.files import read_mapping
from mtkd.losses import ForwardKL
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe, walk_options
from mtkd.signals import Signal, Sparse
from mtkd.teachers import CachedTeacher, table_file
from mtkd.token_evaluation import compact
from mtkd.training import fit, seeded
from mtkd.trial.room import NETWORK_ADVICE, tell_room
from mtkd.weighting import Uniform
from mtkd.weights import content_hash


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
def record_network(
    model: nn.Module,
    data: DataSet,
    identity: str,
    path: Path,
    sparse: Sparse | None = None,
    softened: float = 1.0,
) -> None:
    """Logits of a classifier as they are, or a language model's hidden states in half the room.

    Or a few classes of its logits divided by `softened`. It is asked where it is, and recorded in
    a file.

    Raises:
        ValueError: No room for the file.
    """
    model.eval()
    rows = data.train
    by_item = rows.labels.dim() == 1
    told = partial(tell_room, path, len(rows), NETWORK_ADVICE)
    with table_file(path, rows.ids, identity, told) as table:
        for batch in rows.in_order(1024 if by_item else 64):
            ids, said = batch["example_id"], model(beside(model, batch))
            some: ModelOutput | Signal
            if sparse is not None:
                seeds = [f"{identity}/{one}" for one in ids.tolist()]
                some = sparse.of(said.softened(softened), seeds)
            elif by_item:
                some = ModelOutput(logits=said.dense().float())
            else:
                some = said.map(compact)
            table.add(CachedTeacher(ids, some.map(lambda values: values.cpu()), identity))


def known_identity(model: nn.Module, home: Path) -> str:
    """Content hash of a network that is what it was when the result in `home` was made, if any.

    Raises:
        ValueError: It is another one.
    """
    found = content_hash(model)
    known: str = read_mapping(home / "result.json").get("identity", found)
    if found != known:
        raise ValueError(
            f"the weights of the teacher in {home} are {found}, those it was recorded with "
            f"{known}; put the old ones back, or delete the folder and run the same command again"
        )
    return known
