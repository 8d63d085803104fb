"""`mtkd scorecard`: what each version of a student is worth, and what changed."""

import argparse
import sys
from pathlib import Path

HELP = "Keep a scorecard over the versions of a student: outcome, reliability, economics, change."

EXAMPLES = """\
examples:
  mtkd scorecard add runs/quickstart --student C2 --version v1
  mtkd scorecard add runs/next --student C2 --version v2 --wandb offline
  mtkd scorecard show scorecard

A book is a folder: one JSON for each version, scorecard.html and scorecard.csv made of them.
Teacher, student, dataset and rubric are known by their content; another dataset than the book's
is refused, another rubric or teacher is said. Latency is measured here and now with the saved
weights, and written to latency.json of the run, where `mtkd breakeven --from` finds it.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    _adding(actions.add_parser("add", help="measure a version and enter it"))
    showing = actions.add_parser("show", help="print a book; make its page and table again")
    showing.add_argument("book", type=Path, help="folder of the book")
    _publishing(showing)


def run(options: argparse.Namespace) -> int:
    """Measure and enter, or show; 2 if it cannot be meant so."""
    try:
        print(_add(options) if options.action == "add" else _show(options))
    except ValueError as error:
        print(f"mtkd: {error}", file=sys.stderr)
        return 2
    return 0


def _adding(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("run", type=Path, help="folder of a run, like runs/quickstart")
    add("--student", help="cell (C3, or its label), control, or trial; the only cell if left out")
    add("--seed", type=int, default=0, help="of the cell: a version is one network (%(default)s)")
    add("--teacher", help="by name (of those that taught it, the most accurate on validation)")
    add("--version", required=True, metavar="NAME", help="of this entry, like v3")
    book = "folder of the book (%(default)s)"
    add("--book", type=Path, default=Path("scorecard"), help=book)
    rule = "of the fallback's promise (the run's fallback.json, else {})"
    add("--risk", type=float, help=rule.format(".05"))
    add("--confidence", type=float, help=rule.format(".9"))
    add("--other-dataset", action="store_true", help="enter it though its items are others")
    add("--no-latency", action="store_true", help="leave latency out")
    add("--device", default="cpu", help="where latency is measured (%(default)s)")
    add("--batch", type=int, default=1, help="items in a call (%(default)s)")
    add("--warm-up", type=int, default=20, metavar="CALLS", help="not counted (%(default)s)")
    add("--calls", type=int, default=200, help="counted, of each model (%(default)s)")
    study = "the study it came from, if its networks or data are defined beside it"
    add("--study", type=Path, help=study)
    _publishing(parser)


def _publishing(parser: argparse.ArgumentParser) -> None:
    modes = ("offline", "online")
    parser.add_argument("--wandb", choices=modes, help="log the table to Weights & Biases")
    parser.add_argument("--project", default="mtkd", help="of Weights & Biases (%(default)s)")


def _add(options: argparse.Namespace) -> str:
    from mtkd.config import find_study, search_beside
    from mtkd.scorecard.book import Book
    from mtkd.scorecard.evidence import Request
    from mtkd.scorecard.make import make_version
    from mtkd.scorecard.table import version_text
    from mtkd.scorecard.timing import Conditions

    if options.study is not None:
        search_beside(find_study(options.study))
    timed = Conditions(options.device, options.batch, options.warm_up, options.calls)
    asked = ("run", "version", "student", "teacher", "seed", "risk", "confidence", "other_dataset")
    chosen = {name: getattr(options, name) for name in asked}
    request = Request(**chosen, latency=None if options.no_latency else timed)
    book = Book.read(options.book)
    made = make_version(request, book)
    book = book.add(made.version, made.said)
    _publish(options, book.folder)
    return f"{version_text(made.version)}\n\n{_written(book.folder)}"


def _show(options: argparse.Namespace) -> str:
    from mtkd.scorecard.book import Book
    from mtkd.scorecard.table import book_text

    book = Book.read(options.book)
    if not book.versions:
        raise ValueError(
            f"{options.book} holds no version; `mtkd scorecard add RUN --version v1 --book "
            f"{options.book}` makes the first"
        )
    book.write()
    _publish(options, book.folder)
    return f"{book_text(book.versions)}\n{_written(book.folder)}"


def _publish(options: argparse.Namespace, folder: Path) -> None:
    if options.wandb:
        from mtkd.scorecard.book import Book
        from mtkd.scorecard.publish import publish

        publish(Book.read(folder), options.wandb, options.project)


def _written(folder: Path) -> str:
    return f"written: {folder}/scorecard.html, scorecard.csv"
