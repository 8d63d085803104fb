"""Texts with labels that models are asked about: files, or a split of a set on the hub."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path

from mtkd.audit.domains import Place
from mtkd.audit.told import NO_LABEL
from mtkd.results.models import CLEAN, VALIDATION
from mtkd.text.documents import string
from mtkd.text.places import Hub
from mtkd.text.record import Record
from mtkd.text.records import read_records

OF_HUB = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)(@(?P<revision>[\w./-]+))?:(?P<split>\w+)")
"""`owner/name:split`, and before the colon @ with a branch, tag or commit."""


@dataclass(frozen=True)
class Columns:
    """Where text, label and id of an item stand; without `id` it is a hash of the text."""

    text: str = "text"
    label: str = "label"
    id: str | None = None


@dataclass(frozen=True)
class Texts:
    """Items of one domain; place i of every field is the same one.

    Attributes:
        ids: Distinct.
        labels: Names of classes, `NO_LABEL` throughout where the domain has none.
        at: Where each stands, for sentences.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    labels: tuple[str, ...]
    at: tuple[str, ...]

    @property
    def identity(self) -> str:
        """Hash of everything but `at`."""
        whole = sha256()
        for part in (*self.ids, *self.texts, *self.labels):
            content = part.encode()
            whole.update(f"{len(content)}\n".encode() + content)
        return whole.hexdigest()


def read_texts(place: Place, columns: Columns, download: bool) -> Texts:
    """The items of a domain.

    Raises:
        ValueError: One sentence: no such file or column, no rows, an empty text or label, an id
            given twice.
    """
    wanted = [columns.text, *([columns.label] if place.labelled else [])]
    wanted += [columns.id] if columns.id else []
    files = _files(place, download)
    records = [one for path in files for one in read_records(path, wanted, "line")]
    if not records:
        raise ValueError(f"{place.where} holds no rows, expected at least one text")
    texts = [string(record, columns.text) for record in records]
    for record, text in zip(records, texts, strict=True):
        if not text.strip():
            raise ValueError(f"{record.at}: the text is empty; remove the row")
    labels = [_value(r, columns.label) if place.labelled else NO_LABEL for r in records]
    ids = [_value(r, columns.id) for r in records] if columns.id else _hashed(texts)
    _check_distinct(ids, records)
    return Texts(tuple(ids), tuple(texts), tuple(labels), tuple(r.at for r in records))


def check_labels(texts: Texts, classes: Sequence[str], domain: str) -> None:
    """Refuse labels that are none of the classes, before anything is run.

    Raises:
        ValueError: The first such label, with its row.
    """
    nowhere = domain not in (CLEAN, VALIDATION) and set(texts.labels) == {NO_LABEL}
    for label, at in zip(texts.labels, texts.at, strict=True):
        if label == NO_LABEL and not nowhere:
            raise ValueError(
                f"{at} has the label {NO_LABEL} among the items of {domain}; put texts of no class "
                "into a file of their own with --outside"
            )
        if label not in classes and label != NO_LABEL:
            from mtkd.audit.told import few

            raise ValueError(
                f"{at} has the label {label!r}, expected one of the models' classes "
                f"{few(classes)}; put texts of no class into a file of their own with --outside, "
                "or name the classes alike with --map"
            )


def _files(place: Place, download: bool) -> list[Path]:
    found = OF_HUB.fullmatch(place.where)
    if found and not Path(place.where).exists():
        name, revision, split = found["name"], found["revision"], found["split"]
        try:
            return Hub(name, split, revision=revision, local_files_only=not download).paths()
        except ValueError as error:
            said = str(error).replace("set local_files_only: false", "add --download")
            raise ValueError(said) from None
    return [Path(place.where)]


def _value(record: Record, column: str) -> str:
    """A label or id as text: text as it is, a whole number as its digits."""
    value = record.values[column]
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError(
            f"{record.at} has {value!r} in column {column}, expected a name or a whole number"
        )
    return str(value)


def _hashed(texts: Sequence[str]) -> list[str]:
    """A whole number for each text; the second of two equal ones gets another."""
    times: Counter[str] = Counter()
    found = []
    for text in texts:
        content = f"{text}\0{times[text]}" if times[text] else text
        digest = blake2b(content.encode(), digest_size=8).digest()
        found.append(str(int.from_bytes(digest, "little", signed=True)))
        times[text] += 1
    return found


def _check_distinct(ids: Sequence[str], records: Sequence[Record]) -> None:
    first: dict[str, str] = {}
    for name, record in zip(ids, records, strict=True):
        if name in first:
            raise ValueError(
                f"{record.at} has the id {name!r} of {first[name]}, expected distinct ids; give "
                "every item its own"
            )
        first[name] = record.at
