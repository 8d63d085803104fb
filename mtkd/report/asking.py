"""Asks the other parts of mtkd about the student of a decision; a refusal becomes a sentence."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from markupsafe import Markup

from mtkd.report.deployed import FALLBACK_FILE, Deployed
from mtkd.report.outcomes import BOOK, ECONOMICS_FILE, Outcomes
from mtkd.results import Results

if TYPE_CHECKING:
    from mtkd.economics import Analysis
    from mtkd.fallback.assess import Assessment
    from mtkd.slices.findings import Findings

Found = TypeVar("Found")
TOKENS = (
    "This study predicts text token by token. {} asks about questions with a fixed set of answers, "
    "so it is left out."
)


def outcomes(results: Results, chosen: Deployed | None) -> Outcomes:
    """Everything that can be computed from the run folder; files that break a rule are said."""
    fallback, no_fallback = _tried(lambda: _fallback(results, chosen))
    pockets, no_pockets = _tried(lambda: _pockets(results, chosen))
    economics, no_economics = _tried(lambda: _economics(results, chosen))
    scorecard, broken = _tried(lambda: _scorecard(results.study.folder))
    return Outcomes(
        fallback,
        no_fallback,
        pockets or (),
        no_pockets,
        economics,
        no_economics,
        Markup("<p>{}</p>").format(broken) if broken else scorecard or Markup(""),
    )


def _tried(compute: Callable[[], Found]) -> tuple[Found | None, str]:
    """What was found, or the sentence of what stood against it."""
    from mtkd.config import ConfigError

    try:
        return compute(), ""
    except (ValueError, ConfigError) as error:
        return None, str(error)


def _fallback(results: Results, chosen: Deployed | None) -> "Assessment":
    from mtkd.fallback.assess import Request, assess
    from mtkd.fallback.choice import choose

    one = _finished(chosen)
    picked = choose(results.study.folder, one.group.tag, one.teacher, one.trial.seed)
    found = assess(replace(picked, spent=one.spent), Request(one.promise))
    if one.rule is None or one.rule.threshold == found.certificate.threshold:
        return found
    other = (
        f"{FALLBACK_FILE} has the threshold {one.rule.threshold}: it was made with other options "
        "or of other predictions"
    )
    return replace(found, warnings=(*found.warnings, other))


def _pockets(results: Results, chosen: Deployed | None) -> tuple["Findings", ...]:
    """Against the control first: what the teaching made worse; then against its teachers."""
    from mtkd.slices.models import COMMITTEE, CONTROL
    from mtkd.slices.pockets import Request
    from mtkd.slices.searched import search_run

    one = _classifier(chosen, "A search for pockets")
    place = results.study.folder, one.group.tag
    found, refused = [], []
    for reference in (CONTROL, COMMITTEE):
        try:
            found.append(search_run(*place, reference, one.trial.seed, Request()))
        except ValueError as error:
            refused.append(str(error))
    if not found:
        raise ValueError("; ".join(refused))
    return tuple(found)


def _economics(results: Results, chosen: Deployed | None) -> "Analysis":
    from mtkd.economics import analyse_file

    folder = results.study.folder
    places = [folder] if results.study.file is None else [folder, results.study.file.parent]
    for place in places:
        if (place / ECONOMICS_FILE).is_file():
            trial = None if chosen is None else chosen.trial.id
            return analyse_file(place / ECONOMICS_FILE, study=folder, trial=trial)
    raise ValueError("")


def _scorecard(folder: Path) -> Markup:
    from mtkd.scorecard import Book
    from mtkd.scorecard.page import fragment

    book = Book.read(folder / BOOK)
    return Markup(fragment(book.versions)) if book.versions else Markup("")


def _finished(chosen: Deployed | None) -> Deployed:
    if chosen is None:
        raise ValueError("no student is finished yet")
    return chosen


def _classifier(chosen: Deployed | None, what: str) -> Deployed:
    chosen = _finished(chosen)
    if chosen.by_token:
        raise ValueError(TOKENS.format(what))
    return chosen
