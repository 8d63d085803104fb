"""Which layers of a model can have a low-rank addition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn


def stored_transposed(model: Any, targets: Sequence[str]) -> bool:
    """Whether the targets are GPT-2's layers, which store `[in, out]`."""
    from transformers.pytorch_utils import Conv1D

    return any(
        isinstance(layer, Conv1D) and name.rpartition(".")[2] in targets
        for name, layer in model.named_modules()
    )


def check_targets(model: Any, targets: Sequence[str]) -> None:
    """Refuse names that no layer has: peft lets one of several pass without a word."""
    from transformers.pytorch_utils import Conv1D

    head = model.get_output_embeddings()
    inner = [entry for entry in model.named_modules() if isinstance(entry[1], (nn.Linear, Conv1D))]
    sized = sorted({name.rpartition(".")[2] for name, layer in inner if layer is not head})
    for target in targets:
        if target not in sized:
            raise ValueError(
                f"no layer of {type(model).__name__} that can have an addition is called "
                f"{target!r}; its layers are {', '.join(sized)}"
            )
    if not targets:
        raise ValueError(f"targets is empty; name some of {', '.join(sized)}")
