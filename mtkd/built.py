"""Losses and weightings that a user gave: of the right kind, set up, and still there."""

from __future__ import annotations

from typing import Any

from torch import nn


def check_built(name: str, part: object, kind: type[nn.Module], sets: str, call: str) -> None:
    """Refuse a part of a recipe that is of another kind, or whose `__init__` is unfinished.

    Args:
        name: What the part is called, such as `loss`.
        part: What was given.
        kind: What it must be an instance of.
        sets: An attribute that the `__init__` of `kind` sets.
        call: How a subclass begins its own `__init__`.

    Raises:
        TypeError: What was got, and what to write.
    """
    if not isinstance(part, kind):
        raise TypeError(
            f"{name} must be a mtkd.{kind.__module__.split('.')[1]}.{kind.__name__}, got "
            f"{kind_of(part)}; subclass it, and give an instance"
        )
    if sets not in vars(part):
        raise TypeError(f"{type(part).__name__} is not set up; begin its __init__ with {call}")


def check_replaced(recipe: Any, loss: object, weighting: object) -> None:
    """Refuse to train a distiller whose parts are no longer those of its recipe.

    Raises:
        ValueError: One of them was put in place of the first one.
    """
    for name, part in {"loss": loss, "weighting": weighting}.items():
        if getattr(recipe, name) is not part:
            raise ValueError(
                f"distiller.{name} and distiller.recipe.{name} are different objects, and only one "
                "would be trained; to go on with another one, make a new distiller: "
                "Distiller(distiller.student, teachers, recipe, optimizer)"
            )


def kind_of(thing: object) -> str:
    """`an instance of list`, or `the class Adam`."""
    if isinstance(thing, type):
        return f"the class {thing.__name__}"
    return f"an instance of {type(thing).__name__}"
