"""`mtkd audit`: measure models that exist, from files of predictions or by running them."""

import argparse
import sys
from pathlib import Path

from mtkd.audit.unused import RUNNING

QUESTION = "What do these models get wrong with confidence, and whose mistakes are repeated?"

DESCRIPTION = """\
Measure models that exist, without training, and write the report of a study. A MODEL is
  a file of its predictions    CSV, Parquet or npz, one row for each item
  the folder of a trial        runs/<study>/trials/<trial> or runs/teachers/<teacher>, all domains
  a model to run               folder with config.json, or Hugging Face name, owner/name@revision
"""

MORE = """\
examples:
  mtkd audit --student s.csv --teacher big=t.csv --control c.csv --placebo p.csv
  mtkd audit --student runs/my/trials/<trial> --teacher big=runs/teachers/<teacher>
  mtkd audit --student owner/small@main --teacher big=models/big --control models/plain \\
      --data test.csv --validation held_out.jsonl --outside banking=banking.csv

files of predictions, matched between models by id:
  CSV, Parquet   id, label, and p_<class> or log_p_<class> or one column named like each class
  npz            ids, labels, probs or log_probs [item, classes], classes if they have names, and
                 of a teacher present [item], false where it gives no answer
Labels are classes; a domain whose labels are all -1 is out of scope. Nothing is softmaxed,
dropped or matched by row: a file that breaks a rule is refused with its row.

models to run: classifiers of texts, each with its own tokenizer, or causal language models that
share one and are compared token by token. --data and other texts are CSV, TSV, JSON Lines or
Parquet files with a text in each row and, for classifiers, a label: the name of a class, as in
the models' id2label; or a set on the hub, owner/name:split. What a model says is kept in
OUT/answers, and a second run reads it there. Weights are read from safetensors, no code of a
model is run, and nothing is downloaded without --download.

--map NAME=FILE.json, for a model with other classes: {"its class": "our class", ...}; or
--map NAME=names, where classes of one name are the same. Its other classes become one answer that
is never right, and items whose label none of its classes means are left out for all models, both
counted in the report.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description, parser.epilog = DESCRIPTION, MORE
    add, one = parser.add_argument, "[NAME=]MODEL"
    add("--student", action="append", required=True, metavar=one, help="a model to judge; repeat")
    add(
        "--teacher",
        action="append",
        required=True,
        metavar="NAME=MODEL",
        help="a model that taught every student; repeat for several",
    )
    add("--control", metavar=one, help="the student trained on labels alone")
    add("--placebo", metavar=one, help="a model like a teacher that taught none of them")
    add("--map", action="append", default=[], metavar="NAME=FILE", help="classes of a model")
    add(
        "--renormalise",
        action="append",
        default=[],
        metavar="NAME",
        help="divide by the probability of its mapped classes (else the rest is kept as one)",
    )
    _add_items(parser)
    add("--tau", type=float, default=0.9, help="confidence that counts as confident (%(default)s)")
    add("--question", default=QUESTION, metavar="TEXT", help="heading of the report")
    add("--out", type=Path, default=Path("runs/audit"), help="folder to write (%(default)s)")


def _add_items(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("items").add_argument
    place = "texts for models to run, or a folder with predictions in a file named like each model"
    add("--data", metavar="FILE", help="the items that models to run are asked about")
    add("--validation", metavar="FILE", help=f"held-out items, for temperatures: {place}")
    for name, what in (("domain", f"more items: {place}"), ("outside", "texts of no class")):
        add(f"--{name}", action="append", default=[], metavar="NAME=FILE", help=what)
    for name in ("text", "label", "id"):
        default = RUNNING[f"{name}_column"]
        said = default or "a hash of the text"
        add(f"--{name}-column", default=default, metavar="COLUMN", help=f"of texts ({said})")
    add(
        "--length",
        type=_at_least_one,
        help="tokens a text is cut to (what the model knows, at most 512 token by token)",
    )
    batch = "texts read at one time (%(default)s)"
    add("--batch", type=_at_least_one, default=RUNNING["batch"], help=batch)
    add("--device", help="where models run, such as cuda (cpu)")
    add("--download", action="store_true", help="fetch what the local cache does not have")


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1, got {text!r}")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Read, check, measure and write; 2 if a file breaks a rule or cannot be written."""
    try:
        print(_run(options))
    except (ValueError, OSError) as error:
        said = (error.strerror or error) if isinstance(error, OSError) else error
        print(f"mtkd: {said}", file=sys.stderr)
        return 2
    return 0


def _run(options: argparse.Namespace) -> str:
    from mtkd.audit.gather import gather
    from mtkd.audit.layout import check_free, lay_out
    from mtkd.audit.progress import say
    from mtkd.audit.summary import as_text, raw_csv
    from mtkd.files import write_text
    from mtkd.report import build

    check_free(options.out)
    audit = gather(options)
    items = sum(len(next(iter(models.values()))) for models in audit.said.values())
    say(f"measuring {len(audit.models)} models on {items:,} items")
    lay_out(audit, options.out)
    write_text(options.out / "raw.csv", raw_csv(audit))
    page = build(options.out)
    return f"{as_text(audit)}\nwritten: {page}, results.csv, cells.csv, raw.csv"
