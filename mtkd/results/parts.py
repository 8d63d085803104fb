"""Groups of trials scored one after the other, or in several processes."""

from collections.abc import Iterator
from pathlib import Path

from mtkd.results.group_scoring import score_group
from mtkd.results.groups import gather
from mtkd.results.index import read_study
from mtkd.results.models import Reader
from mtkd.results.references import main_teacher, read_controls, read_teachers
from mtkd.results.results import Results
from mtkd.results.scoring import Scorer


class Scoring:
    """What every group of trials is scored against, read once in each process.

    Attributes:
        results: The teachers' numbers.
        groups: Groups of trials that differ in their seed only.
    """

    def __init__(self, folder: Path | str) -> None:
        study = read_study(folder)
        self.results = Results(study, groups=[], main=None)
        self.reader = Reader(study)
        teachers = read_teachers(self.results, self.reader)
        self.results.main = main_teacher(self.results)
        self.controls = read_controls(self.results, self.reader)
        focus = self.results.main.name if self.results.main else ""
        models = list(self.controls.values())
        self.scorer = Scorer(study, teachers, models, focus, self.results.endpoint)
        self.groups = gather(study)

    def score(self, index: int) -> Results:
        """The numbers of one group alone."""
        part = Results(self.results.study, groups=[], main=None)
        score_group(part, self.reader, self.scorer, self.groups[index], self.controls)
        return part


def score_all(scoring: Scoring, folder: str, processes: int) -> Iterator[Results]:
    """The groups' results in order, from this process or from several."""
    count = len(scoring.groups)
    if processes < 2:
        yield from map(scoring.score, range(count))
        return
    from loky import ProcessPoolExecutor

    with ProcessPoolExecutor(processes, initializer=_open, initargs=(folder,)) as pool:
        yield from pool.map(_score_there, range(count))


_there: dict[str, Scoring] = {}


def _open(folder: str) -> None:
    _there["scoring"] = Scoring(folder)


def _score_there(index: int) -> Results:
    return _there["scoring"].score(index)
