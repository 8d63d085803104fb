"""Which student without teachers a student is held against."""

from collections.abc import Iterable

from mtkd.results.index import Trial


def matching_control(trial: Trial, controls: Iterable[Trial]) -> Trial | None:
    """The labels-only student of the same seed, and of the same student, optimizer and trainer.

    A control is labelled on the axes it shares with the cells it serves, `none` on the others.
    Where a product of the grid has no axis for the student, its control has none either, and
    would serve every trial: so the one that shares most axes is taken.
    """
    found = []
    for control in controls:
        shared = {axis: label for axis, label in control.cell.items() if label != "none"}
        if control.seed == trial.seed and shared.items() <= dict(trial.cell).items():
            found.append((len(shared), control))
    return max(found, key=lambda one: one[0], default=(0, None))[1]
