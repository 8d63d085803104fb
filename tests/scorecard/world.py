"""A run folder in which every number of a scorecard can be counted by hand.

40 clean items (times `times`), 4 classes, item i has label i % 4. Right answers have confidence
.95, wrong ones .95 where they are sure and .6 elsewhere. A sure wrong answer is the next class,
an unsure one the class after that.
"""

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mtkd.predictions import Predictions
from mtkd.scorecard import Book, Request, make_version
from mtkd.scorecard.entry import add_arguments, run

CLASSES, ITEMS, SURE, UNSURE = 4, 40, 0.95, 0.6
NOISE = {"name": "noise@3", "kind": "shift", "shift": "noise", "severity": 3}
CLEAN = {"name": "clean", "kind": "clean", "shift": None, "severity": None}
NONSENSE = {"name": "inverted", "kind": "ood", "shift": "inverted", "severity": None}

TEACHER = {"sure": (0, 1, 2, 3), "unsure": ()}
"""36 right; confidently wrong on 0 to 3."""
CONTROL = {"sure": (0, 7), "unsure": (1, 2, 3, 4, 5, 6, 8, 9)}
"""30 right; follows the teacher on 0, the placebo on 7."""
STUDENT = {"sure": (0, 1, 12), "unsure": (4, 5, 6)}
"""34 right; follows the teacher on 0 and 1."""
LATER = {"sure": (0, 1, 20, 21), "unsure": (4, 6, 12, 22, 23, 24, 25, 26)}
"""28 right: 5 was won, 20 to 26 were lost, of these 20 and 21 with confidence."""
PLACEBO = {"sure": (7, 8, 21), "unsure": ()}


@dataclass
class World:
    """What to write; the defaults are the numbers above."""

    folder: Path
    student: dict = field(default_factory=lambda: STUDENT)
    teacher: dict = field(default_factory=lambda: TEACHER)
    control: dict = field(default_factory=lambda: CONTROL)
    times: int = 1
    placebo: bool = True
    tau: float = 0.9
    first_id: int = 1000
    held_out: int = 200
    order: np.random.Generator | None = None

    def write(self) -> Path:
        """Everything a finished study leaves behind that a scorecard reads."""
        names = {"weak": CONTROL, "big": self.teacher}
        names |= {"placebo": PLACEBO} if self.placebo else {}
        students = {"kl": self.student, "plain": self.control}
        self._orders = {}
        for name, wrong in {**names, **students}.items():
            kind = "trials" if name in students else "teachers"
            self._model(self.folder / kind / name, name, wrong)
        teachers = {
            name: {"folder": f"teachers/{name}", "placebo": name == "placebo", "id": f"{name}-1"}
            for name in names
        }
        control = {"role": "control", "control": "labels_only", "cell": {}, "committee": []}
        study = {"version": 1, "name": "demo", "question": "?", "endpoint": "inheritance/dd_ceir"}
        study |= {"tau": self.tau, "domains": [CLEAN, NOISE, NONSENSE], "teachers": teachers}
        study |= {"trials": [trial("kl"), trial("plain", **control)]}
        study |= {"expectations": [], "formula": {}}
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "study.json").write_text(json.dumps(study))
        return self.folder

    def _model(self, folder: Path, name: str, wrong: dict) -> None:
        more = {"sure": wrong["sure"], "unsure": (*wrong["unsure"], 30, 31)}
        unsure = {"kl": range(0, 40, 4), "weak": (3,)}
        held_out = {"sure": (), "unsure": unsure.get(name, ())}
        domains = {"validation": held_out, "clean": wrong, "noise@3": more, "inverted": wrong}
        for place, (domain, which) in enumerate(domains.items()):
            size = self.held_out if domain == "validation" else ITEMS * self.times
            stored = said(size, which, self.first_id + 10_000 * place, domain != "inverted")
            if self.order is not None:
                rows = self._orders.setdefault(domain, self.order.permutation(size))
                stored = Predictions(stored.ids[rows], stored.labels[rows], stored.log_probs[rows])
            stored.save(folder / "predictions" / f"{domain}.npz")
        sizes = {"big": 8000, "weak": 2000, "placebo": 8000}
        result = {"parameters": sizes.get(name, 500), "seconds": 90.0}
        (folder / "result.json").write_text(json.dumps(result))
        data = {"train": {"items": 60, "sha256": "abcdef" * 5}}
        (folder / "manifest.json").write_text(json.dumps({"data": data}))


def said(n: int, wrong: dict, first_id: int, labelled: bool = True) -> Predictions:
    """Predictions of `n` items; the sets of wrong items repeat every 40."""
    items, labels = np.arange(n), np.arange(n) % CLASSES
    sure, unsure = (np.isin(items % ITEMS, list(wrong[key])) for key in ("sure", "unsure"))
    answer = (labels + np.where(sure, 1, np.where(unsure, 2, 0))) % CLASSES
    confidence = np.where(unsure, UNSURE, SURE)
    probs = np.repeat(((1 - confidence) / (CLASSES - 1))[:, None], CLASSES, axis=1)
    probs[items, answer] = confidence
    known = labels if labelled else np.full(n, -1)
    return Predictions(first_id + items, known, np.log(probs).astype(np.float32))


def trial(name: str, **change) -> dict:
    """One entry of the index."""
    entry = {"id": f"{name}-id", "name": f"{name}-seed0", "folder": f"trials/{name}"}
    cell = {"loss": name, "committee": "weak+big"}
    entry |= {"role": "cell", "control": None, "cell": cell, "seed": 0}
    return entry | {"committee": ["weak", "big"], "state": "done", "error": None} | change


def edit(folder: Path, change) -> None:
    """Change the index of a run."""
    study = json.loads((folder / "study.json").read_text())
    change(study)
    (folder / "study.json").write_text(json.dumps(study))


def make(folder: Path, book: Book | None = None, version: str = "v1", **options):
    """An entry without latency."""
    request = Request(folder, version, latency=None, **options)
    return make_version(request, book or Book(folder / "none", ()))


def scorecard(*words) -> int:
    """Run the command and give its exit status."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args([str(word) for word in words]))


def add(folder: Path, book: Path, version: str = "v1", *words) -> int:
    """`mtkd scorecard add` without latency."""
    return scorecard("add", folder, "--version", version, "--book", book, "--no-latency", *words)
