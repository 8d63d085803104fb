"""The tokens that several models are compared on, position by position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtkd.token_predictions.stored import NEAR, TokenPredictions


def shared_candidates(models: Sequence[TokenPredictions]) -> NDArray[np.int64]:
    """`[n, 1 + NEAR * models]`: the reference, then each model's `NEAR` top tokens, -1 for doubles.

    Args:
        models: Teachers on the same positions, at least one.
    """
    rows: list[NDArray[Any]] = [models[0].labels[:, None]]
    rows += [_named(model) for model in models]
    tokens = np.concatenate(rows, axis=1).astype(np.int64)
    for place in range(1, tokens.shape[1]):
        seen = (tokens[:, :place] == tokens[:, place : place + 1]).any(axis=1)
        tokens[seen, place] = -1
    return tokens


def _named(model: TokenPredictions) -> NDArray[Any]:
    """`[n, NEAR]`: its top tokens, none where it is silent."""
    tokens = model.classes[:, :NEAR]
    return tokens if model.present is None else np.where(model.present[:, None], tokens, -1)
