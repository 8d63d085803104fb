"""Topics, each of several intents, and those of them that are held out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mtkd.data.names import unknown


def topic_of_intents(given: str | Mapping[str, Sequence[str]] | None) -> dict[str, str]:
    """Intent to topic, from topic to intents or the path of such a JSON object.

    Raises:
        ValueError: There is no file, or something else in it.
    """
    if given is None:
        return {}
    try:
        listed = json.loads(Path(given).read_bytes()) if isinstance(given, str) else given
        return {intent: topic for topic, intents in listed.items() for intent in intents}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ValueError(
            f"data.topics {given} is no JSON object of topics with their intents ({error})"
        ) from None


def intents_of(topics: Mapping[str, str], held_out: Sequence[str]) -> set[str]:
    """Intents of the topics that are held out.

    Raises:
        ValueError: There is no such topic.
    """
    for name in held_out:
        if name not in topics.values():
            raise unknown("topic", name, set(topics.values()))
    return {intent for intent, topic in topics.items() if topic in held_out}
