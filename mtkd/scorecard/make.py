"""A version's entry from a run folder: read, refuse what cannot be meant, measure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from mtkd.fallback.cautions import too_small
from mtkd.files import write_json
from mtkd.predictions import Predictions
from mtkd.scorecard.book import Book
from mtkd.scorecard.certified import START_COVERAGE, fallback_figures
from mtkd.scorecard.change import compare, unchanged
from mtkd.scorecard.economy import economy
from mtkd.scorecard.evidence import Evidence, Request, gather
from mtkd.scorecard.figures import Figure
from mtkd.scorecard.names import FIGURES
from mtkd.scorecard.quality import quality, slices_of
from mtkd.scorecard.reliability import reliability
from mtkd.scorecard.same import differences, other_rules, refuse_other_dataset
from mtkd.scorecard.timing import as_json, latency_figures, unmeasured
from mtkd.scorecard.version import Version

LATENCY_FILE = "latency.json"


@dataclass(frozen=True)
class Made:
    """An entry, and what its student said about clean items."""

    version: Version
    said: Predictions


def make_version(request: Request, book: Book) -> Made:
    """Everything that is known about one student of a run, against the latest of a book.

    Writes `latency.json` into the run folder where latency was measured.

    Raises:
        ValueError: The name is taken; no such student, teacher or control; or the dataset is
            not the book's.
    """
    book.check_new(request.version)
    found = gather(request)
    if book.latest is not None and not request.other_dataset:
        refuse_other_dataset(found.hashes["dataset"], book.latest, request.run)
    slices = slices_of(found.clean, found.others)
    figures = [
        *quality(found.cast, found.clean, slices),
        *reliability(found.cast, found.clean),
        *fallback_figures(found.fallback),
        *economy(found.cast, found.clean),
        *_changes(found, book),
    ]
    notes = too_small(len(found.held_out), found.fallback.promise, START_COVERAGE)
    timed, said = _latency(request, found)
    figures += timed
    if book.latest is not None:
        notes += differences(book.latest, found.hashes, found.rubric)
        notes += other_rules(book.latest, {figure.name: figure for figure in figures})
    version = _version(request, found, book, figures, slices, [*notes, *said])
    return Made(version, found.clean.stored["student"])


def _version(
    request: Request,
    found: Evidence,
    book: Book,
    figures: Iterable[Figure],
    slices: Iterable[Figure],
    notes: Iterable[str],
) -> Version:
    cast, by = found.cast, {figure.name: figure for figure in figures}
    return Version(
        name=request.version,
        order=book.latest.order + 1 if book.latest else 1,
        added=datetime.now(UTC).isoformat(timespec="seconds"),
        study=cast.study.name,
        student=f"{cast.label}, trial {cast.student.id}",
        teacher=f"{cast.teacher.name}, {cast.teacher.id}",
        control=f"{cast.control.name}, trial {cast.control.id}",
        hashes=found.hashes,
        rubric=found.rubric,
        figures=tuple(by[name] for name in FIGURES),
        slices=tuple(slices),
        notes=tuple(notes),
    )


def _changes(found: Evidence, book: Book) -> list[Figure]:
    before = book.latest
    if before is None:
        return unchanged("the first version of its book")
    if before.hashes["dataset"] != found.hashes["dataset"]:
        return unchanged(f"{before.name} was measured on another dataset")
    now = found.clean.stored["student"]
    return compare(book.said(before), now, found.cast.study.tau, before.name)


def _latency(request: Request, found: Evidence) -> tuple[list[Figure], list[str]]:
    """Measured figures, written to `latency.json` too; or none, and a note that says why."""
    if request.latency is None:
        return unmeasured("not asked for (--no-latency)"), []
    from mtkd.scorecard.latency import NotMeasurable, measure

    try:
        times = measure(found.cast, request.latency)
    except NotMeasurable as error:
        return unmeasured(f"left out: {error}"), [f"latency is left out: {error}"]
    asked = found.fallback.threshold is not None
    figures = latency_figures(times, found.fallback.deferred, asked)
    cast = found.cast
    about = {"student": cast.student.id, "teacher": cast.teacher.name}
    rate = {"deferral_rate": found.fallback.deferred}
    write_json(request.run / LATENCY_FILE, as_json(times, figures, about | rate))
    return figures, []
