"""From the options of the command to findings, every file read and checked."""

import argparse
from pathlib import Path

from mtkd.metrics.base import check_share
from mtkd.slices.columns import unused_rows
from mtkd.slices.compared import Compared
from mtkd.slices.files import from_files
from mtkd.slices.findings import Findings
from mtkd.slices.gate import judge
from mtkd.slices.metadata import Metadata, read_metadata
from mtkd.slices.models import find_models
from mtkd.slices.pockets import Request, find_pockets
from mtkd.slices.registered import read_registry
from mtkd.slices.run_folder import from_run

TAU = 0.9
Read = tuple[str, str, str, list[Compared], list[str]]
"""Title, student, reference, comparisons, notes."""


def gather(options: argparse.Namespace) -> Findings:
    """Read everything that was asked for, search, and judge.

    Raises:
        ValueError: One sentence that names the file, the row and the rule.
    """
    request = Request(options.level, options.smallest, options.most, options.search)
    if options.tau is not None:
        check_share(options.tau, "--tau")
    registry = None if options.gate is None else read_registry(options.gate)
    given = [read_metadata(path, options.column) for path in options.metadata]
    reader = _from_files if options.run is None else _from_run
    title, student, reference, comparisons, notes = reader(options, given)
    notes += unused_rows(comparisons, given)
    gate = None if registry is None else judge(comparisons, registry)
    pockets = find_pockets(comparisons, request)
    return Findings(
        title, student, reference, tuple(comparisons), request, tuple(pockets), gate, tuple(notes)
    )


def _from_run(options: argparse.Namespace, given: list[Metadata]) -> Read:
    models = find_models(
        options.run, options.student, options.against, options.previous, options.seed
    )
    tau = models.study.tau if options.tau is None else options.tau
    comparisons, notes = from_run(models, given, options.column, tau)
    return models.study.name, models.label, models.reference, comparisons, notes


def _from_files(options: argparse.Namespace, given: list[Metadata]) -> Read:
    if options.student is None or options.previous is not None:
        raise ValueError(
            "without the folder of a run, give two files of predictions: --student FILE and "
            "--against FILE"
        )
    tau = TAU if options.tau is None else options.tau
    comparisons, notes = from_files(options.student, options.against, given, tau)
    title = f"{_short(options.student)} and {_short(options.against)}"
    return title, _short(options.student), _short(options.against), comparisons, notes


def _short(text: str) -> str:
    name, equals, path = text.partition("=")
    return name if equals and path else Path(text).name
