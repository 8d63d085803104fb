"""`mtkd export`: a trained language model in a folder that others load."""

import argparse
import sys
from pathlib import Path

HELP = "Write a trained language model as a folder that transformers and vLLM load."

EXAMPLES = """\
examples:
  mtkd export runs/language --student C2 models/small    a cell of a run, seed 0
  mtkd export runs/language/trials/<trial> models/small  a trial by its folder
  mtkd export runs/language --student C2 --adapter models/additions   low-rank additions alone

The folder gets config.json, model.safetensors with low-rank additions summed in, and the
tokenizer of the data; a classifier's classes are called as in the data. Paths in a study (of
models, tokenizers, texts) are looked up from the current folder: run this where the study was
run.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    add = parser.add_argument
    add("trained", type=Path, help="folder of a run, like runs/language, or of one of its trials")
    add("folder", type=Path, help="where the model goes: a new or an empty folder")
    add("--student", help="cell (C3, or its label), control, or trial; the only cell if left out")
    add("--seed", type=int, help="of the cell: an exported model is one network (0)")
    what = "write low-rank additions alone, as peft reads them, not summed into the model"
    add("--adapter", action="store_true", help=what)
    study = "the study it came from, if its networks or data are defined beside it"
    add("--study", type=Path, help=study)


def run(options: argparse.Namespace) -> int:
    """Build the student again, write it and say how to load it; 2 if it cannot be meant so."""
    from mtkd.export.making import export

    try:
        print(export(options))
    except ValueError as error:
        print(f"mtkd: {error}", file=sys.stderr)
        return 2
    return 0
