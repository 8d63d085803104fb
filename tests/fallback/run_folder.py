"""A small run folder with known traffic: one student that is overconfident, two teachers."""

import argparse
import json

import numpy as np

from mtkd.fallback.entry import add_arguments, run
from mtkd.predictions import Predictions
from mtkd.token_predictions import TokenPredictions
from tests.fallback.traffic import draw

DOMAINS = [
    {"name": "clean", "kind": "clean", "shift": None, "severity": None},
    {"name": "noise@3", "kind": "shift", "shift": "noise", "severity": 3},
    {"name": "inverted", "kind": "ood", "shift": "inverted", "severity": None},
]
CLASSES, WRONG = 3, 1
EACH = 3
"""Tokens of a text."""


def predictions(confidence, right, ids, labelled=True):
    """Class 0 is the truth, a wrong answer says 1; confidences are squeezed above 1/3."""
    sure = 1 / CLASSES + confidence * (1 - 1 / CLASSES)
    probs = np.repeat(((1 - sure) / (CLASSES - 1))[:, None], CLASSES, axis=1)
    probs[np.arange(len(sure)), np.where(right, 0, WRONG)] = sure
    labels = np.zeros(len(sure), np.int64) if labelled else np.full(len(sure), -1)
    return Predictions(ids, labels, np.log(probs).astype(np.float32))


def write_model(folder, seed, n, right_more=0.0, items=None):
    """Predictions on every domain; the shift makes a third of the right answers wrong."""
    for number, domain in enumerate(["validation", *(each["name"] for each in DOMAINS)]):
        random = np.random.default_rng([seed, number])
        confidence, right = draw(random, n)
        right |= random.random(n) < right_more
        if domain == "noise@3":
            right &= random.random(n) < 0.67
        ids = np.arange(n) + 100_000 * (number if items is None else items)
        stored = predictions(confidence, right, ids, labelled=domain != "inverted")
        stored.save(folder / "predictions" / f"{domain}.npz")


def trial(name, seed=0, state="done", **change):
    """One entry of the index."""
    entry = {"id": f"{name}{seed}", "name": name, "folder": f"trials/{name}-{seed}"}
    cell = {"loss": name, "committee": "good"}
    entry |= {"role": "cell", "control": None, "cell": cell, "seed": seed, "committee": ["good"]}
    return entry | {"state": state, "error": None} | change


def write_run(folder, n=1500, trials=(), items=None):
    """A study with the cell `kl` at seeds 0 and 1, and more trials if wanted."""
    control = {"role": "control", "control": "labels_only", "cell": {}, "committee": []}
    entries = [trial("kl"), trial("kl", 1), trial("plain", **control), *trials]
    for number, entry in enumerate(entries):
        if entry["state"] == "done":
            write_model(folder / entry["folder"], number, n, items=items)
    names = {"weak": 0.3, "good": 0.8, "placebo": 0.95}
    for number, (name, right_more) in enumerate(names.items()):
        write_model(folder / "teachers" / name, 50 + number, n, right_more, items)
    teachers = {
        name: {"folder": f"teachers/{name}", "placebo": name == "placebo", "id": f"{name}-1"}
        for name in names
    }
    study = {"version": 1, "name": "demo", "question": "?", "endpoint": "inheritance/dd_ceir"}
    study |= {"tau": 0.9, "domains": DOMAINS, "teachers": teachers, "trials": entries}
    study |= {"expectations": [], "formula": {}}
    (folder / "study.json").write_text(json.dumps(study))
    return folder


def tokens_of(said):
    """A classifier's answers as tokens, three to a text; the label is the token that is there."""
    order = np.argsort(-said.log_probs, axis=1)
    rows = np.arange(len(said))
    labels = np.maximum(said.labels, 0)
    label = said.log_probs[rows, labels]
    return TokenPredictions(
        said.ids,
        labels,
        rows // EACH,
        order.astype(np.int32),
        np.take_along_axis(said.log_probs, order, 1),
        label,
        (said.log_probs > label[:, None]).sum(1).astype(np.int32),
        CLASSES,
    )


def write_token_run(folder, n=1500):
    """The same folder of language models; nonsense of theirs would have no label."""
    write_run(folder, n)
    for path in folder.rglob("*.npz"):
        tokens_of(Predictions.load(path)).save(path)
    index = json.loads((folder / "study.json").read_text())
    (folder / "study.json").write_text(json.dumps(index | {"domains": DOMAINS[:2]}))
    return folder


def fallback(folder, *options):
    """Run the command and give its exit status."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([str(folder), *map(str, options)]))
