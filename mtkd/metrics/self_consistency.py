"""How sure a generator is of an answer: how many of its own samples agree on it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mtkd.metrics.base import Floats, Integers

SURROUNDING = " .,;:!?\"'`()[]{}"
"""Characters that are dropped from both ends of an answer before comparing."""


@dataclass(frozen=True, eq=False)
class SelfConsistency:
    """What a model's samples agree on, item by item.

    Attributes:
        answers: The modal normalised answer of each item; None where nothing was sampled.
        share: `[n]`, share of the item's samples that give it, in (0, 1]; NaN where none was.
        samples: `[n]`, how many there were.
        convention: What counts as the same answer, and what ties do.
    """

    answers: tuple[str | None, ...]
    share: Floats
    samples: Integers
    convention: str


def plain_answer(text: str) -> str:
    """Text as answers are compared: NFKC, case folded, spaces single, outer punctuation gone."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"\s+", " ", folded).strip(SURROUNDING)


def self_consistency(
    samples: Sequence[Sequence[str]], normalise: Callable[[str], str] = plain_answer
) -> SelfConsistency:
    """The modal answer of each item and its share, a confidence that needs no probabilities.

    `share` and the correctness of `answers` go into every metric of confidence and correctness,
    after `drop_empty`. Of m samples the share has only m values: choose selective metrics with
    ties in mind. Wang et al. 2023, https://arxiv.org/abs/2203.11171.

    Args:
        samples: Per item, the answers that were sampled, already cut out of their reasoning.
        normalise: What makes two spellings one answer.

    Raises:
        ValueError: An item is one string instead of a list of them.
    """
    answers: list[str | None] = []
    share: Floats = np.full(len(samples), np.nan)
    for row, given in enumerate(samples):
        if isinstance(given, str):
            raise ValueError(
                f"samples row {row} is one string, expected the list of its sampled answers"
            )
        votes = Counter(normalise(answer) for answer in given)
        # Insertion order settles ties: the answer that was sampled first.
        best = max(votes.items(), key=lambda vote: vote[1], default=None)
        answers.append(None if best is None else best[0])
        share[row] = np.nan if best is None else best[1] / len(given)
    counts = np.array([len(given) for given in samples], dtype=np.int64)
    text = "share of samples with the modal normalised answer, ties to the first sampled"
    return SelfConsistency(tuple(answers), share, counts, text)
