"""A student whose weights are split over devices while it trains, and are whole again after.

torch's FSDP2 (`torch.distributed.fsdp.fully_shard`): each device keeps an equal part of every
weight, of its gradient and of the optimizer's state. A layer's weights are put together when the
layer runs, and are let go behind it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Protocol, TypeVar, runtime_checkable

import torch
from torch import nn
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

Module = TypeVar("Module", bound=nn.Module)


@runtime_checkable
class Layered(Protocol):
    """A student that says which of its modules are split one by one; others are split as one."""

    def layers(self) -> list[nn.Module]:
        """Modules that run one after the other and share no weight with anything else."""


def split(root: nn.Module, student: nn.Module, mesh: DeviceMesh) -> None:
    """Split every weight of `root` over the devices of `mesh`.

    Weights outside of the student's layers (embeddings, the last norm, the output head, those of
    a loss or weighting that learns) are put together once a step, when `root` is called, and stay
    so until its backward pass is over: whoever reads the head finds all of it.

    Args:
        root: What is called once a step; `student` is inside.
        student: Its layers are split one by one, if it is `Layered`.
        mesh: Lightning's, with the axes `data_parallel` and `tensor_parallel`.

    Raises:
        ValueError: Single layers would be split too, or the trained weights are of several types.
    """
    if mesh["tensor_parallel"].size() > 1:
        raise ValueError(
            "each device takes its own part of a batch, so single layers cannot be split; use "
            "strategy: fsdp, or set tensor_parallel_size: 1 and data_parallel_size to the number "
            "of devices"
        )
    types = sorted({str(p.dtype) for p in root.parameters() if p.requires_grad})
    if len(types) > 1:
        raise ValueError(
            f"a student that is split over devices must train weights of one type, got "
            f"{' and '.join(types)}; set dtype: float32 on the student and trainer.precision: "
            "bf16-mixed, or use strategy: ddp"
        )
    for layer in student.layers() if isinstance(student, Layered) else ():
        fully_shard(layer, mesh=mesh["data_parallel"])
    fully_shard(root, mesh=mesh["data_parallel"])


def twin(module: Module, shared: Iterable[object]) -> Module:
    """A copy of `module` whose weights lie in the memory of the first one's, until it is split.

    Args:
        module: Left as it is, also when the copy is split.
        shared: Objects inside that both have, instead of a copy each.
    """
    memory: dict[int, object] = {id(thing): thing for thing in shared}
    for weight in module.parameters():
        memory[id(weight)] = nn.Parameter(weight.detach(), requires_grad=weight.requires_grad)
    return copy.deepcopy(module, memory)


@torch.no_grad()
def unite(there: nn.Module, here: nn.Module) -> None:
    """Put the weights and buffers of a split module together in its twin, one after the other.

    Every device must call this, and each one gets all of them.
    """
    parts, wholes = [*there.parameters(), *there.buffers()], [*here.parameters(), *here.buffers()]
    for part, whole in zip(parts, wholes, strict=True):
        whole.copy_(part.full_tensor() if isinstance(part, DTensor) else part)
