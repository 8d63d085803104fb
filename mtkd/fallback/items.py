"""Stored predictions as the items of a rule: a classifier's answers, a language model's tokens."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtkd.metrics import Answers, LogRows
from mtkd.metrics import Predictions as Labelled
from mtkd.predictions import Predictions
from mtkd.token_predictions import TokenPredictions

Stored = Predictions | TokenPredictions


def one_of_each(sequences: NDArray[np.int64]) -> NDArray[np.int64]:
    """`[sequences]` places, rising: of each one position at random, always the same one.

    Tokens of one text are not independent, so a test that counts each of them promises too much.
    """
    order = np.random.default_rng(0).permutation(len(sequences))
    first = np.unique(sequences[order], return_index=True)[1]
    return np.sort(order[first])


def independent(said: Stored) -> Stored:
    """Items that a test may count one by one: one token of each row, or all of a classifier's."""
    return said.take(one_of_each(said.sequences)) if isinstance(said, TokenPredictions) else said


def unit(said: Stored) -> NDArray[np.int64]:
    """`[item]`: equal for items that belong together, such as the tokens of a row."""
    return said.sequences if isinstance(said, TokenPredictions) else said.ids


def classes_of(said: Stored) -> int:
    """Classes, or tokens of the vocabulary."""
    return said.vocabulary if isinstance(said, TokenPredictions) else said.log_probs.shape[1]


def unlabelled(said: Stored) -> Answers:
    """Answers whose truth, if there is one, is nobody's business."""
    rows = _outcomes(said) if isinstance(said, TokenPredictions) else LogRows(said.log_probs)
    return Answers(rows, isinstance(said, TokenPredictions), said.present)


def labelled(path: Path, stored: Stored) -> Labelled:
    """Answers with their truth: the label, or the token that the text has there.

    Raises:
        ValueError: An item has no label; names the file.
    """
    if isinstance(stored, TokenPredictions):
        truth = np.zeros(len(stored), dtype=np.int64)
        return Labelled(_outcomes(stored), truth, pooled=True, spoke=stored.present)
    try:
        return Labelled(LogRows(stored.log_probs), stored.labels, spoke=stored.present)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _outcomes(said: TokenPredictions) -> NDArray[np.float64]:
    """`[n, 3]` probabilities: of the text's token, of the likeliest other one, of all the rest.

    As wide for every model, however many tokens are kept of it. The first is the model's answer
    where that is the token it would write: the first of equally likely ones.
    """
    top = np.exp(said.log_probs[:, 0].astype(np.float64))
    right = said.classes[:, 0] == said.labels
    true = np.minimum(np.exp(said.label_log_probs.astype(np.float64)), top * (1 - 1e-9))
    columns = np.stack([np.where(right, top, true), np.where(right, 0.0, top)], axis=1)
    rest = np.maximum(1 - columns.sum(axis=1, keepdims=True), 0.0)
    return np.concatenate([columns, rest], axis=1)
