"""Prediction files, of a classifier or of a language model: told apart, and read."""

from __future__ import annotations

from pathlib import Path

from mtkd.files import members
from mtkd.predictions import BY_TOKEN, Predictions
from mtkd.token_predictions.stored import TokenPredictions


def is_by_token(path: Path | str) -> bool:
    """Whether a prediction file is a language model's, without reading its arrays."""
    return f"{BY_TOKEN}.npy" in members(path)


def load_predictions(path: Path | str) -> Predictions | TokenPredictions:
    """What a prediction file holds, of a classifier or of a language model.

    Raises:
        UnreadablePredictions: See `Predictions.load`.
    """
    return TokenPredictions.load(path) if is_by_token(path) else Predictions.load(path)
