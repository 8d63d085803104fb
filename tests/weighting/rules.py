"""Every exported rule, built and prepared, and a batch to try it on."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

import mtkd.weighting
from mtkd.weighting import LearnedGate, TeacherWeighting

TEACHERS = ("small", "medium", "large")
CLASSES, WIDTH = 5, 4

EXPORTED = [getattr(mtkd.weighting, name) for name in mtkd.weighting.__all__]
RULES = [cls for cls in EXPORTED if not inspect.isabstract(cls)]
GRANULARITIES = ("position", "example", "batch")

REQUIRED: dict[str, Callable[[Sequence[str]], dict[str, Any]]] = {
    "Fixed": lambda names: {"weights": {name: 1 + TEACHERS.index(name) for name in names}},
    "StudentEntropy": lambda names: {"order": [name for name in TEACHERS if name in names]},
}


def build(
    cls: type[TeacherWeighting], names: Sequence[str] = TEACHERS, **options: Any
) -> TeacherWeighting:
    """`cls` with its required arguments, prepared for `names`."""
    required = REQUIRED.get(cls.__name__, lambda names: {})(names)
    weighting = cls(**(required | options))
    weighting.prepare(names, WIDTH)
    return weighting


class Batch(NamedTuple):
    """Arguments of `TeacherWeighting.forward`, in order."""

    student: Tensor
    teachers: Tensor
    labels: Tensor
    hidden: Tensor


def batch(
    *shape: int, seed: int = 0, teachers: int = 3, dtype: torch.dtype = torch.float64
) -> Batch:
    """Random logits, labels and hidden states at positions of this shape."""
    rng = torch.Generator().manual_seed(seed)
    return Batch(
        (2 * torch.randn(*shape, CLASSES, generator=rng, dtype=torch.float64)).to(dtype),
        (2 * torch.randn(teachers, *shape, CLASSES, generator=rng, dtype=torch.float64)).to(dtype),
        torch.randint(CLASSES, shape, generator=rng),
        torch.randn(*shape, WIDTH, generator=rng, dtype=torch.float64).to(dtype),
    )


def problem(positions: int = 64) -> Batch:
    """The first teacher is wrong and the student agrees with it; the second is right."""
    data = batch(positions, teachers=2, dtype=torch.float32)
    wrong = torch.nn.functional.one_hot((data.labels + 1) % 5, 5)
    right = torch.nn.functional.one_hot(data.labels, 5)
    teachers = 3.0 * torch.stack([wrong, right])
    return data._replace(student=2.5 * wrong, teachers=teachers)


def prepared(names: list[str], **options: Any) -> LearnedGate:
    """A gate for teachers of these names."""
    gate = LearnedGate(**options)
    gate.prepare(names, WIDTH)
    return gate
