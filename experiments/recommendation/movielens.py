"""MovieLens as a question with ten answers: how will this user rate this film?"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from mtkd.data import Examples
from mtkd.data.names import unknown

GENRES = (
    "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary", "Drama",
    "Fantasy", "Film-Noir", "Horror", "IMAX", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller",
    "War", "Western",
)  # fmt: skip
CLASSES = 10
"""Half a star to five stars."""

HISTORY = 8
"""Films a user rated last that a model may read."""

USER, FILM, FIRST_GENRE = 0, 1, 2
FIRST_FILM = FIRST_GENRE + len(GENRES)
FIRST_RATING = FIRST_FILM + HISTORY
"""Columns of an input: user, film, genres (0 or 1), last films, their ratings (1 to 10)."""

Rating = tuple[int, int, int, int]
"""User, film, class, time."""


class MovieLens:
    """The next rating of a user, from everything the user rated before it.

    A user's ratings in the order of time: the first 80 parts of a hundred are for training, then
    10 for validation and 10 for testing, so nobody is asked about the past. Films that training
    never saw share one number (0), and so do places of a history that is still short.

    Args:
        folder: Of `ratings.csv` and `movies.csv` (ml-latest-small: 100,836 ratings, 610 users,
            https://grouplens.org/datasets/movielens/latest/).

    Attributes:
        users: Users, numbered from 0.
        films: Films that training saw, numbered from 1.

    Raises:
        ValueError: A file is missing, or holds something else.
    """

    classes = CLASSES

    def __init__(self, folder: str) -> None:
        ratings = _ratings(Path(folder) / "ratings.csv")
        genres = _genres(Path(folder) / "movies.csv")
        people = {user: place for place, user in enumerate(sorted({one[0] for one in ratings}))}
        split = _by_time(ratings)
        seen = sorted({ratings[row][1] for row in split["train"]})
        films = {film: place for place, film in enumerate(seen, start=1)}
        self.users, self.films = len(people), len(films)
        inputs = torch.from_numpy(_inputs(ratings, people, films, genres))
        labels = torch.tensor([one[2] for one in ratings])
        counts = np.bincount(inputs[split["train"], FILM].numpy(), minlength=len(films) + 1)
        metadata = {"popular": counts[inputs[:, FILM].numpy()] >= 10}
        metadata["new_film"] = inputs[:, FILM].numpy() == 0
        whole = Examples(inputs, labels, CLASSES, "movielens", metadata)
        parts = {name: whole.take(torch.tensor(rows), name) for name, rows in split.items()}
        self.train, self.validation, self.test = parts.values()

    @property
    def splits(self) -> Mapping[str, Examples]:
        """The splits by name."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def domain(self, name: str, severity: int | None = None) -> Examples:
        """`clean` is the test split; `rare` its films with fewer than 10 ratings in training."""
        if severity is not None:
            raise ValueError(f"domain {name!r} has no severity, got {severity!r}; leave it out")
        if name == "clean":
            return self.test
        if name == "rare":
            return self.test.take(torch.from_numpy(~self.test.metadata["popular"]), "rare")
        raise unknown("domain", name, ("clean", "rare"))


def _ratings(path: Path) -> list[Rating]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [
                (
                    int(row["userId"]),
                    int(row["movieId"]),
                    round(2 * float(row["rating"])) - 1,
                    int(row["timestamp"]),
                )
                for row in csv.DictReader(file)
            ]
    except FileNotFoundError:
        raise ValueError(
            f"there is no file {path.absolute()}; fetch ml-latest-small from "
            "https://grouplens.org/datasets/movielens/latest/ and give its folder as data.folder"
        ) from None
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path} is not MovieLens' ratings.csv ({error!r})") from None


def _genres(path: Path) -> dict[int, list[int]]:
    with path.open(newline="", encoding="utf-8") as file:
        return {
            int(row["movieId"]): [int(name in row["genres"].split("|")) for name in GENRES]
            for row in csv.DictReader(file)
        }


def _by_time(ratings: list[Rating]) -> dict[str, list[int]]:
    """Rows of each split, a user's last ratings in the test split."""
    rows: dict[int, list[int]] = defaultdict(list)
    for row in sorted(range(len(ratings)), key=lambda row: (ratings[row][3], row)):
        rows[ratings[row][0]].append(row)
    split: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
    for own in rows.values():
        first, second = (len(own) * share // 10 for share in (8, 9))
        split["train"] += own[:first]
        split["validation"] += own[first:second]
        split["test"] += own[second:]
    return split


def _inputs(
    ratings: list[Rating],
    people: Mapping[int, int],
    films: Mapping[int, int],
    genres: Mapping[int, list[int]],
) -> np.ndarray:
    inputs = np.zeros((len(ratings), FIRST_RATING + HISTORY), np.int64)
    before: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in sorted(range(len(ratings)), key=lambda row: (ratings[row][3], row)):
        user, film, rating, _ = ratings[row]
        inputs[row, USER], inputs[row, FILM] = people[user], films.get(film, 0)
        inputs[row, FIRST_GENRE:FIRST_FILM] = genres.get(film, [0] * len(GENRES))
        for place, (old, given) in enumerate(before[user][-HISTORY:]):
            inputs[row, FIRST_FILM + place] = films.get(old, 0)
            inputs[row, FIRST_RATING + place] = given
        before[user].append((film, rating + 1))
    return inputs
