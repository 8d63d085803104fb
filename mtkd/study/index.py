"""The index of a run folder, `study.json`."""

from collections.abc import Collection, Mapping
from functools import cache
from os.path import relpath
from pathlib import Path
from typing import Any

from mtkd.files import FORMAT, as_json, write_text
from mtkd.study.plan import Plan


class Index:
    """`study.json`: the study, its teachers, and every role of every trial with its state.

    It is written whole whenever a trial ends, so what it says of a trial is put into words once
    for each state: of thousands of trials that is nearly all of the work.

    Args:
        plan: The study.
        folder: Where the study lives.
        folders: Folder of each trial and teacher, by id.
    """

    def __init__(self, plan: Plan, folder: Path, folders: Mapping[str, Path]) -> None:
        self.plan, self.folder, self.folders = plan, folder, folders
        self.entry = cache(self._entry)

    def write(
        self, formulas: Mapping[str, str], done: Collection[str], failed: Mapping[str, str]
    ) -> None:
        """Write it.

        Args:
            formulas: What each cell minimises, by `Trial.cell_name`.
            done: Ids whose results are there.
            failed: Why an id has none, by id.
        """
        entries = ",\n".join(
            self.entry(place, trial.id in done, failed.get(trial.id))
            for place, trial in enumerate(self.plan.trials)
        )
        # No line break stands inside a string of JSON, so this finds the key alone.
        text = self._study(formulas).replace('\n "trials": []', f'\n "trials": [\n{entries}\n ]')
        write_text(self.folder / "study.json", text)

    def _study(self, formulas: Mapping[str, str]) -> str:
        """All but the trials."""
        config, file = self.plan.config, self.plan.file.resolve()
        priced = file.with_name("economics.yaml").is_file()  # the report looks there
        teachers = {
            name: {
                "folder": f"../teachers/{self.folders[teacher.id].name}",
                "placebo": teacher.placebo,
                "id": teacher.id,
            }
            for name, teacher in self.plan.teachers.items()
        }
        index = {
            "version": FORMAT,
            "name": self.plan.name,
            "file": relpath(file, self.folder) if priced else None,
            **{key: config[key] for key in ("question", "endpoint", "tau")},
            "domains": self.plan.domains,
            "teachers": teachers,
            "trials": [],
            "expectations": config["expectations"],
            "formula": dict(formulas),
        }
        return as_json(index)

    def _entry(self, place: int, done: bool, error: str | None) -> str:
        """One trial, indented as it stands in the file."""
        trial = self.plan.trials[place]
        said: dict[str, Any] = {
            "id": trial.id,
            "name": trial.name,
            "folder": f"trials/{self.folders[trial.id].name}",
            "role": "control" if trial.control else "cell",
            "control": trial.control,
            "cell": trial.cell,
            "seed": trial.seed,
            "committee": trial.config["committee"],
            "state": "done" if done else "failed" if error else "pending",
            "error": error,
        }
        return "  " + as_json(said).rstrip().replace("\n", "\n  ")
