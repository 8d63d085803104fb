"""Whether data and starts of a study stay the same, between runs and while one runs."""

import sys
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from mtkd.config import ConfigError
from mtkd.files import FORMAT, write_json
from mtkd.manifests import FILE, Recorded, as_manifest, changes, recorded, refuse_mixture
from mtkd.starts import ENTRY, starts
from mtkd.study.died import told
from mtkd.study.launch import Launcher
from mtkd.study.ledger import Ledger
from mtkd.study.standing import DataChanged, identities, is_begun, may_change, standings
from mtkd.study.starting import refuse_other_starts
from mtkd.study.tasks import Functions
from mtkd.study.worker import Outcome, Task


class Guard:
    """Compares data with what manifests say; the data are only ever built in a worker.

    Args:
        ledger: The study and what is there.
        functions: What does the work.
    """

    def __init__(self, ledger: Ledger, functions: Functions) -> None:
        self.ledger, self.functions = ledger, functions
        self.now: Recorded = {}
        self.teachers = {teacher.id for teacher in ledger.plan.teachers.values()}

    def check(self, launcher: Launcher) -> dict[str, str]:
        """Check the study in a worker, its data first; what each cell minimises.

        Raises:
            ConfigError: It cannot work; `DataChanged` where what is kept stands on other data or
                weights.
        """
        refuse_other_starts(self.ledger)
        known = standings(self.ledger), identities(self.ledger)
        formulas: dict[str, str]
        formulas, self.now = launcher.ask(
            self.functions.check, self.ledger.plan, *known, meanwhile=self.functions.run_trial
        )
        return formulas

    def started(self, task: Task) -> None:
        """Begin the manifest of a teacher: one that is stopped halfway goes on from its weights."""
        if self.now and task.key in self.teachers and not is_begun(task.folder):
            (node,) = task.config["teachers"].values()
            begun = {**as_manifest(self.now), ENTRY: starts(node["model"])}
            write_json(task.folder / FILE, {"format": FORMAT, **begun})

    def finished(self, task: Task, outcome: Outcome) -> Outcome:
        """The outcome, failed if the task met other data than were there when the run began."""
        if outcome.state != "done":
            return outcome
        changed = changes(self.now, recorded(task.folder))
        reason = "the data changed while the study ran: "
        return Outcome("failed", reason + ", ".join(changed)) if changed else outcome

    @contextmanager
    def comparing(self) -> Iterator[None]:
        """Compare the data of a study with nothing left to run, while the block runs.

        Raises:
            DataChanged: They are others now; before the block where results disagree already, and
                where a model would start from other weights.
        """
        refuse_other_starts(self.ledger)
        kept = standings(self.ledger)
        if not any(one.recorded for one in kept):
            yield
            return
        if not may_change(self.ledger.plan.config["data"]):
            refuse_mixture(self.ledger.folder)
            yield
            return
        with Launcher(1, lambda *_: None, lambda *_: None) as launcher:
            asked = launcher.begin(self.functions.compare, self.ledger.plan, kept)
            try:
                refuse_mixture(self.ledger.folder)
            except ConfigError:
                _wait(asked)
                raise
            yield
            _wait(asked)


def _wait(asked: "Future[None]") -> None:
    """The answer of a comparison; data that cannot be built any more are no reason to stop."""
    try:
        told(asked)
    except DataChanged:
        raise
    except Exception as error:  # data of the user's own may fail in any way
        print(
            f"mtkd: warning: nobody knows whether the data are still those that the trials learnt "
            f"from, since they cannot be built now ({error})",
            file=sys.stderr,
            flush=True,
        )
