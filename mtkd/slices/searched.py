"""One student of a run searched for pockets, from Python."""

from pathlib import Path

from mtkd.slices.findings import Findings
from mtkd.slices.models import find_models
from mtkd.slices.pockets import Request, find_pockets
from mtkd.slices.run_folder import from_run


def search_run(run: Path, student: str, against: str, seed: int, request: Request) -> Findings:
    """The pockets of one student of a run, by the run's own metadata and tau; no gate.

    Args:
        student, against: As in `mtkd.slices.models.find_models`, without a previous student.

    Raises:
        ValueError: There is no such model, or a file cannot be used.
    """
    models = find_models(run, student, against, None, seed)
    comparisons, notes = from_run(models, [], [], models.study.tau)
    pockets = tuple(find_pockets(comparisons, request))
    names = models.study.name, models.label, models.reference
    return Findings(*names, tuple(comparisons), request, pockets, None, tuple(notes))
