"""What a study asks of a model, seen on two examples: students and teachers alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mtkd.config import ConfigError, raised, told
from mtkd.data import DataSet
from mtkd.devices import beside
from mtkd.language import SequenceModel
from mtkd.memory import ran_out
from mtkd.outputs import ModelOutput
from mtkd.signals import PartialSignal, Sparse
from mtkd.study.standing import DataChanged, near
from mtkd.study.vocabularies import origin
from mtkd.weights import content_hash

WRONG = (RuntimeError, ValueError, TypeError, LookupError, AttributeError)
"""What a forward pass raises that was written for another kind of batch."""


@torch.no_grad()
def check_output(model: nn.Module, at: str, data: DataSet) -> ModelOutput:
    """What a model says about two training items, after checking that it speaks of the classes.

    Args:
        model: Student or teacher.
        at: Its config path.
        data: Where the items are from.

    Raises:
        ConfigError: It does not take the batch, gives something else than a `ModelOutput`, or
            speaks about another number of classes.
    """
    name, batch = type(model).__name__, next(data.train.in_order(2))
    try:
        with torch.random.fork_rng(devices=[]):
            output = model(beside(model, batch))
    except WRONG as error:
        if ran_out(error):
            raise
        raise ConfigError(
            f"{at}: {name} does not take the data: {raised(error)}; it gets one argument, the "
            f"batch, a dict of {described(batch)}"
        ) from error
    if not isinstance(output, ModelOutput):
        raise ConfigError(
            f"{at}: {name} returns {_kind(output)}, expected a mtkd.outputs.ModelOutput; end its "
            "forward with `return ModelOutput(logits=...)`"
        )
    if output.classes != data.classes:
        raise ConfigError(
            f"{at}: {name} speaks about {output.classes} classes, "
            f"config.data has {data.classes}; {_other_head(model, output.classes, data.classes)}"
        )
    return output


def _other_head(model: nn.Module, ours: int, wanted: int) -> str:
    """What to do about a model with `ours` classes: one that was saved keeps its head."""
    if isinstance(model, SequenceModel) and origin(model):
        return (
            f"the head saved in {origin(model)} cannot be resized: give a model that was trained "
            f"on these {wanted} classes, or data with its {ours}"
        )
    return (
        f"set its number of classes to {wanted}; if its weights were saved, they must be those of "
        f"a model that was trained on these {wanted} classes"
    )


def described(batch: Mapping[str, Tensor]) -> str:
    """Entries of a batch with dtype and shape: `inputs float32 [2, 8, 8], labels int64 [2]`."""
    return ", ".join(f"{name} {_tensor(values)}" for name, values in batch.items())


def refuse_other_weights(model: nn.Module, identity: str, folder: Path, at: str) -> None:
    """Stop where a teacher that is used as it is has other weights than when it was recorded.

    Raises:
        DataChanged: It names both hashes and what to do.
    """
    now = content_hash(model)
    if now != identity:
        raise DataChanged(
            f"{at}: its weights (hash {now}) are others than those recorded in {near(folder)} "
            f"(hash {identity}), from which trials have learnt; put the old weights back, give "
            "another folder with --runs, or remove that folder and the trials of this study"
        )


def _kind(output: object) -> str:
    return f"a tensor, {_tensor(output)}" if isinstance(output, Tensor) else type(output).__name__


def _tensor(values: Tensor) -> str:
    return f"{str(values.dtype).removeprefix('torch.')} {list(values.shape)}"


def recorded_few(node: Mapping[str, Any], classes: int, at: str) -> PartialSignal | None:
    """A signal like those that are recorded of a teacher with `record`; None if all classes are.

    Raises:
        ConfigError: Nothing can be recorded like that.
    """
    if not node["record"]:
        return None
    with told(f"{at}.record"):
        return Sparse(**node["record"]).of(ModelOutput(logits=torch.zeros(1, classes)), [""])
