"""Six items over three classes, small enough to count by hand, in every format.

t is confidently wrong on a, b and e; b and a confidence of 0.9 are exactly tau.
"""

import csv
from argparse import ArgumentParser

import numpy as np

from mtkd.audit.entry import add_arguments, run
from mtkd.audit.gather import gather

IDS = ("a", "b", "c", "d", "e", "f")
LABELS = (0, 1, 2, 0, 1, 2)
PROBS = {
    name: [list(map(float, row.split())) for row in rows.split(",")]
    for name, rows in {
        "t": ".02 .95 .03, .04 .06 .9, .6 .1 .3, .99 .004 .006, 1 0 0, .1 .3 .6",
        "s": ".05 .92 .03, .03 .07 .9, .3 .5 .2, .8 .15 .05, .7 .2 .1, 0 .25 .75",
        "c": ".06 .9 .04, .1 .8 .1, .2 .2 .6, .7 .2 .1, .3 .2 .5, .2 .1 .7",
        "p": ".8 .1 .1, .1 .7 .2, .04 .93 .03, .6 .3 .1, .2 .6 .2, .1 .1 .8",
    }.items()
}
ANIMALS = ("cat", "dog", "eel")
ROWS = tuple(range(len(IDS)))


def write_csv(path, model, rows=ROWS, prefix="p_", classes=("0", "1", "2"), ids=IDS, labels=LABELS):
    """The rows named, in their order; class columns too, in the order of `classes`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    named = ANIMALS if set(classes) == set(ANIMALS) else ("0", "1", "2")
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *(prefix + name for name in classes), "label"])
        for row in rows:
            probs = dict(zip(named, PROBS[model][row], strict=True))
            values = [np.log(probs[n]) if prefix == "log_p_" else probs[n] for n in classes]
            label = labels[row] if labels[row] < 0 else named[labels[row]]
            writer.writerow([ids[row], *values, label])
    return path


def write_npz(path, model, log=False, ids=IDS, **more):
    """`probs` in float64, or `log_probs` in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    probs = np.array(PROBS[model])
    with np.errstate(divide="ignore"):
        values = {"log_probs": np.log(probs)} if log else {"probs": probs}
    fields = {"ids": np.array(ids), "labels": np.array(LABELS), **values, **more}
    np.savez(path, **fields)
    return path


def write_parquet(path, model, parquet, pyarrow):
    probs = np.array(PROBS[model])
    columns = {f"p_{k}": probs[:, k] for k in range(3)}
    columns |= {"id": list(IDS), "label": list(LABELS), "text": ["x"] * 6}
    parquet.write_table(pyarrow.table(columns), path)
    return path


def arguments(*words):
    parser = ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def audited(*words):
    """The audit of a command line, read and checked."""
    return gather(arguments(*words))


def audit(*words):
    """The exit status of a command line."""
    return run(arguments(*words))


def refused(said, capsys, *words):
    """Exit status 2 and that sentence on one line."""
    capsys.readouterr()
    assert audit(*words) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.startswith("mtkd: ")
    assert printed.count("\n") == 1
