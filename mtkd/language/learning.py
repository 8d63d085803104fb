"""Which low-rank additions learn, measured once."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence

import torch

from mtkd.language.adapters import TokenModel
from mtkd.language.probing import probing
from mtkd.language.sums import is_plain
from mtkd.language.targets import last

LENGTHS = (2, 256)
"""Tokens to try: some layers work on longer texts only, so all is well if one reaches them."""


def check_learning(student: TokenModel, layers: Sequence[str]) -> None:
    """Refuse targets that no gradient reaches, and tell which of `layers` stay as they are.

    Args:
        student: With additions, the only weights that want a gradient.
        layers: Names of the layers that were to have an addition.

    Raises:
        ValueError: No addition to layers of one name would learn.
    """
    for length in LENGTHS:
        reached, lost = _reached(student, min(length, student.positions or length))
        if not lost:
            break
    name = type(student.model).__name__
    idle = {last(layer) for layer in lost} - {last(layer) for layer in reached}
    if idle and not all(is_plain(weight) for weight in student.parameters()):
        raise ValueError(
            f"the quantised weights of {name} pass no gradient on {student.model.device.type}, so "
            "its additions would not learn; use another library, a GPU, or no quantization"
        )
    if idle:
        raise ValueError(
            f"no gradient reaches additions to {', '.join(sorted(idle))} of {name}, so they would "
            "not learn: it never calls these layers, or takes no gradient through what they say; "
            "leave them out of targets"
        )
    named = {_numberless(layer) for layer in layers}
    bare = named - reached - lost, "peft takes these names for its experts'"
    unused = named & lost, "text does not reach them"
    for found, why in (bare, unused):
        if found:
            warnings.warn(
                f"these layers of {name} stay as they are, although targets name them: "
                f"{', '.join(sorted(found))}; {why}",
                stacklevel=3,
            )


def _reached(student: TokenModel, length: int) -> tuple[set[str], set[str]]:
    """Layers with an addition, numbers left out: those that get a gradient, those that do not.

    Layers that differ in a number only are one: a short text calls few of a layer's experts.
    """
    weights = student.model.named_parameters()
    names, additions = zip(*[entry for entry in weights if entry[1].requires_grad], strict=True)
    tokens = torch.zeros(1, length, dtype=torch.long, device=additions[0].device)
    with warnings.catch_warnings(), probing(student.model), torch.enable_grad():
        warnings.simplefilter("ignore", UserWarning)  # bitsandbytes on a CPU
        hidden = student({"inputs": tokens}).hidden
        assert hidden is not None
        ends = hidden.sum() + hidden.new_zeros((), requires_grad=True)
        gradients = torch.autograd.grad(ends, additions, allow_unused=True)
    layers = [_numberless(name.partition(".lora_")[0]) for name in names]
    reached = {layer for layer, found in zip(layers, gradients, strict=True) if found is not None}
    return reached, set(layers) - reached


def _numberless(name: str) -> str:
    return re.sub(r"(?<=\.)\d+(?=\.)", "*", name)
