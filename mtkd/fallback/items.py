"""Stored predictions as the items of a rule: a classifier's answers, a language model's tokens."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtkd.metrics import Answers, LogRows
from mtkd.metrics import Predictions as Labelled
from mtkd.predictions import Predictions
from mtkd.results.tokens import Candidates
from mtkd.token_predictions import TokenPredictions

Stored = Predictions | TokenPredictions


def one_of_each(sequences: NDArray[np.int64]) -> NDArray[np.int64]:
    """`[texts]` places, rising: of each sequence one position at random, always the same one.

    Tokens of one text are not independent, so a test that counts each of them promises too much.
    """
    order = np.random.default_rng(0).permutation(len(sequences))
    first = np.unique(sequences[order], return_index=True)[1]
    return np.sort(order[first])


def independent(said: Stored) -> Stored:
    """Items that a test may count one by one: one token of each text, or all of a classifier's."""
    return said.take(one_of_each(said.sequences)) if isinstance(said, TokenPredictions) else said


def unit(said: Stored) -> NDArray[np.int64]:
    """`[item]`: equal for items that belong together, such as the tokens of a text."""
    return said.sequences if isinstance(said, TokenPredictions) else said.ids


def classes_of(said: Stored) -> int:
    """Classes, or tokens of the vocabulary."""
    return said.vocabulary if isinstance(said, TokenPredictions) else said.log_probs.shape[1]


def unlabelled(said: Stored) -> Answers:
    """Answers without their truth; a text always has it."""
    if isinstance(said, TokenPredictions):
        return labelled(Path(), said)
    return Answers(LogRows(said.log_probs), spoke=said.present)


def labelled(path: Path, stored: Stored) -> Labelled:
    """Answers with their truth: the label, or the token that the text has there.

    Raises:
        ValueError: An item has no label; names the file.
    """
    if isinstance(stored, TokenPredictions):
        return Candidates(()).labelled("", stored)
    try:
        return Labelled(LogRows(stored.log_probs), stored.labels, spoke=stored.present)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
