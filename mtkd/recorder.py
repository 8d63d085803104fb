"""Averages over many steps, kept on the device and read out once every few steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mtkd.objective import Objective

PER_POSITION = ("loss", "hard", "soft", "own", "accuracy", "confidence")


class Recorder:
    """Collects objectives; `read` turns their sums into averages by name.

    Logging a value costs more than a step of a small student, so nothing is logged here:
    tensors are kept where they are, and are added up and become numbers only when read.

    Args:
        teachers: Names in the order of the objective's teacher axis.
    """

    def __init__(self, teachers: Sequence[str]) -> None:
        self.teachers = tuple(teachers)
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._parts: dict[str, list[Tensor]] = {}
        self._counted = self._labelled = 0
        self._described = self._judged = 0

    def add(self, objective: Objective, labelled: bool = True) -> None:
        """Add the sums of one batch.

        Args:
            objective: Of the batch.
            labelled: Whether its positions have labels; if not, they count neither in the mean
                of the labels' part nor in the accuracy.
        """
        self._counted += objective.count
        self._labelled += objective.count * labelled
        if "accuracy" in objective.described:
            self._described += objective.count
            self._judged += objective.count * labelled
        parts = {"loss": objective.loss, "hard": objective.hard, "soft": objective.soft}
        for name, value in {**parts, "own": objective.own, **objective.described}.items():
            self._parts.setdefault(name, []).append(value.detach())

    def read(self, stage: str) -> dict[str, float]:
        """Averages since the last `clear`: `<stage>/loss`, `teacher/<name>/weight`, …

        A teacher's distance, agreement and entropy are means over the positions where it spoke;
        its weight and coverage are means over all positions.
        """
        if not self._counted:
            return {}
        numbers: dict[str, Any] = {
            name: torch.stack(parts).sum(dim=0).tolist() for name, parts in self._parts.items()
        }
        coverage = numbers.pop("coverage", None)
        values: dict[str, float] = {}
        for name in PER_POSITION:
            if name in numbers:
                total, counted = numbers.pop(name), self._positions_of(name)
                if counted:
                    values[f"{stage}/{name}"] = total / counted
        for index, teacher in enumerate(self.teachers):
            spoke = self._described if coverage is None else coverage[index]
            for name, total in numbers.items():
                counted = self._counted if name == "weight" else spoke
                values[f"teacher/{teacher}/{name}"] = total[index] / max(counted, 1)
            if coverage is not None:
                values[f"teacher/{teacher}/coverage"] = spoke / max(self._described, 1)
        return values

    def _positions_of(self, name: str) -> int:
        """How many positions the mean of a scalar is taken over."""
        counts = {
            "hard": self._labelled,
            "accuracy": self._judged,
            "confidence": self._described,
        }
        return counts.get(name, self._counted)


class History:
    """What was recorded over training: steps, and one series for each name."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.series: dict[str, list[float | None]] = {}

    def add(self, step: int, values: dict[str, float]) -> None:
        """One more point; a series that has no value here gets None."""
        for name in values:
            self.series.setdefault(name, [None] * len(self.steps))
        self.steps.append(step)
        for name, points in self.series.items():
            points.append(values.get(name))

    def as_json(self) -> dict[str, object]:
        """`{"step": [...], "series": {name: [...]}}`."""
        return {"step": self.steps, "series": self.series}
