"""`mtkd inspect`: tokens, mask, labels and the teachers' choices, side by side."""

import argparse
from collections.abc import Callable
from pathlib import Path

HELP = "Print what a study trains on: tokens, mask, labels, and each teacher's top choice."

EXAMPLES = """\
  mtkd inspect experiments/language                      three rows of the training split
  mtkd inspect experiments/language --split gui --rows 1  of an evaluation domain
  mtkd inspect my_study.yaml data.length=64 --first 100 --positions 64
  mtkd inspect my_study.yaml --position 200               positions 200 to 239

A row of the table is a position: the token there, whether it is predicted (the mask), what is
right (the label: the next token, shifted already), and what each teacher finds most likely, with
its probability. Green agrees with the label; red does not, and is surer than the study's tau.
Spaces are shown as ·, newlines as ↵, tabs as ⇥. Teachers that are not trained yet say so.
A teacher with another tokenizer (align) is shown as a student hears it, in the student's tokens,
and as silent where its text and the student's do not end together. One with a route is shown as
silent on the rows of other routes, as it is in training.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("study", type=Path, help="folder with study.yaml, or a YAML file")
    add("override", nargs="*", metavar="key=value", help="value in YAML, key dotted")
    add("--split", default="train", help="train, validation, or a domain (%(default)s)")
    add("--rows", type=_from(1), default=3, metavar="N", help="rows to print (%(default)s)")
    add("--first", type=_from(0), default=0, metavar="ROW", help="the first of them (%(default)s)")
    add("--positions", type=_from(1), default=40, metavar="N", help="of each row (%(default)s)")
    add("--position", type=_from(0), default=0, metavar="N", help="the first one (%(default)s)")
    add("--teachers", metavar="A,B", help="only these; 'none': the data alone (all of them)")
    add("--runs", type=Path, default=Path("runs"), help="where runs go (%(default)s)")


def run(options: argparse.Namespace) -> int:
    """Build the data, ask the teachers that are there, and print."""
    from mtkd.inspect.show import show

    show(options)
    return 0


def _from(least: int) -> Callable[[str], int]:
    """What reads a whole number that is at least `least`."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least}, got {text!r}")
        return int(text)

    return read
