"""Files of predictions and metadata, and the command on them."""

import argparse
import csv

from mtkd.slices.entry import add_arguments, run
from tests.slices.worlds import world

PLANTED = {"age": "2", "side": "1"}


def write(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def write_files(folder, n=1200, seed=1, pocket=PLANTED, effect=0.6):
    """s.csv, t.csv and meta.csv of one world; `meta` has one column more, a text."""
    made = world(n, seed, pocket, effect=effect)
    for name, said in (("s", made.student), ("t", made.reference)):
        head = ["id", "label", *(f"p_{label}" for label in made.classes)]
        lines = zip(made.ids, made.label_names, said.probs, strict=True)
        write(folder / f"{name}.csv", [head, *([i, y, *p.tolist()] for i, y, p in lines)])
    texts = ["word " * (row % 40) for row in range(n)]
    columns = {**made.columns, "text": texts}
    rows = zip(made.ids, *columns.values(), strict=True)
    write(folder / "meta.csv", [["id", *columns], *rows])
    return made


def slices(*words):
    """The exit status of a command line."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([str(word) for word in words]))
