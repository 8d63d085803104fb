"""Which layers of a model can have a low-rank addition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn


def stored_transposed(model: Any, targets: Sequence[str]) -> bool:
    """Whether the targets are GPT-2's layers, which store `[in, out]`."""
    from transformers.pytorch_utils import Conv1D

    return any(
        isinstance(layer, Conv1D) and last(name) in targets for name, layer in model.named_modules()
    )


def target_layers(model: Any, targets: Sequence[str]) -> list[str]:
    """Names of the layers that `targets` are the endings of.

    Raises:
        ValueError: A name that no layer has, which peft lets pass beside others without a word;
            or one that another kind of module has too, at which peft fails.
    """
    head, found, barred = model.get_output_embeddings(), dict[str, list[str]](), set[str]()
    for name, layer in model.named_modules():
        if layer is not head and _is_linear(layer):
            found.setdefault(last(name), []).append(name)
        else:
            barred.add(last(name))
    # A number counts the parts of a list, and those of every other list too.
    sized = [name for name in sorted(found) if name not in barred and not name.isdigit()]
    for target in targets:
        if target not in sized:
            raise ValueError(
                f"no layer of {type(model).__name__} that can have an addition is called "
                f"{target!r}; its layers are {', '.join(sized)}"
            )
    if not targets:
        raise ValueError(f"targets is empty; name some of {', '.join(sized)}")
    return [name for target in targets for name in found[target]]


def last(name: str) -> str:
    """The part of a module's name after the last dot."""
    return name.rpartition(".")[2]


def _is_linear(layer: nn.Module) -> bool:
    """Whether it says its input times its weight and no more, as a family's router does not."""
    from transformers.pytorch_utils import Conv1D

    kind = type(layer)
    own = kind.__module__.startswith("transformers.models.") and "forward" in vars(kind)
    return isinstance(layer, (nn.Linear, Conv1D)) and (not own or kind.__name__ == "FalconLinear")
