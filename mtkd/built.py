"""Losses and weightings that a user wrote: of the right kind, and set up."""

from __future__ import annotations

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


def kind_of(thing: object) -> str:
    """`an instance of list`, or `the class Adam`."""
    if isinstance(thing, type):
        return f"the class {thing.__name__}"
    return f"an instance of {type(thing).__name__}"
