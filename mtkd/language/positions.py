"""How long a sequence a transformers model can read, and which token types."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from torch import nn


def most_positions(model: Any) -> int | None:
    """Longest sequence that `model` knows positions for; None: its config states no limit.

    Rotary positions could be computed beyond it, but the model never saw them.
    """
    config = model.config.get_text_config()
    key = config.attribute_map.get("max_position_embeddings", "max_position_embeddings")
    stated = vars(config).get(key, vars(config).get("max_seq_len"))
    if stated is None:
        return None
    return int(stated) - _reserved(model)


def _reserved(model: nn.Module) -> int:
    """Rows of a learned position table that no token uses: RoBERTa counts from padding + 1."""
    for name, layer in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(layer, nn.Embedding):
            return 0 if layer.padding_idx is None else layer.padding_idx + 1
    return 0


def most_types(model: Any) -> int:
    """Token types that `model` tells apart, 0 if it reads none.

    Some take token types and mean something else by them (GPT-2 a word, Gemma 3 a picture); of
    those that mean the texts of a pair, RoBERTa has one type, and XLNet asks whether two are equal.
    """
    if "token_type_ids" not in inspect.signature(model.forward).parameters:
        return 0
    stated = vars(model.config.get_text_config()).get("type_vocab_size") or 0
    compares = any(name.endswith("seg_embed") for name, _ in model.named_parameters())
    return sys.maxsize if compares else stated if stated > 1 else 0
