"""`mtkd slices`: where a student is worse than its teachers, control or predecessor."""

import argparse
import sys
from pathlib import Path

from mtkd.files import write_json, write_text

HELP = "Find slices in which a student is worse than its reference; gate those named before."

EXAMPLES = """\
  mtkd slices runs/quickstart --student C2 --against committee
  mtkd slices runs/new --student C2 --against previous --previous runs/old
  mtkd slices runs/quickstart --student C2 --against C1 --metadata texts.csv --gate gate.yaml
  mtkd slices --student new.csv --against old.csv --metadata texts.csv --out slices

metadata (CSV, Parquet): a column id and any others; values of texts and whole numbers become
slices, numbers are cut into quarters, long texts are sliced by their length. A run folder may
hold its own, metadata/<domain>.csv. Files of predictions are those of mtkd audit.
Exit status: 0 done, or the gate passes; 1 the gate fails; 2 the files cannot be meant so.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("run", type=Path, nargs="?", help="folder of a run; without it two files are compared")
    add("--student", help="cell (C3, or its label), control or trial; without a run a file")
    who = "committee (mixture of its teachers), control, previous, another student, or a file"
    add("--against", required=True, metavar="REFERENCE", help=who)
    add("--previous", type=Path, metavar="FOLDER", help="run or trial of the previous student")
    add("--seed", type=int, default=0, help="of a cell: a deployed model is one (%(default)s)")
    add("--metadata", type=Path, action="append", default=[], metavar="FILE", help="repeat")
    add("--column", action="append", default=[], metavar="NAME", help="metadata to use (all)")
    add("--gate", type=Path, metavar="YAML", help="slices named before looking, with margins")
    add("--level", type=float, default=0.05, help="probability of any wrong claim (%(default)s)")
    add("--smallest", type=int, default=20, help="items of a slice, at least (%(default)s)")
    most = "slices tested, at most, of each domain and view (%(default)s)"
    add("--most", type=int, default=10, help=most)
    how = "how conjunctions are found: all are counted, or the library sliceline (%(default)s)"
    add("--search", choices=("counted", "sliceline"), default="counted", help=how)
    add("--tau", type=float, help="confidence that counts as confident (the run's, or 0.9)")
    add("--out", type=Path, help="folder to write (the run's, or runs/slices)")


def run(options: argparse.Namespace) -> int:
    """Compare, write and print; 1 if the gate fails, 2 if a file breaks a rule."""
    try:
        return _run(options)
    except ValueError as error:
        print(f"mtkd: {error}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    from mtkd.slices.gather import gather

    found = gather(options)
    # Drawing waits until everything that can be refused has been.
    from mtkd.slices.page import page
    from mtkd.slices.rows import as_csv, gate_json
    from mtkd.slices.table import as_text

    folder = options.out or options.run or Path("runs/slices")
    write_text(folder / "slices.csv", as_csv(found))
    write_text(folder / "slices.html", page(found))
    written = "slices.csv, slices.html"
    if found.gate is not None:
        write_json(folder / "gate.json", gate_json(found, found.gate))
        written += ", gate.json"
    print(f"{as_text(found)}\n\nwritten to {folder}: {written}")
    return 0 if found.gate is None else found.gate.status
