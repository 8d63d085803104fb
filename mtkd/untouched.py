"""What a user's loss or weighting is shown, and others read too: nobody changes it in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


def untouched(who: str, call: Callable[..., T], *shown: Tensor | None) -> T:
    """What `call` says about `shown`, unless it writes into them; looks at no value.

    Args:
        who: Whose call it is, in a sentence.
        call: A loss for instance.
        shown: Its arguments.

    Raises:
        ValueError: It does.
    """
    if torch.compiler.is_compiling():  # writes are not counted there
        return call(*shown)
    # Tensors of inference mode count no writes.
    watched = [one for one in shown if one is not None and not one.is_inference()]
    before = [tensor._version for tensor in watched]
    found = call(*shown)
    if [tensor._version for tensor in watched] != before:
        raise ValueError(
            f"{who} changed in place a tensor it was given, which others read too; make a new one: "
            "x = x - y instead of x -= y, x.exp() instead of x.exp_()"
        )
    return found
