"""One entry of a scorecard, and the JSON file it is kept in."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mtkd.fallback.fields import Fields
from mtkd.files import UnreadableFile, write_json
from mtkd.scorecard.content import PARTS
from mtkd.scorecard.figures import Figure, missing
from mtkd.scorecard.names import FIGURES

FORMAT, VERSION = "mtkd scorecard version", 1
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
REMEDY = "remove it from the book, or write it again with the mtkd that made it"


@dataclass(frozen=True)
class Version:
    """Everything that is known about one version of a student.

    Attributes:
        name: Of the version; a file is named like it.
        order: 1 for the first of its book; trends go by it.
        added: When it was added, ISO 8601, UTC.
        study, student, teacher, control: Where it comes from, in words.
        hashes: Digest of teacher, student, dataset, rubric, and of training data if known.
        rubric: How quality was measured.
        figures: One for each of `mtkd.scorecard.names.FIGURES`, in that order.
        slices: Quality ratio of each class and domain.
        notes: What limits this entry, in sentences.
    """

    name: str
    order: int
    added: str
    study: str
    student: str
    teacher: str
    control: str
    hashes: Mapping[str, str]
    rubric: Mapping[str, Any]
    figures: tuple[Figure, ...]
    slices: tuple[Figure, ...]
    notes: tuple[str, ...]

    @cached_property
    def by_name(self) -> dict[str, Figure]:
        """Its figures by name, with an entry for every name there is."""
        found = {figure.name: figure for figure in self.figures}
        return {name: found.get(name, missing(name, "not in this entry")) for name in FIGURES}

    def save(self, path: Path) -> None:
        """Write the entry as JSON, in one piece."""
        content = asdict(self)
        for key in ("figures", "slices"):
            content[key] = [figure.as_json() for figure in getattr(self, key)]
        write_json(path, {"format": FORMAT, "version": VERSION, **content})

    @classmethod
    def read(cls, path: Path) -> "Version":
        """The entry in a file.

        Raises:
            ValueError: It is damaged, of another format, or a field is missing or impossible.
        """
        fields = Fields.read(path, FORMAT, VERSION, REMEDY)
        fields.only(set(cls.__dataclass_fields__))
        texts = ("name", "added", "study", "student", "teacher", "control")
        hashes = fields.inner("hashes").content
        if set(PARTS) - hashes.keys():
            fields.stop("hashes", f"is {hashes!r}", f"digests of {', '.join(PARTS)}")
        return cls(
            order=fields.count("order", 1),
            hashes=hashes,
            rubric=fields.inner("rubric").content,
            figures=_figures(fields, "figures"),
            slices=_figures(fields, "slices"),
            notes=tuple(map(str, _list(fields, "notes"))),
            **{key: fields.text(key) for key in texts},
        )


def check_name(name: str) -> None:
    """Stop unless a version's name can be the name of a file everywhere."""
    if not NAME.fullmatch(name) or name.endswith("."):
        raise ValueError(
            f"--version {name!r} cannot name a file; use letters, digits, and . _ + - inside, "
            "such as v3"
        )


def _figures(fields: Fields, key: str) -> tuple[Figure, ...]:
    try:
        return tuple(Figure.from_json(node) for node in _list(fields, key))
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableFile(
            f"{fields.source}: field {key!r} holds what is no figure ({error!r}); {REMEDY}"
        ) from None


def _list(fields: Fields, key: str) -> list[Any]:
    value = fields.get(key)
    if not isinstance(value, list):
        fields.stop(key, f"is {value!r}", "a list")
    return list(value)
