"""A model called once before it is used, to see what it does, and what counts as a difference."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from mtkd.language.wrong_config import cannot_be_built, told_config


@contextmanager
def probing(model: Any) -> Iterator[None]:
    """Eval mode without gradients; the mode the model was in comes back.

    Raises:
        ValueError: The model cannot compute with its own settings.
    """
    training, config = model.training, model.config
    what = cannot_be_built(config.model_type)
    model.eval()
    try:
        with torch.no_grad(), told_config(what, config.to_diff_dict(), config.to_dict()):
            yield
    finally:
        model.train(training)


def far(one: Tensor, other: Tensor) -> bool:
    """Whether two are further apart than rounding makes them, in one batch and in another."""
    room = max(1e-4, 16 * torch.finfo(one.dtype).eps)
    return bool((one - other).abs().max() > room * other.abs().max())
