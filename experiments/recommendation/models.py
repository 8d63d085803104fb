"""A large recommender, a complementary one, and a small student: each predicts a rating."""

from __future__ import annotations

import torch
from movielens import CLASSES, FILM, FIRST_FILM, FIRST_GENRE, FIRST_RATING, USER
from torch import Tensor, nn

from mtkd.students import Classifier, started


class Factors(Classifier):
    """Embeddings of user and film, and their product, through one hidden layer.

    Args:
        users: Users of the data.
        films: Films of the data, without the one that stands for unseen films.
        width: Length of an embedding.
        hidden: Width of the hidden layer.
    """

    def __init__(self, users: int, films: int, width: int, hidden: int) -> None:
        super().__init__(_Factors(users, films, width, hidden), hidden, CLASSES)


class _Factors(nn.Module):
    def __init__(self, users: int, films: int, width: int, hidden: int) -> None:
        super().__init__()
        self.user, self.film = nn.Embedding(users, width), nn.Embedding(films + 1, width)
        for table in (self.user, self.film):
            nn.init.normal_(table.weight, std=0.3)
        self.mix = nn.Sequential(started(nn.Linear(3 * width, hidden)), nn.ReLU())

    def forward(self, rows: Tensor) -> Tensor:
        user, film = self.user(rows[:, USER]), self.film(rows[:, FILM])
        return self.mix(torch.cat([user, film, user * film], dim=1))


class Content(Classifier):
    """Knows no user: reads genres and what was rated last, so it errs elsewhere than `Factors`.

    Args:
        films: Films of the data.
        width: Length of an embedding.
        hidden: Width of the hidden layer.
    """

    def __init__(self, films: int, width: int, hidden: int) -> None:
        super().__init__(_Content(films, width, hidden), hidden, CLASSES)


class _Content(nn.Module):
    def __init__(self, films: int, width: int, hidden: int) -> None:
        super().__init__()
        self.film = nn.Embedding(films + 1, width)
        self.rating = nn.Embedding(CLASSES + 1, width)
        for table in (self.film, self.rating):
            nn.init.normal_(table.weight, std=0.3)
        genres = FIRST_FILM - FIRST_GENRE
        self.mix = nn.Sequential(started(nn.Linear(genres + 3 * width, hidden)), nn.ReLU())

    def forward(self, rows: Tensor) -> Tensor:
        genres = rows[:, FIRST_GENRE:FIRST_FILM].float()
        old, given = rows[:, FIRST_FILM:FIRST_RATING], self.rating(rows[:, FIRST_RATING:])
        there = (rows[:, FIRST_RATING:] > 0).unsqueeze(-1).float()
        number = there.sum(dim=1).clamp(min=1)
        liked = (self.film(old) * given * there).sum(dim=1) / number
        mood = (given * there).sum(dim=1) / number
        return self.mix(torch.cat([genres, self.film(rows[:, FILM]), liked, mood], dim=1))
