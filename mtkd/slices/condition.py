"""Which items a pre-registered slice is about: conditions on columns, all of which must hold."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtkd.config import ConfigError, nearest
from mtkd.metrics.base import Booleans
from mtkd.slices.always import confidently_wrong
from mtkd.slices.attributes import as_numbers
from mtkd.slices.compared import Compared
from mtkd.slices.metadata import unknown_column

TEACHERS = "confidently_wrong"
"""Stands for a column: items that one of the named teachers gets wrong with confidence."""


@dataclass(frozen=True)
class Condition:
    """One column, and its values or the range of its numbers (ends included)."""

    column: str
    values: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf

    @property
    def text(self) -> str:
        """`part = left or right`, `length from 1 to 8`."""
        if self.values:
            return f"{self.column} = {' or '.join(self.values)}"
        ends = [("from", self.low), ("to", self.high)]
        return " ".join([self.column, *(f"{w} {end:g}" for w, end in ends if math.isfinite(end))])

    def holds(self, compared: Compared, at: str) -> Booleans:
        """`[item]`: true where it holds.

        Args:
            at: What begins a sentence.

        Raises:
            ConfigError: There is no such column, value or teacher, or it has no numbers.
        """
        if self.column == TEACHERS:
            return self._teachers(compared, at)
        columns: dict[str, NDArray] = {"label": compared.label_names, **compared.columns}
        if self.column not in columns:
            source = f"the metadata of {compared.domain}"
            known = [*columns, TEACHERS] if compared.teachers else columns
            raise ConfigError(unknown_column(at, source, self.column, known))
        column = columns[self.column]
        return self._among(column, at) if self.values else self._between(column, at)

    def _among(self, column: NDArray, at: str) -> Booleans:
        texts = column.astype(np.str_)
        for value in self.values:
            if not (texts == value).any():
                known = [str(text) for text in np.unique(texts)]
                hint = nearest(value, known) or f"; it has {', '.join(known[:8])}"
                raise ConfigError(f"{at}: no item has {self.column} = {value!r}{hint}")
        return np.isin(texts, self.values)

    def _between(self, column: NDArray, at: str) -> Booleans:
        numbers = as_numbers(column)
        if numbers is None:
            raise ConfigError(
                f"{at}: {self.column} has texts like {str(column[0])!r}, so no range can be taken; "
                "name its values"
            )
        return (numbers >= self.low) & (numbers <= self.high)

    def _teachers(self, compared: Compared, at: str) -> Booleans:
        for name in self.values:
            if name not in compared.teachers:
                known = ", ".join(compared.teachers) or "none"
                raise ConfigError(f"{at}: {name!r} taught nothing to this student, only {known}")
        wrong: Booleans = np.zeros(len(compared), np.bool_)
        for name in self.values:
            wrong = wrong | confidently_wrong(compared, name)
        return wrong


def read_conditions(where: Any, at: str) -> tuple[Condition, ...]:
    """The conditions in `where`: a value, a list of values, or {from, to}, by column.

    Raises:
        ConfigError: It is something else.
    """
    if not isinstance(where, Mapping):
        raise ConfigError(f"{at}.where must map columns to values, got {where!r}")
    return tuple(_read(str(name), value, f"{at}.where.{name}") for name, value in where.items())


def _read(column: str, value: Any, at: str) -> Condition:
    if isinstance(value, Mapping) and column != TEACHERS:
        return _range(column, value, at)
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(one, (str, int, float)) for one in values):
        raise ConfigError(
            f"{at} must be a value, a list of values or {{from: .., to: ..}}, got {value!r}"
        )
    return Condition(column, tuple(map(str, values)))


def _range(column: str, given: Mapping[str, Any], at: str) -> Condition:
    numbers = all(
        isinstance(end, (int, float)) and not isinstance(end, bool) and math.isfinite(end)
        for end in given.values()
    )
    if not given or not set(given) <= {"from", "to"} or not numbers:
        raise ConfigError(f"{at} must have the numbers from and to, or one of them, got {given!r}")
    low, high = given.get("from", -math.inf), given.get("to", math.inf)
    if low > high:
        raise ConfigError(f"{at} goes from {low} to {high}, expected from <= to")
    return Condition(column, (), float(low), float(high))
