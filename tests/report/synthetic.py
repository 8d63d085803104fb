"""A run folder made of random numbers with a planted truth, for tests of results and report.

Teacher `planted` says class 1 for a part of class 2, confidently; `clean` is right; `placebo`
says class 0 for a part of class 3 and never teaches. A student taught by `planted` alone repeats
the mistake with confidence, one taught by both is torn, one taught by `clean` never heard of it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtkd.predictions import Predictions

NOTHING = dict.fromkeys(("loss", "weighting", "committee"), "none")
CLEAN = {"name": "clean", "kind": "clean", "shift": None, "severity": None}
NOISE = {"name": "gaussian_noise@3", "kind": "shift", "shift": "gaussian_noise", "severity": 3}
OOD = {"name": "inverted", "kind": "ood", "shift": "inverted", "severity": None}
COMMITTEES = (("planted",), ("planted", "clean"), ("clean",))
REPEATS = {("planted",): 0.88, ("planted", "clean"): 0.45, ("clean",): 0.0}
"""Probability that a student puts on the planted class, by committee; 0: as without teachers."""


@dataclass
class Synthetic:
    """What to make; `items` are shared by all models, `seeds` cross all cells."""

    folder: Path
    items: int = 120
    classes: int = 4
    seeds: int = 2
    losses: tuple[str, ...] = ("forward_kl",)
    weightings: tuple[str, ...] = ("uniform",)
    domains: tuple[dict, ...] = (CLEAN, NOISE, OOD)
    controls: tuple[str, ...] = ("labels_only", "other_seed")
    teachers: tuple[str, ...] = ("planted", "clean", "placebo")
    repeats: Mapping[tuple[str, ...], float] = field(default_factory=lambda: REPEATS)

    def write(self) -> Path:
        """Everything a finished study leaves behind, except its report."""
        teachers = {name: self._teacher(name) for name in self.teachers}
        trials = [self._trial(**entry) for entry in self._plan()]
        study = {
            "version": 1,
            "name": "synthetic",
            "question": "Does a student repeat a teacher's confident mistakes?",
            "endpoint": "inheritance/dd_ceir",
            "tau": 0.9,
            "domains": list(self.domains),
            "teachers": teachers,
            "trials": trials,
            "expectations": EXPECTATIONS,
            "formula": {
                "forward_kl · uniform": "0.1 CE + 0.9 sum_k w_k T^2 KL(p_k || q), T = 2",
            },
        }
        (self.folder / "study.json").write_text(json.dumps(study))
        return self.folder

    def _plan(self) -> Iterator[dict]:
        for seed in range(self.seeds):
            for control in self.controls:
                entry = {"role": "control", "control": control, "cell": NOTHING}
                yield entry | {"seed": seed, "committee": ()}
            for loss in self.losses:
                for weighting in self.weightings:
                    for committee in COMMITTEES:
                        cell = {"loss": loss, "weighting": weighting}
                        cell["committee"] = "+".join(committee)
                        yield {"role": "cell", "cell": cell, "seed": seed, "committee": committee}

    def _teacher(self, name: str) -> dict:
        folder = self.folder / "teachers" / f"{name}-0123456789"
        self._predict(folder, name, seed=1000 + len(name), repeats=0.0)
        where = f"teachers/{folder.name}"
        return {"folder": where, "placebo": name == "placebo", "id": folder.name}

    def _trial(self, role, seed, committee, cell, control=None) -> dict:
        name = control or "-".join(cell.values())
        folder = self.folder / "trials" / f"{name}-{seed}"
        repeats = self.repeats.get(tuple(committee), 0.0)
        if repeats:
            repeats -= 0.04 * self.losses.index(cell["loss"]) + 0.01 * (seed % 3)
        salt = sum(map(ord, name)) * 100 + seed
        self._predict(folder, "student", salt, repeats)
        if committee:
            self._history(folder, committee)
        (folder / "manifest.json").write_text('{"versions": {"python": "3.11", "torch": "2.13"}}')
        (folder / "result.json").write_text('{"version": 1}')
        entry = {"id": folder.name, "name": folder.name, "folder": f"trials/{folder.name}"}
        entry |= {"role": role, "control": control, "cell": cell, "seed": seed}
        return entry | {"committee": list(committee), "state": "done", "error": None}

    def _history(self, folder: Path, committee: tuple[str, ...]) -> None:
        steps = list(range(0, 100, 10))
        series = {"train/loss": [1.0 / (1 + step) for step in steps]}
        for name in committee:
            series[f"teacher/{name}/weight"] = [1 / len(committee)] * len(steps)
        (folder / "history.json").write_text(json.dumps({"step": steps, "series": series}))

    def _predict(self, folder: Path, model: str, seed: int, repeats: float) -> None:
        for number, domain in enumerate(("validation", *(d["name"] for d in self.domains))):
            kind = next((d["kind"] for d in self.domains if d["name"] == domain), "clean")
            labels = np.random.default_rng(number).integers(0, self.classes, self.items)
            sharpness = {"clean": 5.0, "shift": 3.0, "ood": 1.5}[kind]
            random = np.random.default_rng([seed, number])
            logits = random.normal(size=(self.items, self.classes))
            logits[np.arange(self.items), labels] += sharpness
            probs = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
            self._plant(probs, model, labels, repeats)
            ids = np.arange(self.items) + 10_000 * number
            known = np.where(kind == "ood", -1, labels)
            path = folder / "predictions" / f"{domain}.npz"
            path.parent.mkdir(parents=True, exist_ok=True)
            Predictions(ids, known, np.log(probs).astype(np.float32)).save(path)

    def _plant(self, probs: NDArray, model: str, labels: NDArray, repeats: float) -> None:
        """Overwrite the items on which a teacher, or a student that repeats it, goes wrong."""
        even = np.arange(len(labels)) % 3 > 0
        if model == "placebo":
            write(probs, even & (labels == 3), 0, np.full(len(labels), 0.96))
        elif model == "planted" or repeats:
            share = np.full(len(labels), 0.96)
            if model == "student":
                share = repeats + 0.11 * (np.arange(len(labels)) % 4) / 3
            write(probs, even & (labels == 2), 1, share)
            if repeats > 0.6:  # a sharp student also errs like the placebo here and there
                few = even & (labels == 3) & (np.arange(len(labels)) % 13 == 0)
                write(probs, few, 0, np.full(len(labels), 0.95))


def write(probs: NDArray, where: NDArray, says: int, share: NDArray) -> None:
    """Put `share[item]` on class `says` for the items `where`, the rest evenly on the others."""
    probs[where] = ((1 - share) / (probs.shape[1] - 1))[where, None]
    probs[where, says] = share[where]


def expectation(claim: str, low: float, high: float, about: dict) -> dict:
    """A known answer about planted's DD-CEIR on clean items."""
    where = {"statistic": "dd_ceir", "teacher": "planted", "domain": "clean"}
    return {"claim": claim, **where, **about, "between": [low, high]}


ALONE = {"loss": "forward_kl", "weighting": "uniform", "committee": "planted"}
EXPECTATIONS = [
    expectation("taught by planted alone it repeats mistakes", 0.2, 1.0, {"cell": ALONE}),
    expectation("another seed repeats nothing", -0.2, 0.2, {"control": "other_seed"}),
    expectation(
        "a second teacher lowers it by 1.2 (it cannot)",
        1.2,
        2.0,
        {"cell": {"committee": "planted"}, "minus": {"committee": "planted+clean"}},
    ),
]
