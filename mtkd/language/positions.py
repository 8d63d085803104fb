"""How long a sequence a transformers model can read."""

from __future__ import annotations

from typing import Any

from torch import nn


def most_positions(model: Any) -> int | None:
    """Longest sequence that `model` knows positions for; None: its config states no limit.

    Rotary positions could be computed beyond it, but the model never saw them.
    """
    config = model.config.get_text_config()
    key = config.attribute_map.get("max_position_embeddings", "max_position_embeddings")
    stated = vars(config).get(key)
    if stated is None:
        return None
    return int(stated) - _reserved(model)


def _reserved(model: nn.Module) -> int:
    """Rows of a learned position table that no token uses: RoBERTa counts from padding + 1."""
    for name, layer in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(layer, nn.Embedding):
            return 0 if layer.padding_idx is None else layer.padding_idx + 1
    return 0
