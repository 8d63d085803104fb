"""Averages over many steps, kept on the device and read out once every few steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mtkd.objective import Objective
from mtkd.teachers import Batch

Labels = tuple[Tensor, Tensor]
"""Labels of a batch, and its mask."""

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
        self._sums: list[dict[str, Tensor]] = []
        self._learnt: list[Labels] = []
        self._judged: list[Labels] = []
        self._counted = self._described = 0
        self._kinds: set[bool] = set()

    def lacks(self, batch: Batch) -> bool:
        """Whether no batch of this kind, written by the student or not, was described yet."""
        return ("written" in batch) not in self._kinds

    def add(self, objective: Objective, batch: Batch) -> None:
        """Add the sums of one batch.

        Its labels are kept until `read` counts them: positions without one count neither in the
        mean of the labels' part nor in the accuracy.
        """
        self._counted += objective.count
        labels = batch["labels"], batch["mask"]
        self._learnt.append(labels)
        if "accuracy" in objective.described:
            self._kinds.add("written" in batch)
            self._described += objective.count
            self._judged.append(labels)
        parts = {"loss": objective.loss, "hard": objective.hard, "soft": objective.soft}
        parts |= {"own": objective.own, **objective.described}
        self._sums.append({name: value.detach() for name, value in parts.items()})

    def read(self, stage: str) -> dict[str, float]:
        """Averages since the last `clear`: `<stage>/loss`, `teacher/<name>/weight`, …

        Teachers' names stand behind the stage if it is another than training.
        A teacher's distance, agreement and entropy are means over the positions where it spoke;
        its weight and coverage are means over all positions. What is described only now and
        then (see `lacks`) is of those batches alone.
        """
        if not self._counted:
            return {}
        numbers, counts = self._numbers()
        coverage = numbers.pop("coverage", None)
        values: dict[str, float] = {}
        for name in PER_POSITION:
            if name in numbers:
                total, counted = numbers.pop(name), counts.get(name, self._counted)
                if counted:
                    values[f"{stage}/{name}"] = total / counted
        before = "" if stage == "train" else f"{stage}/"
        for index, teacher in enumerate(self.teachers):
            spoke = self._described if coverage is None else coverage[index]
            for name, total in numbers.items():
                counted = self._counted if name == "weight" else spoke
                values[f"{before}teacher/{teacher}/{name}"] = total[index] / max(counted, 1)
            if coverage is not None:
                values[f"{before}teacher/{teacher}/coverage"] = spoke / max(self._described, 1)
        return values

    def totals(self) -> list[list[float]]:
        """Of each of `PER_POSITION` the sum and the positions, which add up over devices."""
        numbers, counts = self._numbers()
        found = [(name, numbers.get(name)) for name in PER_POSITION]
        return [[s or 0.0, 0 if s is None else counts.get(n, self._counted)] for n, s in found]

    def broken(self) -> dict[str, Tensor]:
        """The sums of the first batch whose loss or weights are not finite; empty: all are."""
        for sums in self._sums:
            watched = [sums[name] for name in ("loss", "weight") if name in sums]
            if not all(bool(value.isfinite().all()) for value in watched):
                return sums
        return {}

    def _numbers(self) -> tuple[dict[str, Any], dict[str, float]]:
        """Sums over all batches by name, and how many positions a mean is of, if not of all.

        A GPU is waited for once, whatever the number of names.
        """
        parts: dict[str, list[Tensor]] = {}
        for sums in self._sums:
            for name, value in sums.items():
                parts.setdefault(name, []).append(value)
        summed = {name: torch.stack(values).sum(dim=0) for name, values in parts.items()}
        batches = {"hard": self._learnt, "accuracy": self._judged}
        labelled = {name: _labelled(found) for name, found in batches.items() if found}
        numbers = _read([*summed.values(), *labelled.values()])
        counts = dict(zip(labelled, numbers[len(summed) :], strict=True))
        return dict(zip(summed, numbers, strict=False)), counts | {"confidence": self._described}


def _labelled(batches: Sequence[Labels]) -> Tensor:
    """Counted positions that have a label."""
    return torch.stack([(mask & (labels >= 0)).sum() for labels, mask in batches]).sum()


def _read(tensors: Sequence[Tensor]) -> list[Any]:
    """Each one's `tolist()`, of scalars and rows, in one copy from their device."""
    numbers = torch.cat([tensor.flatten() for tensor in tensors]).tolist() if tensors else []
    parts = [[numbers.pop(0) for _ in range(tensor.numel())] for tensor in tensors]
    return [part if tensor.dim() else part[0] for part, tensor in zip(parts, tensors, strict=True)]


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
