"""Queries and their intents, with traffic that belongs to none of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from mtkd.data import Examples
from mtkd.data.examples import NO_LABEL
from mtkd.data.names import unknown
from mtkd.text.places import Place, paths_of
from mtkd.text.records import read_records
from mtkd.text.typing_noise import RATES, mistyped

Query = tuple[str, str]
"""A text and the name of its intent."""

SPLITS = {"train": "train", "validation": "val", "test": "test"}
"""Our name of a split, and CLINC150's."""


class Intents:
    """Short queries as bytes, one intent each; out-of-scope queries have none.

    Read from CLINC150's own JSON file (Larson et al. 2019, https://aclanthology.org/D19-1131,
    `data_full.json`), or split by split from files or a set on the Hugging Face hub with columns
    `text` and `intent`. Domains besides `clean`, the test split:

        out_of_scope        test queries of no intent
        held_out            test queries of the topics that were taken out
        <name of others>    another company's traffic; nothing in it is in scope
        typing_noise, 1-3   the test queries mistyped, see `mtkd.text.typing_noise`

    Args:
        source: Path of CLINC150's JSON, or `{train: place, validation: place, test: place}`.
        others: Name to place of texts (column `text`) that are all out of scope.
        topics: Topic to its intents, or the path of such a JSON object (`domains.json`); for
            `held_out`.
        held_out: Topics whose intents are taken out of every split.
        nothing: The name in `source` that stands for out of scope.
        length: Bytes of a row; longer queries are cut.

    Attributes:
        names: Names of the intents, in the order of the classes.
        cut: Queries that were cut.

    Raises:
        ValueError: A file or column is missing, a topic is unknown, a split would be empty.
    """

    def __init__(
        self,
        source: str | Mapping[str, Place],
        others: Mapping[str, Place] | None = None,
        topics: str | Mapping[str, Sequence[str]] | None = None,
        held_out: Sequence[str] = (),
        nothing: str = "oos",
        length: int = 96,
    ) -> None:
        self.length, self.cut = length, 0
        queries = _clinc(Path(source), nothing) if isinstance(source, str) else _files(source)
        self.topics = _topics(topics)
        away = _intents_of(self.topics, held_out)
        names = {intent for _, intent in queries["train"]} - {nothing} - away
        self.names = sorted(names)
        self.classes = len(names)
        self._place = {name: place for place, name in enumerate(self.names)}
        kept = {
            split: [query for query in some if query[1] in self._place]
            for split, some in queries.items()
        }
        self._test = kept["test"]
        self.train, self.validation, self.test = (self._known(kept[name], name) for name in SPLITS)
        self._outside = {
            "out_of_scope": [text for text, intent in queries["test"] if intent == nothing],
            "held_out": [text for text, intent in queries["test"] if intent in away],
        }
        for name, place in (others or {}).items():
            paths = paths_of(place, name)
            records = [one for path in paths for one in read_records(path, ("text",))]
            self._outside[name] = [str(one.values["text"]) for one in records]

    @property
    def splits(self) -> Mapping[str, Examples]:
        """The splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def domain(self, name: str, severity: int | None = None) -> Examples:
        """The queries of a domain.

        Raises:
            ValueError: No such domain, nothing in it, or a severity where none belongs.
        """
        if name == "typing_noise":
            return self._mistyped(severity)
        if severity is not None:
            raise ValueError(f"domain {name!r} has no severity, got {severity!r}; leave it out")
        if name == "clean":
            return self.test
        if name not in self._outside:
            raise unknown("domain", name, ("clean", "typing_noise", *self._outside))
        texts = self._outside[name]
        if not texts:
            raise ValueError(
                f"domain {name!r} holds no queries; name data.held_out topics, or leave it out"
            )
        rows = self._rows(texts).unique(dim=0)
        labels = torch.full((len(rows),), NO_LABEL)
        return Examples(rows, labels, self.classes, f"intents/{name}")

    def _mistyped(self, severity: int | None) -> Examples:
        if severity not in RATES:
            levels = ", ".join(map(str, RATES))
            raise ValueError(f"typing_noise needs a severity of {levels}, got {severity!r}")
        code = crc32(b"typing_noise")
        texts = [
            mistyped(
                text,
                RATES[severity],
                np.random.default_rng([item % 2**64, code, severity]),
            )
            for (text, _), item in zip(self._test, self.test.ids.tolist(), strict=True)
        ]
        name = f"intents/typing_noise@{severity}"
        return replace(self.test, inputs=self._rows(texts), name=name)

    def _known(self, queries: Sequence[Query], split: str) -> Examples:
        if not queries:
            raise ValueError(f"{split} holds no query of a known intent; check data.source")
        texts = [text for text, _ in queries]
        labels = torch.tensor([self._place[intent] for _, intent in queries])
        intents = [intent for _, intent in queries]
        metadata = {
            "intent": np.array(intents),
            "topic": np.array([self.topics.get(intent, "") for intent in intents]),
            "characters": np.array([len(text) for text in texts]),
            "words": np.array([len(text.split()) for text in texts]),
            "question": np.array([text.split()[0] in QUESTIONS for text in texts]),
        }
        return Examples(self._rows(texts), labels, self.classes, f"intents/{split}", metadata)

    def _rows(self, texts: Sequence[str]) -> Tensor:
        """`[n, length]` bytes of the texts in lower case, 0 where one has ended."""
        coded = [text.lower().encode() for text in texts]
        self.cut += sum(len(text) > self.length for text in coded)
        filled = b"".join(text[: self.length].ljust(self.length, b"\0") for text in coded)
        return torch.frombuffer(bytearray(filled), dtype=torch.uint8).long().reshape(len(texts), -1)


QUESTIONS = frozenset(
    [
        "what",
        "what's",
        "whats",
        "how",
        "when",
        "where",
        "who",
        "which",
        "why",
        "can",
        "could",
        "do",
        "does",
        "is",
        "are",
        "am",
        "will",
        "would",
    ]
)


def _clinc(path: Path, nothing: str) -> dict[str, list[Query]]:
    """Splits of CLINC150's own file, its out-of-scope test queries among the test split."""
    try:
        content = json.loads(path.read_bytes())
        found = {ours: [(t, i) for t, i in content[theirs]] for ours, theirs in SPLITS.items()}
        found["test"] += [(text, nothing) for text, _ in content["oos_test"]]
    except FileNotFoundError:
        raise ValueError(
            f"there is no file {path.absolute()}; give data.source the path of CLINC150's "
            "data_full.json (https://github.com/clinc/oos-eval), or {train: …, validation: …, "
            "test: …} on the Hugging Face hub"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} is not CLINC150's JSON of train, val, test and oos_test with [text, intent] "
            f"pairs ({type(error).__name__}: {error})"
        ) from None
    return found


def _files(source: Mapping[str, Place]) -> dict[str, list[Query]]:
    missing = [name for name in SPLITS if name not in source]
    if missing:
        raise ValueError(f"data.source has no {missing[0]!r}; it needs {', '.join(SPLITS)}")
    found = {}
    for name in SPLITS:
        records = [
            one
            for path in paths_of(source[name], name)
            for one in read_records(path, ("text", "intent"))
        ]
        found[name] = [(str(one.values["text"]), str(one.values["intent"])) for one in records]
    return found


def _topics(given: str | Mapping[str, Sequence[str]] | None) -> dict[str, str]:
    """Intent to topic."""
    if given is None:
        return {}
    try:
        listed = json.loads(Path(given).read_bytes()) if isinstance(given, str) else given
        return {intent: topic for topic, intents in listed.items() for intent in intents}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ValueError(
            f"data.topics {given} is no JSON object of topics with their intents ({error})"
        ) from None


def _intents_of(topics: Mapping[str, str], held_out: Sequence[str]) -> set[str]:
    for name in held_out:
        if name not in topics.values():
            raise unknown("topic", name, set(topics.values()))
    return {intent for intent, topic in topics.items() if topic in held_out}
