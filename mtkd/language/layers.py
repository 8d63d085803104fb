"""The layers that a transformers model is a pile of, whatever its family calls them."""

from __future__ import annotations

from typing import Any

from torch import nn


def repeated_layers(model: Any) -> list[nn.Module]:
    """Entries of the model's lists of layers whose class it declares as one that stays together.

    Every family names its layers in `_no_split_modules`. Some name their embeddings there too,
    whose table may be the output head's, so only members of a list count.

    Args:
        model: A model of transformers, with or without low-rank additions.

    Returns:
        In the order of the modules; empty for a family that declares nothing.
    """
    named = set(model._no_split_modules or ())
    lists = (found for found in model.modules() if isinstance(found, nn.ModuleList))
    members = (layer for found in lists for layer in found)
    return [layer for layer in members if type(layer).__name__ in named]
