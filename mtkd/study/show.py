"""A study on the screen: what would run, and what it means."""

from collections.abc import Sequence
from pathlib import Path

from mtkd.config import as_yaml
from mtkd.study.ledger import Ledger
from mtkd.study.plan import Plan, make_plan


def list_trials(path: Path, overrides: Sequence[str], runs: Path) -> int:
    """Print teachers and trials, each with its id and whether it is done; import no torch."""
    plan = make_plan(path, overrides)
    _print_trials(plan, Ledger(plan, runs))
    return 0


def show_study(path: Path, overrides: Sequence[str], runs: Path) -> int:
    """Print the resolved study as YAML, the trials, and what each cell minimises."""
    from mtkd.study.check import check_plan

    plan = make_plan(path, overrides)
    formulas = check_plan(plan)
    print(as_yaml(plan.config))
    _print_trials(plan, Ledger(plan, runs))
    print("\nobjective, in nats per position; p_k teacher k, q student, w_k its weight:")
    for cell, formula in formulas.items():
        print(f"  {cell}: {formula}")
    return 0


def _print_trials(plan: Plan, ledger: Ledger) -> None:
    teachers = {teacher.id: teacher.name for teacher in plan.teachers.values()}
    trials = {key: trial.name for key, trial in plan.runs.items()}
    for kind, named in (("teacher", teachers), ("trial", trials)):
        for number, (key, name) in enumerate(named.items(), start=1):
            state = "done" if key in ledger.done else "to do"
            print(f"{kind} {number}/{len(named)} {key} {state:5} {name}")
    for warning in plan.warnings:
        print(f"warning: {warning}")
