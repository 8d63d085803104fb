"""Attribution by retraining: what a student inherits less once a teacher is gone."""

from collections.abc import Iterator, Mapping, Sequence

from mtkd.metrics import Contributions
from mtkd.results.estimates import estimate_group
from mtkd.results.groups import OBJECTIVE_AXES, Group
from mtkd.results.models import CLEAN
from mtkd.results.results import Results
from mtkd.results.scored import Scored, Term
from mtkd.results.values import STUDENT, Row

CONTROL = "leave_one_out"
"""Name of the control, and of the statistic: Delta of a teacher on its own confident errors."""


def removal_of(gone: str, measured: str) -> str:
    """The statistic of one removal on the confident errors of any teacher."""
    return CONTROL if gone == measured else f"{CONTROL}_of_{gone}"


def removals(groups: Sequence[Group]) -> Iterator[tuple[Group, str, Group]]:
    """The whole committee's group, a teacher, and the group without it; for every student."""
    alike: dict[tuple, list[Group]] = {}
    for group in groups:
        if group.control == CONTROL:
            axes = (item for item in group.cell.items() if item[0] not in OBJECTIVE_AXES)
            alike.setdefault(tuple(sorted(axes)), []).append(group)
    for found in alike.values():
        whole = max(found, key=lambda group: len(group.committee))
        for group in found:
            gone = [name for name in whole.committee if name not in group.committee]
            if len(gone) == 1:
                yield whole, gone[0], group


def add_removals(results: Results) -> None:
    """Rows and estimates of Delta_m = CEIR(all) - CEIR(without m), on clean items.

    Of every teacher on its own confident errors; besides on those of the teacher in focus, which
    another one may have prevented, and on the placebo's, where nothing but coincidence is left.
    Seeds that either side lacks are left out.
    """
    for whole, gone, without in removals(results.groups):
        seeds = {trial.seed: trial.id for trial in without.trials}
        pairs = [(trial.id, seeds[trial.seed]) for trial in whole.trials if trial.seed in seeds]
        scored = []
        for with_it, without_it in pairs:
            terms = _terms(results, gone, results.kept[with_it], results.kept[without_it])
            results.add(_rows(with_it, terms))
            places = {(STUDENT, who, CLEAN, name): term for (who, name), term in terms.items()}
            scored.append(Scored(terms=places))
        results.estimates |= estimate_group(whole, scored)


def _terms(
    results: Results,
    gone: str,
    whole: Mapping[str, Contributions],
    without: Mapping[str, Contributions],
) -> dict[tuple[str, str], Term]:
    """By (teacher measured, statistic)."""
    wanted = [gone, *(one.name for one in (results.main, results.study.placebo) if one)]
    return {
        (name, removal_of(gone, name)): Term(whole[name], without[name])
        for name in dict.fromkeys(wanted)
        if name in whole and name in without
    }


def _rows(trial: str, terms: Mapping[tuple[str, str], Term]) -> Iterator[Row]:
    for (teacher, statistic), term in terms.items():
        assert term.minus is not None
        with_it, without_it = term.of.metric(), term.minus.metric()
        metric = f"inheritance/{teacher}/{statistic}"
        value = with_it.value - without_it.value
        text = f"{with_it.convention}, whole committee - with one teacher less"
        yield Row(trial, STUDENT, CLEAN, metric, value, with_it.n, text)
