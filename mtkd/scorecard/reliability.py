"""Reliability: how often the student is surely wrong, and whose mistakes it repeats."""

from collections.abc import Mapping
from dataclasses import replace

from mtkd.metrics import Inheritance, Pair, dd_ceir_estimate
from mtkd.metrics import Predictions as Labelled
from mtkd.scorecard.cast import Cast
from mtkd.scorecard.figures import Figure, between, missing, share
from mtkd.scorecard.items import Items, digest_of, read_items


def reliability(cast: Cast, clean: Items) -> list[Figure]:
    """Confident-wrong rate and DD-CEIR on clean items, at the study's tau."""
    tau, student = cast.study.tau, clean.said["student"]
    wrong = int((student.wrong & student.confident(tau)).sum())
    text = f"wrong and confidence >= {tau:g}, over all clean items"
    return [share("confident_wrong_rate", wrong, len(clean), text), dd_ceir(cast, clean)]


def dd_ceir(cast: Cast, clean: Items) -> Figure:
    """Inherited confident errors of one teacher, minus the same of the placebo.

    The teacher is the one the study's endpoint names, else the one with most confident errors on
    clean items, whether it taught this student or not.
    """
    placebo, tau = cast.study.placebo, cast.study.tau
    if placebo is None:
        return missing("dd_ceir", "the study has no placebo, so coincidence cannot be taken off")
    folders = {"student": cast.student.folder, "control": cast.control.folder}
    folders |= {_key(one.name): one.folder for one in cast.study.teachers}
    said = read_items(clean.domain, folders).said
    name = _suspect(cast, said)
    real, spurious = (_inheritance(said, one, tau) for one in (name, placebo.name))
    estimate = dd_ceir_estimate([real], [spurious])
    few = "" if not estimate.underpowered else f"{min(estimate.counts)} confident errors"
    if min(estimate.counts) == 0:
        empty = name if estimate.counts[0] == 0 else placebo.name
        return missing("dd_ceir", f"{empty} has no confident errors on clean items, tau {tau:g}")
    digest = digest_of(said[_key(name)].probs)[:8]
    text = f"teacher {name} ({digest}): {estimate.metric.convention}"
    metric = replace(estimate.metric, convention=text)
    return between("dd_ceir", replace(estimate, metric=metric), few)


def _inheritance(said: Mapping[str, Labelled], teacher: str, tau: float) -> Inheritance:
    by = said[_key(teacher)]
    pairs = (Pair(by, said[model], tau) for model in ("student", "control"))
    return Inheritance(*pairs)


def _suspect(cast: Cast, said: Mapping[str, Labelled]) -> str:
    named = [one.name for one in cast.study.teaching if one.name in cast.study.endpoint.split("/")]
    if named:
        return named[0]
    tau = cast.study.tau

    def errors(name: str) -> int:
        by = said[_key(name)]
        return int((by.wrong & by.confident(tau)).sum())

    return max((one.name for one in cast.study.teaching), key=errors)


def _key(teacher: str) -> str:
    """A teacher may be called `student`, too."""
    return f"teacher {teacher}"
