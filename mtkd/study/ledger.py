"""What a run folder holds: which results are there.

A trial or teacher is done when its `result.json` is readable and of this format version, and
every prediction file the study needs is there and whole, and, for a trial, the weights of its
teachers are still those it learnt from. Anything else is run again; nothing half-written is read
back.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from mtkd.config import ConfigError
from mtkd.files import FORMAT, UnreadableFile, read_json
from mtkd.kept import is_whole
from mtkd.study.index import Index
from mtkd.study.plan import Plan
from mtkd.study.trials import Trial

MOST_BYTES = 240
"""Of the readable part of a folder's name: file systems take 255 with the id behind it."""


class Ledger:
    """The folder of one study under `runs`, and the teachers that all studies share.

    Attributes:
        folder: Where the study lives.
        folders: Folder of each trial and teacher, by id.
        done: Ids whose results are there.
        failed: Why an id has none, by id, filled by the run.
        formulas: What each cell minimises, as an earlier run found.

    Args:
        plan: The study.
        runs: Folder of all run folders.

    Raises:
        ConfigError: Something needed there was written by another format version.
    """

    def __init__(self, plan: Plan, runs: Path) -> None:
        self.plan, self.folder = plan, runs / plan.name
        self.formulas = _old_formulas(self.folder / "study.json")
        trials = {trial.id: trial.name for trial in plan.runs.values()}
        teachers = {teacher.id: teacher.name for teacher in plan.teachers.values()}
        self.folders = _folders(self.folder / "trials", trials)
        self.folders |= _folders(runs / "teachers", teachers)
        self.index = Index(plan, self.folder, self.folders)
        needed = ["validation", *(domain["name"] for domain in plan.domains)]
        self.done = {key for key, folder in self.folders.items() if _is_done(folder, needed)}
        self.done -= {trial.id for trial in plan.runs.values() if self._other_teachers(trial)}
        self.failed: dict[str, str] = {}

    def _other_teachers(self, trial: Trial) -> bool:
        """Whether a trial that is done learnt from teachers that have been replaced since."""
        if trial.id not in self.done:
            return False
        learnt = read_json(self.folders[trial.id] / "result.json").get("teachers", {})
        try:
            return any(self._replaced(name, said["identity"]) for name, said in learnt.items())
        except (AttributeError, KeyError, TypeError):  # damaged: no trial says it in this way
            return True

    def _replaced(self, name: str, identity: str) -> bool:
        """Whether a teacher that is done has other weights than those of this identity."""
        teacher = self.plan.teachers[name].id
        if teacher not in self.done:
            return False
        now = read_json(self.folders[teacher] / "result.json").get("identity")
        return bool(identity.partition("/")[0] != now)

    @property
    def counts(self) -> str:
        """How many trials are done and kept."""
        trials = self.plan.runs.keys()
        return f"{len(trials & self.done)} of {len(trials)} trials are done and kept"

    def write_index(self, formulas: Mapping[str, str]) -> None:
        """Write `study.json` as things are now, see `Index.write`."""
        self.index.write(formulas, self.done, self.failed)


def _folders(parent: Path, names: Mapping[str, str]) -> dict[str, Path]:
    """Folder of each id: the one that ends in it, whatever it was called, or a new one."""
    there = {folder.name.rpartition("-")[2]: folder for folder in sorted(parent.glob("*-*"))}
    return {
        key: there.get(key, parent / f"{_file_name(name)}-{key}") for key, name in names.items()
    }


def _file_name(name: str) -> str:
    short = "".join(c if c.isalnum() or c in "._+=@,-" else "_" for c in name)[:120]
    return short.encode()[:MOST_BYTES].decode(errors="ignore")


def _is_done(folder: Path, domains: Iterable[str]) -> bool:
    with suppress(UnreadableFile):
        _check_version(folder / "result.json", "format")
        files = [folder / "predictions" / f"{domain}.npz" for domain in domains]
        return all(map(is_whole, files))
    return False


def _old_formulas(index: Path) -> dict[str, str]:
    """What an index says; nothing where it is missing or damaged, since it is written again."""
    if not index.exists():
        return {}
    with suppress(UnreadableFile):
        _check_version(index, "version")
        formulas = read_json(index).get("formula")
        return formulas if isinstance(formulas, dict) else {}
    return {}


def _check_version(file: Path, key: str) -> None:
    content = read_json(file)
    version = content.get(key) if isinstance(content, dict) else None
    if not isinstance(version, int):
        raise UnreadableFile(f"{file} is damaged (it names no format version)")
    if version != FORMAT:
        raise ConfigError(
            f"{file} has format version {version}, this mtkd reads and writes version {FORMAT}; "
            f"name another folder with --runs, or remove {file.parent}"
        )
