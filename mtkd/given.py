"""What a user hands to a `Distiller`: checked once, told in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from mtkd.built import kind_of
from mtkd.recipe import Recipe
from mtkd.teachers import LiveTeacher, TeacherSource

TYPES = {"labels": torch.int64, "mask": torch.bool}
"""Keys that every batch has, and the only types that torch takes wherever one indexes or selects;
what else is in a batch is between the data and the models."""

ADVICE = {
    "labels": "whole numbers, -1 where there is none",
    "mask": "booleans of the labels' shape, true where a position counts, as in "
    "torch.ones_like(labels, dtype=torch.bool)",
}


def check_parts(student: object, teachers: object, recipe: object, optimizer: object) -> None:
    """Refuse what cannot be a `Distiller`'s parts, before anything is asked of them.

    Raises:
        TypeError: One of them is of another kind.
        ValueError: The student is its own teacher.
    """
    if not isinstance(student, nn.Module):
        raise TypeError(f"the student must be a torch.nn.Module, got {kind_of(student)}")
    if not isinstance(teachers, Mapping):
        raise TypeError(
            f"teachers must be a mapping from names to sources, got {kind_of(teachers)}; write "
            '{"big": LiveTeacher(model, "big")}, or {} for labels only'
        )
    for name, source in teachers.items():
        _check_source(name, source, student)
    if not isinstance(recipe, Recipe):
        raise TypeError(
            f"recipe must be a mtkd.recipe.Recipe, got {kind_of(recipe)}; write "
            "Recipe(ForwardKL(), Uniform())"
        )
    if not callable(optimizer):
        raise TypeError(
            "optimizer must be a function that makes an optimizer from parameters, got "
            f"{kind_of(optimizer)}; write functools.partial(torch.optim.Adam, lr=1e-3)"
        )


def check_batch(batch: object) -> None:
    """Refuse what is no batch; looks at keys, types and dimensions, never at values.

    Raises:
        TypeError: It is no mapping, or its labels or mask are of another type.
        ValueError: It lacks a key that every batch has, or is a single example.
    """
    if not isinstance(batch, Mapping):
        raise TypeError(
            f"a batch must be a mapping with inputs, labels, mask and example_id, got "
            f"{kind_of(batch)}; let the data set give each example as a dict of tensors"
        )
    for key, kind in TYPES.items():
        values = batch.get(key)
        if not isinstance(values, Tensor) or values.dtype is not kind:
            raise _unfit(batch, key)
    ids = batch.get("example_id")
    if not batch["labels"].dim() or (isinstance(ids, Tensor) and not ids.dim()):
        raise ValueError(
            "a batch must hold examples side by side, labels [batch, ...] and example_id [batch], "
            "got a single example; give the data set to torch.utils.data.DataLoader(...)"
        )


def _unfit(batch: Mapping[str, object], key: str) -> Exception:
    """What is wrong with a key that is missing, or with its type."""
    if key not in batch:
        return ValueError(
            f"a batch must have {key!r}, got only {', '.join(map(str, batch))}; add "
            f"{key}: {ADVICE[key]}"
        )
    kind, values = TYPES[key], batch[key]
    got, advice = kind_of(values), f"torch.as_tensor({key}, dtype={kind})"
    if isinstance(values, Tensor):
        got = f"one of {values.dtype}"
        advice = f"{key}.bool()" if kind is torch.bool else f"{key}.long()"
    expected = f"{key} must be a tensor of {kind}, {ADVICE[key]}"
    return TypeError(f"{expected}; got {got}: write {advice}")


@contextmanager
def told_labels(labels: Tensor, classes: int) -> Iterator[None]:
    """Labels that are no classes, told when a loss stumbles over them: no step pays for a check.

    Raises:
        ValueError: A label is neither a class nor -1.
    """
    try:
        yield
    except (IndexError, RuntimeError) as error:
        wrong = labels[(labels < -1) | (labels >= classes)]
        if not len(wrong):
            raise
        raise ValueError(
            f"labels must lie in [0, {classes}), or be -1 where there is none, got "
            f"{int(wrong[0])}; for -100 write labels.masked_fill(labels == -100, -1)"
        ) from error


def _check_source(name: object, source: object, student: nn.Module) -> None:
    if isinstance(source, TeacherSource):
        if isinstance(source, LiveTeacher) and student in source.model.modules():
            raise ValueError(
                f"the teacher {name} is the student itself, and being a teacher froze it; give "
                "the teacher copy.deepcopy(model)"
            )
        return
    advice = "subclass TeacherSource"
    if isinstance(source, nn.Module):
        advice = f"wrap it: LiveTeacher(model, {str(name)!r})"
    raise TypeError(
        f"teacher {name!r} must be a mtkd.teachers.TeacherSource, got {kind_of(source)}; {advice}"
    )
