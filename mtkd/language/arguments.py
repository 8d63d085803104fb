"""What a transformers model is called with, from a batch."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from torch import Tensor


def options(model: Any) -> dict[str, bool]:
    """Keys and values for generating are not kept, if `model` would keep them by default.

    Said in the call and not in the config, which is saved with a student.
    """
    accepted = inspect.signature(model.forward).parameters
    return {"use_cache": False} if "use_cache" in accepted else {}


def token_arguments(
    batch: Mapping[str, Tensor], longest: int | None, name: str, types: int = 0
) -> dict[str, Tensor]:
    """Token ids, token types, and the attention mask or the positions, checked.

    Positions take the mask's place: transformers ignores them as document borders when it is
    also given a mask. A causal model needs no mask then, since padding that comes later is not
    seen, and padding that comes first ends where the positions start again.

    Args:
        batch: See `mtkd.language.TokenModel`.
        longest: Positions the model knows, or None.
        name: The model, for a sentence.
        types: Token types the model knows; 0: it is given none.

    Raises:
        ValueError: There are no `inputs`, they are no token ids `[batch, length]`, `positions` are
            no whole numbers of that shape, or there are more positions than the model knows.
    """
    if "inputs" not in batch:
        raise ValueError(
            f"{name} reads token ids from 'inputs', got only {', '.join(batch)}; rename input_ids, "
            "and shift labels where it is causal: labels[i] is what position i predicts"
        )
    inputs = batch["inputs"]
    if inputs.dim() != 2 or inputs.is_floating_point():
        raise ValueError(
            f"{name} reads token ids [batch, length], got {inputs.dtype} of shape "
            f"{list(inputs.shape)}; tokenise in the data module"
        )
    positions = batch.get("positions")
    if positions is not None and (
        positions.shape != inputs.shape or positions.dtype.is_floating_point
    ):
        raise ValueError(
            f"positions must be whole numbers [batch, length] = {list(inputs.shape)}, got "
            f"{positions.dtype} of shape {list(positions.shape)}; count them in the data module"
        )
    _check_length(inputs, positions, longest, name)
    found = {"input_ids": inputs}
    if types and "token_type_ids" in batch:
        found["token_type_ids"] = batch["token_type_ids"]
    if positions is not None:
        found["position_ids"] = positions
    elif "attention_mask" in batch:
        found["attention_mask"] = batch["attention_mask"]
    return found


def check_types(batch: Mapping[str, Tensor], types: int, name: str) -> None:
    """Refuse token types beyond the table of a model; those of a whole split, looked at once.

    Raises:
        ValueError: How many there are, and how many it knows.
    """
    given = batch.get("token_type_ids")
    if given is not None and 0 < types <= int(given.max()):
        raise ValueError(
            f"token types are numbered up to {int(given.max())}, but {name} knows {types} of them; "
            "use a model with more (type_vocab_size)"
        )


def _check_length(inputs: Tensor, positions: Tensor | None, longest: int | None, name: str) -> None:
    """Packed documents may be longer together than the model knows, but none of them alone."""
    length = inputs.shape[1]
    if longest is None or length <= longest:
        return
    if positions is not None:
        length = int(positions.max()) + 1
    if length > longest:
        raise ValueError(
            f"a sequence of {length} tokens is longer than the {longest} positions of {name}; cut "
            f"or pack the text to {longest} tokens"
        )
