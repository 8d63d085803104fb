"""`mtkd audit`: measure models that exist, from files of their predictions."""

import argparse
import sys
from pathlib import Path

HELP = "Measure existing models from files of predictions, without training, and write the report."

QUESTION = "What do these models get wrong with confidence, and whose mistakes are repeated?"

COLUMNS = """\
files (CSV, Parquet, npz), one row for each item, matched between models by id:
  CSV, Parquet   id, label, and p_<class> or log_p_<class> or one column named like each class
  npz            ids, labels, probs or log_probs [item, classes], and classes if they have names
Labels are classes; a domain whose labels are all -1 is out of scope. A model can also be the
folder of a saved trial or teacher, with all its domains. Nothing is softmaxed, dropped or matched
by row: a file that breaks a rule is refused with its row.

  mtkd audit --student s.csv --teacher big=t.csv --control c.csv --placebo p.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = COLUMNS
    add = parser.add_argument
    model = "[NAME=]FILE"
    add("--student", action="append", required=True, metavar=model, help="a model to judge; repeat")
    add(
        "--teacher",
        action="append",
        required=True,
        metavar="NAME=FILE",
        help="a model that taught every student; repeat for several",
    )
    add("--control", metavar=model, help="the student trained on labels alone")
    add("--placebo", metavar=model, help="a model like a teacher that taught none of them")
    named = "folder with a file named like each model"
    add("--validation", type=Path, metavar="FOLDER", help=f"held-out items, for +T rows: {named}")
    add("--domain", action="append", default=[], metavar="NAME=FOLDER", help=f"more items: {named}")
    add("--tau", type=float, default=0.9, help="confidence that counts as confident (%(default)s)")
    add("--question", default=QUESTION, metavar="TEXT", help="heading of the report")
    add("--out", type=Path, default=Path("runs/audit"), help="folder to write (%(default)s)")


def run(options: argparse.Namespace) -> int:
    """Read, check, measure and write; 2 if a file breaks a rule."""
    try:
        print(_run(options))
    except ValueError as error:
        print(f"mtkd: {error}", file=sys.stderr)
        return 2
    return 0


def _run(options: argparse.Namespace) -> str:
    from mtkd.audit.gather import gather
    from mtkd.audit.layout import lay_out
    from mtkd.audit.summary import as_text, raw_csv
    from mtkd.files import write_text
    from mtkd.report import build

    audit = gather(options)
    lay_out(audit, options.out)
    write_text(options.out / "raw.csv", raw_csv(audit))
    page = build(options.out)
    return f"{as_text(audit)}\nwritten: {page}, results.csv, cells.csv, raw.csv"
