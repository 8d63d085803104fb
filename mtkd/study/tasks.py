"""What of a plan is still to be done, as calls for the workers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtkd.kept import answers, damaged
from mtkd.study.ledger import Ledger
from mtkd.study.plan import Plan
from mtkd.study.processes import processes
from mtkd.study.worker import Task

LARGE = 5e9
"""Bytes of recorded answers that take seconds to compare."""

TOGETHER = "mtkd.study.processes.together"


@dataclass(frozen=True)
class Functions:
    """Dotted paths of what does the work; imported where and when it is needed.

    Attributes:
        check: `(plan, standings, identities) -> (formulas, manifest entries)`, in a worker, before
            anything else runs; see `mtkd.study.unchanged`.
        compare: `(plan, standings)`, in a worker, where nothing is left to run.
        train_teacher: `(config, name, folder, domains)`, in a worker.
        run_trial: `(config, folder, teachers' folders by name, domains)`, in a worker.
        early: `(run folder)`, in a worker, when the first seed is complete.
        report: `(run folder)`, in this process, at the end.
        publish: `(run folder, wandb node)`, in this process, after the report.
    """

    check: str = "mtkd.study.unchanged.check_run"
    compare: str = "mtkd.study.unchanged.compare"
    train_teacher: str = "mtkd.trial.train_teacher"
    run_trial: str = "mtkd.trial.run_trial"
    early: str = "mtkd.report.build_early"
    report: str = "mtkd.report.build"
    publish: str = "mtkd.tracking.publish"


def drop_damaged(ledger: Ledger, say: Callable[[str], None]) -> list[Path]:
    """Teachers whose answers are not as they were written are not done, where a trial needs them.

    Args:
        ledger: What is there.
        say: Where a line goes if this takes long.

    Returns:
        The files.
    """
    plan, found = ledger.plan, []
    trials = [trial for key, trial in plan.runs.items() if key not in ledger.done]
    needed = {plan.teachers[name].id for trial in trials for name in trial.config["committee"]}
    done = sorted(needed & ledger.done)
    size = sum(file.stat().st_size for key in done for file in answers(ledger.folders[key]))
    if size >= LARGE:
        say(f"comparing {size / 1e9:.0f} GB of recorded answers with what was written")
    for key in done:
        files = damaged(ledger.folders[key])
        ledger.done -= {key} if files else set()
        found += files
    return found


def tasks_of(plan: Plan, ledger: Ledger, functions: Functions) -> list[Task]:
    """Teachers first, then trials, one seed after the other; what is done is left out."""
    everything = [*_teachers(plan, ledger, functions), *_trials(plan, ledger, functions)]
    return [task for task in everything if task.key not in ledger.done]


def _teachers(plan: Plan, ledger: Ledger, functions: Functions) -> Iterator[Task]:
    by_id = {teacher.id: teacher for teacher in reversed(plan.teachers.values())}
    for key, teacher in reversed(by_id.items()):
        config = {
            "id": key,
            "study": plan.name,
            "name": teacher.name,
            "data": plan.config["data"],
            "teachers": {teacher.name: teacher.config},
            "trainer": plan.config["trainer"],  # says where one without its own is asked
            "wandb": plan.config["wandb"],
        }
        folder = ledger.folders[key]
        arguments = (config, teacher.name, str(folder), _domains(plan))
        name = f"teacher {teacher.name}"
        call = _call(functions.train_teacher, arguments, teacher.config["trainer"])
        yield Task(key, name, *call, folder, config)


def _trials(plan: Plan, ledger: Ledger, functions: Functions) -> Iterator[Task]:
    shared = {key: plan.config[key] for key in ("wandb", "log_every", "tau")}
    for key, trial in sorted(plan.runs.items(), key=lambda item: item[1].seed):
        names = trial.config["committee"]
        ids = [plan.teachers[name].id for name in names]
        at = {name: str(ledger.folders[i]) for name, i in zip(names, ids, strict=True)}
        role = {key: vars(trial)[key] for key in ("name", "control", "cell")}
        config = {"id": key, "study": plan.name, **role, **trial.config, **shared}
        folder = ledger.folders[key]
        arguments = (config, str(folder), at, _domains(plan))
        call = _call(functions.run_trial, arguments, trial.config["trainer"])
        yield Task(key, trial.name, *call, folder, config, frozenset(ids))


def _call(
    function: str, arguments: tuple[Any, ...], trainer: Mapping[str, Any] | None
) -> tuple[str, tuple[Any, ...]]:
    """Function and arguments, by way of `together` where the trainer asks for several devices."""
    count = processes(trainer or {}, "config.trainer")
    return (function, arguments) if count == 1 else (TOGETHER, (count, function, arguments))


def _domains(plan: Plan) -> list[str]:
    return [domain["name"] for domain in plan.domains]
