"""A scorecard as plain text for a terminal."""

from collections.abc import Iterable, Sequence

from mtkd.fallback.table import align
from mtkd.report.numbers import MISSING
from mtkd.scorecard.names import FIGURES, LAYERS
from mtkd.scorecard.shown import value_text, whole_text
from mtkd.scorecard.version import Version


def version_text(version: Version) -> str:
    """One entry, layer by layer, each number with its n and its rule."""
    lines = [
        f"{version.name}: {version.student}; teacher {version.teacher}; control {version.control}",
        ", ".join(f"{part} {digest}" for part, digest in version.hashes.items()),
        *(f"note: {note}" for note in version.notes),
    ]
    for layer in LAYERS:
        known = list(_lines(version, layer))
        lines += ["", layer] + (align(("figure", "value", "n", "", "how"), known) if known else [])
        lines += [f"not measured: {', '.join(at)}: {why}" for why, at in _gaps(version, layer)]
    return "\n".join(lines)


def book_text(versions: Sequence[Version]) -> str:
    """Every figure over the versions, oldest first; what changed between them below."""
    names = [version.name for version in versions]
    lines = []
    for layer in LAYERS:
        chosen = [name for name, kind in FIGURES.items() if kind.layer == layer]
        body = [[FIGURES[name].title, *_trend(versions, name)] for name in chosen]
        known = [line for line in body if any(cell != MISSING for cell in line[1:])]
        lines += [*align((layer, *names), known or body), ""]
    lines += [f"{one.name}: {note}" for one in versions for note in one.notes]
    return "\n".join(lines)


def _trend(versions: Sequence[Version], name: str) -> list[str]:
    marked = ((one.by_name[name], value_text(one.by_name[name])) for one in versions)
    return [f"{text} (n {figure.n})" if figure.caution else text for figure, text in marked]


def _lines(version: Version, layer: str) -> Iterable[tuple[str, ...]]:
    for name, figure in version.by_name.items():
        if FIGURES[name].layer == layer and figure.n:
            caution = f"under-powered: {figure.caution}" if figure.caution else MISSING
            cells = (FIGURES[name].title, whole_text(figure), str(figure.n))
            yield (*cells, caution, figure.convention)


def _gaps(version: Version, layer: str) -> Iterable[tuple[str, list[str]]]:
    """What has no value, by the reason."""
    found: dict[str, list[str]] = {}
    for name, figure in version.by_name.items():
        if FIGURES[name].layer == layer and not figure.n:
            found.setdefault(figure.convention, []).append(FIGURES[name].title)
    return found.items()
