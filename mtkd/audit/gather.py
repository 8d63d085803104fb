"""From the options of the command to an audit with every file read and checked."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mtkd.audit.by_token import Stored, are_by_token, read_by_token
from mtkd.audit.domains import Place, places, with_folder
from mtkd.audit.layout import Audit
from mtkd.audit.maps import read_spaces
from mtkd.audit.matching import matched
from mtkd.audit.progress import say
from mtkd.audit.reach import our_classes, within
from mtkd.audit.sources import Source, find_models, shared_domains
from mtkd.audit.spaces import Space
from mtkd.audit.told import Told, read_told
from mtkd.audit.unused import check_unused
from mtkd.metrics.base import check_share
from mtkd.predictions import PRESENT
from mtkd.results.models import CLEAN, VALIDATION


def gather(options: argparse.Namespace) -> Audit:
    """Read everything that was asked for, and run the models that are to be run.

    Raises:
        ValueError: One sentence that names the file, the row and the rule.
    """
    check_share(options.tau, "--tau")
    models = _models(options)
    spaces = read_spaces(options.map, options.renormalise, [model.name for model in models])
    texts = []
    for place in places(options):
        if place.is_folder:
            models = with_folder(models, place)
        else:
            texts.append(place)
    models, cut = _run(options, models, texts, spaces)
    domains, partly = shared_domains(models)
    if all(VALIDATION in model.files for model in models):
        domains.insert(1, VALIDATION)
    say(f"reading the predictions of {len(models)} models on {', '.join(domains)}")
    said, mapping = _said(models, domains, spaces)
    return Audit(options.question, options.tau, models, said, partly, mapping, cut)


def _said(
    models: Sequence[Source], domains: Sequence[str], spaces: Mapping[str, Space]
) -> tuple[Mapping[str, Mapping[str, Stored]], dict[str, str]]:
    """By domain and model, and a sentence for each model whose classes were mapped."""
    if are_by_token(models):
        if spaces:
            raise ValueError(
                "--map is about classes, and these models predict tokens; leave it out"
            )
        return {domain: read_by_token(models, domain) for domain in domains}, {}
    ours = our_classes(models, spaces) if spaces else ()
    told = {domain: _read(models, domain, spaces, ours) for domain in domains}
    first = told[CLEAN][models[0].name]
    return within({domain: matched(files, first) for domain, files in told.items()}, told, ours)


def _models(options: argparse.Namespace) -> list[Source]:
    given = [("student", text) for text in options.student]
    given += [("teacher", text) for text in options.teacher]
    alone = (("control", options.control), ("placebo", options.placebo))
    return find_models([*given, *((role, text) for role, text in alone if text)], run=True)


def _run(
    options: argparse.Namespace,
    models: list[Source],
    texts: Sequence[Place],
    spaces: Mapping[str, Space],
) -> tuple[list[Source], dict[str, str]]:
    """All models with files of predictions, and a sentence for each whose texts were cut."""
    networks = [model for model in models if model.network]
    if not networks and texts:
        raise ValueError(_no_network(texts[0]))
    if not networks:
        check_unused(options)
        return models, {}
    if CLEAN not in [place.name for place in texts]:
        raise ValueError(
            f"--{networks[0].role} {networks[0].network} is a model to run, so --data is needed: "
            "a file with a text and a label in each row"
        )
    from mtkd.audit.running import run_all

    return run_all(options, models, texts, spaces)


def _no_network(place: Place) -> str:
    what = "is a file" if Path(place.where).exists() else "does not exist"
    return (
        f"{place.option}: {place.where} {what}; no model is run here, so give a folder with a "
        "file of predictions for each model, named like it"
    )


def _read(
    models: Sequence[Source], domain: str, spaces: Mapping[str, Space], ours: Sequence[str]
) -> dict[str, Told]:
    told = {
        model.name: read_told(model.files[domain], spaces.get(model.name), ours) for model in models
    }
    for model in models:
        _check_scope(told[model.name], domain)
        _check_answers(told[model.name], model)
    return told


def _check_answers(told: Told, model: Source) -> None:
    """A teacher may be silent; what it does not say is nobody's mistake."""
    if model.role in ("teacher", "placebo") or told.present is None or told.present.all():
        return
    row = int(np.argmin(told.present))
    raise ValueError(
        f"{told.path} row {row + 1} (id {told.ids[row]}) has no answer ({PRESENT} is false), and "
        f"it is the {model.role}; only a teacher may be silent"
    )


def _check_scope(told: Told, domain: str) -> None:
    """Labels everywhere, or nowhere on a domain of its own."""
    none = told.labels < 0
    if none.all() and domain not in (CLEAN, VALIDATION):
        return
    if none.any():
        row = int(np.flatnonzero(none)[0])
        raise ValueError(
            f"{told.path} row {row + 1} (id {told.ids[row]}) has the label -1 among the items of "
            f"{domain}; put items of no class into a domain of their own with --domain"
        )
