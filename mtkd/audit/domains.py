"""What --data, --validation, --domain and --outside name: folders of predictions, and texts."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mtkd.audit.folders import in_folder
from mtkd.audit.sources import Source, check_name
from mtkd.results.models import CLEAN, VALIDATION


@dataclass(frozen=True)
class Place:
    """Items of a domain.

    Attributes:
        option: As it was given, for sentences.
        where: A folder of predictions, a file of texts, or a set on the hub with its split.
        labelled: Whether its items have labels.
    """

    name: str
    option: str
    where: str
    labelled: bool = True

    @property
    def is_folder(self) -> bool:
        """Whether it holds predictions, a file for each model."""
        return Path(self.where).is_dir()


def places(options: argparse.Namespace) -> list[Place]:
    """All domains that were given, clean and validation first.

    Raises:
        ValueError: One has no name, or an unusable one.
    """
    found = []
    if options.data:
        found.append(Place(CLEAN, f"--data {options.data}", options.data))
    if options.validation:
        text = f"--validation {options.validation}"
        found.append(Place(VALIDATION, text, options.validation))
    for option, labelled in (("domain", True), ("outside", False)):
        for text in vars(options)[option]:
            name, equals, where = text.partition("=")
            if not equals:
                raise ValueError(f"--{option} {text} has no name; write --{option} NAME={text}")
            check_name(name, f"--{option} {text}")
            found.append(Place(name, f"--{option} {text}", where, labelled))
    return found


def with_folder(sources: Sequence[Source], place: Place) -> list[Source]:
    """The same models with a domain more: a folder holds a file named like each of them.

    Raises:
        ValueError: A model has no file there, several, or has that domain already.
    """
    if all(source.network for source in sources):
        raise ValueError(
            f"{place.option} is a folder of predictions, but all models are run here; give a file "
            "of texts"
        )
    return [source if source.network else _with(source, place) for source in sources]


def _with(source: Source, place: Place) -> Source:
    if place.name in source.files:
        raise ValueError(
            f"{source.name} has predictions on {place.name} in {source.files[place.name]} and is "
            f"given others in {place.where}; call the domain of {place.where} something else"
        )
    path = in_folder(Path(place.where), source.name)
    return replace(source, files={**source.files, place.name: path})
