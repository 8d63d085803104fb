"""`mtkd fallback`: may this student answer on its own, and when must it hand over?"""

import argparse
import sys
from pathlib import Path

from mtkd.fallback.choice import choose
from mtkd.fallback.costs import Costs
from mtkd.fallback.promise import Promise
from mtkd.files import write_text

HELP = "Certify a confidence threshold below which the teacher answers, and write it as a rule."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add = parser.add_argument
    add("run", type=Path, help="folder of a run, like runs/quickstart")
    add(
        "--risk", type=float, default=0.05, help="share of accepted that may be wrong (%(default)s)"
    )
    add("--confidence", type=float, default=0.9, help="probability of keeping that (%(default)s)")
    add("--student", help="cell (C3, or its label), control, or trial; the only cell if left out")
    add("--seed", type=int, default=0, help="of the cell: a deployed model is one (%(default)s)")
    add("--teacher", help="by name (the one most accurate on validation)")
    start = "coverage of the strictest threshold, declared before looking (%(default)s)"
    add("--start-coverage", type=float, default=0.2, metavar="SHARE", help=start)
    for name in ("student", "teacher"):
        add(f"--cost-{name}", type=float, metavar="PRICE", help=f"one query of the {name}")
        add(f"--latency-{name}", type=float, metavar="TIME", help=f"one query of the {name}")
    add("--cost-error", type=float, default=0.0, metavar="PRICE", help="one wrong answer given out")
    add("--out", type=Path, help="folder for fallback.json, .html and .csv (the run folder)")


def run(options: argparse.Namespace) -> int:
    """Certify, measure on every domain, write and print; 2 if it cannot be meant so."""
    try:
        print(_run(options))
    except ValueError as error:
        print(f"mtkd: {error}", file=sys.stderr)
        return 2
    return 0


def _run(options: argparse.Namespace) -> str:
    from mtkd.fallback.assess import Request, assess

    request = Request(
        Promise(options.risk, options.confidence),
        options.start_coverage,
        _costs(options),
        _latency(options),
    )
    found = assess(choose(options.run, options.student, options.teacher, options.seed), request)
    # Drawing waits until everything that can be refused has been.
    from mtkd.fallback.page import page
    from mtkd.fallback.rows import as_csv
    from mtkd.fallback.table import as_text

    folder = options.out or options.run
    found.rule.save(folder / "fallback.json")
    write_text(folder / "fallback.csv", as_csv(found))
    write_text(folder / "fallback.html", page(found))
    return f"{as_text(found)}\nwritten: {folder}/fallback.json, fallback.html, fallback.csv"


def _costs(options: argparse.Namespace) -> Costs | None:
    pair = _pair(options.cost_student, options.cost_teacher, "--cost")
    return None if pair is None else Costs(*pair, error=options.cost_error)


def _latency(options: argparse.Namespace) -> tuple[float, float] | None:
    pair = _pair(options.latency_student, options.latency_teacher, "--latency")
    if pair is not None:
        from mtkd.fallback.costs import cascade_latency

        cascade_latency(*pair, deferred=0.0)
    return pair


def _pair(student: float | None, teacher: float | None, name: str) -> tuple[float, float] | None:
    """Both numbers or neither: one price alone says nothing."""
    if student is None and teacher is None:
        return None
    if student is None or teacher is None:
        missing = "student" if student is None else "teacher"
        raise ValueError(f"{name}-{missing} is missing: give both models' numbers, or neither")
    return student, teacher
