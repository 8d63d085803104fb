"""Whether models still start from the weights that kept results started from."""

from functools import cache

from mtkd.starts import digest, recorded_starts
from mtkd.study.ledger import Ledger
from mtkd.study.standing import DataChanged, listed, standings, who


def refuse_other_starts(ledger: Ledger) -> None:
    """Stop where weights on disk that a kept result started from are others now.

    Results of an earlier mtkd say nothing of them, and weights that are gone cannot be compared.

    Raises:
        DataChanged: Which model, which path, what started from it, and what to do.
    """
    plan, now = ledger.plan, cache(digest)
    teachers = {
        ledger.folders[one.id]: f"config.{'placebo' if one.placebo else 'teachers'}.{name}.model"
        for name, one in plan.teachers.items()
    }
    stale = [
        (one, path)
        for one in standings(ledger)
        for path, then in recorded_starts(one.folder).items()
        if now(path) not in ("", then)
    ]
    if not stale:
        return
    kept, path = [one for one, other in stale if other == stale[0][1]], stale[0][1]
    models = dict.fromkeys(teachers.get(one.folder, "config.student") for one in kept)
    also = " and the trials of this study" * any(one.kind == "teacher" for one in kept)
    raise DataChanged(
        f"{', '.join(models)}: the weights in {path} have changed since {who(kept)} of this study "
        "started from them; new trials would be compared with old ones of another start, so "
        "nothing was run and nothing removed; put the old weights back, give another folder with "
        f"--runs to do all from the new ones, or remove {listed(kept)}{also}"
    )
