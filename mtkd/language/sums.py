"""Weights and the low-rank additions to them, together."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

import torch
from torch import Tensor, nn


def plain_weights(model: nn.Module, names: Set[str]) -> dict[str, Tensor]:
    """Weights by `names`, those of the model before peft; additions in `model` are summed in.

    Raises:
        ValueError: The weights are quantised, so the sums have no place; or peft has other names
            than is known here: a weight by a wrong name would be random where it is read.
    """
    from peft.tuners.lora import LoraLayer

    weights = {_plain(name): weight for name, weight in model.state_dict().items()}
    layers: dict[str, Any] = {
        _plain(f"{name}.{getattr(layer, 'parameter_name', 'weight')}"): layer
        for name, layer in model.named_modules()
        if isinstance(layer, LoraLayer)
    }
    found = {name for name in weights if ".lora_" not in name}
    odd = sorted(names ^ found | layers.keys() - names)
    if odd:
        raise ValueError(
            f"peft keeps {odd[0]} of {type(model).__name__} by another name than mtkd knows, so "
            "its additions cannot be summed in; save its additions alone, and report this"
        )
    for name, layer in layers.items():
        addition = layer.get_delta_weight("default").detach()
        weights[name] = summed(weights[name], addition, type(model).__name__)
    return {name: weight for name, weight in weights.items() if name in names}


def summed(weight: Tensor, addition: Tensor, name: str) -> Tensor:
    """Both together, rounded once."""
    if not is_plain(weight):
        raise ValueError(
            f"the weights below the additions of {name} are quantised, so they cannot be summed; "
            "load the model without quantization to save the student, or save its additions alone"
        )
    wide = torch.promote_types(weight.dtype, torch.float32)
    return (weight.to(wide) + addition.to(wide)).to(weight.dtype)


def is_plain(weight: Tensor) -> bool:
    """Whether a weight is made of numbers that can be added to; quantised ones have classes."""
    return type(weight) in (Tensor, nn.Parameter) and weight.is_floating_point()


def _plain(name: str) -> str:
    """A weight's name without peft's wrappers, of which one may hold another."""
    return re.sub(r"\.base_layer(?=\.)", "", name)
