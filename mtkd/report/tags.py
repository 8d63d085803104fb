"""Names beside the marks of a plot, where there is room for them."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.axes import Axes

from mtkd.results import Group

Point = tuple[Group, float, float]
"""A student, its accuracy and its confident-wrong rate."""

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in points."""


def write_tags(axes: Axes, points: Sequence[Point]) -> None:
    """Write each tag beside its mark where there is room; the most isolated marks come first."""
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()
    width, height = 260 / (right - left), 190 / (top - bottom)  # of the plot, in points
    at = np.array([((x - left) * width, (y - bottom) * height) for _, x, y in points])
    taken: list[Box] = [(x - 3, y - 3, x + 3, y + 3) for x, y in at]
    distance = np.linalg.norm(at[:, None] - at[None], axis=2) + 1e6 * np.eye(len(at))
    for place in np.argsort(-distance.min(axis=1), kind="stable"):
        (x, y), tag = at[place], points[place][0].tag
        free = (box for box in _beside(x, y, tag) if not any(_overlap(box, o) for o in taken))
        box = next(free, None)
        if box is not None:
            taken.append(box)
            offset = box[0] - x, box[1] - y
            axes.annotate(
                tag, points[place][1:], xytext=offset, textcoords="offset points", fontsize=7
            )


def _beside(x: float, y: float, tag: str) -> Iterator[Box]:
    """Places for a tag around a mark, in the order of preference."""
    wide, high = 4.5 * len(tag), 6
    for left in (x + 5, x - 5 - wide):
        for bottom in (y + 2, y - 8):
            yield left, bottom, left + wide, bottom + high


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
