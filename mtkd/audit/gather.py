"""From the options of the command to an audit with every file read and checked."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mtkd.audit.layout import Audit
from mtkd.audit.matching import matched
from mtkd.audit.sources import Source, find_models, shared_domains, with_domain
from mtkd.audit.told import Told, read_told
from mtkd.metrics.base import check_share
from mtkd.results.models import CLEAN, VALIDATION


def gather(options: argparse.Namespace) -> Audit:
    """Read everything that was asked for.

    Raises:
        ValueError: One sentence that names the file, the row and the rule.
    """
    check_share(options.tau, "--tau")
    models = _models(options)
    domains, partly = shared_domains(models)
    if all(VALIDATION in model.files for model in models):
        domains.insert(1, VALIDATION)
    told = {domain: _read(models, domain) for domain in domains}
    first = told[CLEAN][models[0].name]
    said = {domain: matched(files, first) for domain, files in told.items()}
    return Audit(options.question, options.tau, models, said, partly)


def _models(options: argparse.Namespace) -> list[Source]:
    given = [("student", text) for text in options.student]
    given += [("teacher", text) for text in options.teacher]
    alone = (("control", options.control), ("placebo", options.placebo))
    models = find_models([*given, *((role, text) for role, text in alone if text)])
    if options.validation:
        models = with_domain(models, VALIDATION, options.validation)
    for text in options.domain:
        name, equals, folder = text.partition("=")
        if not equals:
            raise ValueError(f"--domain {text} has no name; write --domain NAME={text}")
        models = with_domain(models, name, Path(folder))
    return models


def _read(models: Sequence[Source], domain: str) -> dict[str, Told]:
    told = {model.name: read_told(model.files[domain]) for model in models}
    for one in told.values():
        _check_scope(one, domain)
    return told


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
