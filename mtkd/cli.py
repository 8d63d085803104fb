"""The command line: `mtkd run`, `show`, `inspect`, `report`, `audit`, `fallback`,
`slices`, `breakeven`, `export`, `scorecard`.

What takes long to import waits until a command needs it, so help and lists come at once.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from mtkd.streams import outlive_readers

PARTS = {
    "inspect": (
        "mtkd.inspect.entry",
        "Print what is trained on, token by token, and what each teacher says there.",
    ),
    "audit": (
        "mtkd.audit.entry",
        "Measure models that exist, from files of predictions or by running them; train none.",
    ),
    "fallback": (
        "mtkd.fallback.entry",
        "Certify from which confidence on a student may answer without its teacher.",
    ),
    "slices": (
        "mtkd.slices.entry",
        "Find slices in which a student is worse than its reference; gate those named before.",
    ),
    "breakeven": (
        "mtkd.economics.command",
        "Say whether a student pays for its training, and which decision the figures support.",
    ),
    "export": (
        "mtkd.export.entry",
        "Write a trained language model as a folder that transformers and vLLM load.",
    ),
    "scorecard": (
        "mtkd.scorecard.entry",
        "Keep score of a student over its versions: quality, reliability, economics, change.",
    ),
}
"""Commands that a module of their own describes and runs, and what each is for."""

EXAMPLES = """\
examples:
  mtkd run experiments/quickstart                    train, evaluate, write the report
  mtkd run experiments/overconfidence --dry-run      list the trials, train none
  mtkd run experiments/overconfidence seed=[0,1]     other values for keys of the study
  mtkd run my_study.yaml loss=configs/loss/jeffreys.yaml   a building block by its file
  mtkd run my_study.yaml 'grid.loss=[configs/loss/jeffreys.yaml]'   where its grid sets that key
  mtkd run my_study.yaml wandb.mode=online           send the runs to Weights & Biases
  mtkd inspect experiments/language --split gui      tokens, mask, labels, teachers' choices
  mtkd show experiments/quickstart                   check it: build everything, train nothing
  mtkd report runs/quickstart                        write the report again, without training
  mtkd audit --student s.csv --teacher t=t.csv --control c.csv   measure models that exist
  mtkd fallback runs/quickstart --student C2 --risk .1   when must the teacher answer?
  mtkd slices runs/quickstart --student C2 --against control   what got worse, and where?
  mtkd breakeven configs/economics.yaml              does a student pay?
  mtkd export runs/language --student C2 models/small   a folder for transformers and vLLM
  mtkd scorecard add runs/quickstart --student C2 --version v1   keep score over versions

A study is a folder with study.yaml, or a YAML file. The YAML files it names are looked up beside
it, in the current folder, and among the configs that come with mtkd; paths of data and models
are from the current folder.
`mtkd show` checks a study for free: it builds its data, models and recipes, and trains nothing.
`mtkd run --dry-run` builds nothing.
A run can be stopped at any moment; the same command goes on where it stopped.
Exit status: 0 done, 1 a trial failed, 2 the study cannot be meant so or nothing be written,
130 stopped, 143 stopped by SIGTERM.
"""


def run(options: argparse.Namespace) -> int:
    """Train what is not trained yet, evaluate it, and write the report."""
    if options.dry_run:
        from mtkd.study.show import list_trials

        return list_trials(options.study, options.override, options.runs)
    from mtkd.study.run import run_study

    return run_study(options.study, options.override, options.workers, options.runs)


def show(options: argparse.Namespace) -> int:
    """Check a study by building it, print it, its trials and what each minimises; train none."""
    from mtkd.study.show import show_study

    return show_study(options.study, options.override, options.runs)


def report(options: argparse.Namespace) -> int:
    """Write report.html, statistics.html and the tables of a run again, from what is stored."""
    from mtkd.report import build

    try:
        print(build(options.run))
    except ValueError as error:
        print(f"mtkd: {error}", file=sys.stderr)
        return 2
    return 0


def part(options: argparse.Namespace) -> int:
    """One of `PARTS`."""
    status: int = import_module(PARTS[options.command][0]).run(options)
    return status


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what a config or the file system refuses is one line and exit status 2."""
    outlive_readers()
    options = _options(arguments)
    from mtkd.config import ConfigError

    try:
        status: int = options.call(options)
        sys.stdout.flush()
    except ConfigError as error:
        print(f"mtkd: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # status 1 is a failed trial or gate, which this is not
        print(f"mtkd: {_told(error)}", file=sys.stderr)
        return 2
    return status


def _told(error: OSError) -> str:
    """What the system refused, and where."""
    what = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {what}" if error.filename else what


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for; key=value may stand before and after options."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser(given[0] if given else "")
    options, rest = parser.parse_known_args(given)
    if rest and ("override" not in options or any(word.startswith("-") for word in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.override += rest
    return options


def _parser(chosen: str) -> argparse.ArgumentParser:
    """The parser; a command that needs NumPy describes its options only when it is chosen."""
    parser = argparse.ArgumentParser(
        prog="mtkd",
        description="Distil a student from several teachers, and see what it learnt from each.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (run, show):
        added = commands.add_parser(
            command.__name__, help=command.__doc__, description=command.__doc__
        )
        added.add_argument("study", type=Path, help="folder with study.yaml, or a YAML file")
        added.add_argument(
            "override", nargs="*", metavar="key=value", help="value in YAML, key dotted"
        )
        added.add_argument(
            "--runs", type=Path, default=Path("runs"), help="where runs go (%(default)s)"
        )
        added.set_defaults(call=command)
        if command is run:
            added.add_argument(
                "--workers",
                type=_at_least_one,
                help="trials at one time (one a core; on GPUs, GPUs // devices of a trial)",
            )
            added.add_argument(
                "--dry-run",
                action="store_true",
                help="list the trials, build and train nothing (`mtkd show` builds everything)",
            )
    added = commands.add_parser("report", help=report.__doc__, description=report.__doc__)
    added.add_argument("run", type=Path, help="folder of a run, like runs/quickstart")
    added.set_defaults(call=report)
    for name, (module, what) in PARTS.items():
        added = commands.add_parser(name, help=what, description=what)
        added.set_defaults(call=part, command=name)
        if name == chosen:
            import_module(module).add_arguments(added)
    return parser


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, got {text!r}")
    return int(text)
