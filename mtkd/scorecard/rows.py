"""A flat table of every figure of every version: for CSV, for W&B, for any spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mtkd.scorecard.figures import Figure
from mtkd.scorecard.names import FIGURES, OUTCOME
from mtkd.scorecard.version import Version


class Row(NamedTuple):
    """One number with all that is needed to read it alone: rule, n, and the four digests."""

    version: str
    order: int
    added: str
    layer: str
    figure: str
    value: float
    low: float
    high: float
    n: int
    caution: str
    convention: str
    teacher: str
    student: str
    dataset: str
    rubric: str


def rows(versions: Iterable[Version]) -> Iterator[Row]:
    """Version by version, figures in the order of the page, slices last."""
    for version in versions:
        for name, figure in version.by_name.items():
            yield _row(version, FIGURES[name].layer, name, figure)
        for figure in version.slices:
            yield _row(version, OUTCOME, f"quality_ratio/{figure.name}", figure)


def as_csv(versions: Iterable[Version]) -> str:
    """`rows` as CSV text with a header; NaN is `nan`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(Row._fields)
    writer.writerows(rows(versions))
    return buffer.getvalue()


def _row(version: Version, layer: str, name: str, figure: Figure) -> Row:
    known = version.hashes
    return Row(
        version=version.name,
        order=version.order,
        added=version.added,
        layer=layer,
        figure=name,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        n=figure.n,
        caution=figure.caution,
        convention=figure.convention,
        teacher=known["teacher"],
        student=known["student"],
        dataset=known["dataset"],
        rubric=known["rubric"],
    )
