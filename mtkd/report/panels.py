"""Small drawings made of rectangles: reliability diagrams, and what became of errors."""

import numpy as np

from mtkd.metrics import Bins
from mtkd.report.numbers import fixed, share
from mtkd.report.reading import label, shown, teacher_label
from mtkd.results import STUDENT, Group, Results

FATES = ("repeated, confident", "repeated, unsure", "other wrong answer", "corrected")
KEYS = ("inherited_confident", "inherited_unsure", "other_wrong", "corrected")
LEFT, TOP, SIZE = 14, 4, 100
MASS = 12
"""Height of the strip at the bottom that shows how many items a bin has."""


def reliability_panels(results: Results) -> list[dict[str, object]]:
    """One panel for each teacher and each group: accuracy against confidence on clean items."""
    panels = []
    for teacher in results.study.teachers:
        bins = results.curves.get(teacher.name)
        error = results.value(teacher.id, teacher.name, "clean", "ece")
        if bins is not None:
            panels.append(_panel(teacher_label(teacher), bins, error, 1))
    for group in shown(results):
        bins = results.curves.get(group.tag)
        error = results.mean(group, STUDENT, "clean", "ece")
        if bins is not None:
            title = f"{group.tag} {label(results, group)}"
            panels.append(_panel(title, bins, error, len(group.trials)))
    return panels


def _panel(title: str, bins: Bins, error: float, seeds: int) -> dict[str, object]:
    n = f"n = {bins.n // seeds} x {seeds} seeds" if seeds > 1 else f"n = {bins.n}"
    return {"title": title, "text": f"{n}, ECE {fixed(error)}", "bars": bars(bins)}


def bars(bins: Bins) -> list[dict[str, object]]:
    """Gap between accuracy and confidence of each bin, and a strip with its share of items."""
    width = SIZE / len(bins.count)
    drawn: list[dict[str, object]] = []
    for place in np.flatnonzero(bins.count):
        sure, right = float(bins.confidence[place]), float(bins.accuracy[place])
        mass = MASS * float(bins.count[place] / bins.count.max())
        drawn.append(
            {
                "kind": "over" if sure > right else "under",
                "x": round(LEFT + width * float(place), 2),
                "width": round(width, 2),
                "y": round(TOP + SIZE * (1 - right), 1),
                "top": round(TOP + SIZE * (1 - max(sure, right)), 1),
                "height": round(SIZE * abs(sure - right), 1),
                "mass": round(mass, 1),
                "mass_top": round(TOP + SIZE - mass, 1),
            }
        )
    return drawn


def fate_rows(results: Results) -> list[dict[str, object]]:
    """What became of the main teacher's confident errors, per student, most repeated first."""
    if results.main is None:
        return []
    rows = [_fate_row(results, group) for group in shown(results)]
    there = [row for row in rows if row is not None]
    return sorted(there, key=lambda row: -float(str(row["order"])))


def _fate_row(results: Results, group: Group) -> dict[str, object] | None:
    assert results.main is not None
    at = f"inheritance/{results.main.name}/"
    shares = [results.mean(group, STUDENT, "clean", f"{at}fate_{key}") for key in KEYS]
    if any(np.isnan(shares)):
        return None
    parts = [{"percent": round(100 * value, 2), "text": share(value)} for value in shares]
    items = results.items(group.trials[0].id, STUDENT, "clean", f"{at}ceir")
    said = ", ".join(f"{name} {share(s)}" for name, s in zip(FATES, shares, strict=True))
    return {
        "tag": group.tag,
        "label": label(results, group),
        "parts": parts,
        "n": items,
        "text": said,
        "order": shares[0] + shares[1] / 1000,
    }
