"""What is known of a query besides its intent's number, to look at slices of a split by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mtkd.text.queries import Query

QUESTION_WORDS = ("what", "what's", "whats", "how", "when", "where", "who", "which", "why")
AUXILIARIES = ("can", "could", "do", "does", "is", "are", "am", "will", "would")
QUESTIONS = frozenset([*QUESTION_WORDS, *AUXILIARIES])
"""First words of questions."""


def query_metadata(queries: Sequence[Query], topics: Mapping[str, str]) -> dict[str, np.ndarray]:
    """`[n]` by name: intent, topic (empty where it has none), size, and whether it asks."""
    texts = [text for text, _ in queries]
    intents = [intent for _, intent in queries]
    return {
        "intent": np.array(intents),
        "topic": np.array([topics.get(intent, "") for intent in intents]),
        "characters": np.array([len(text) for text in texts]),
        "words": np.array([len(text.split()) for text in texts]),
        "question": np.array([text.split()[0] in QUESTIONS for text in texts]),
    }
