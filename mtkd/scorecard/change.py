"""Change management: which answers flipped since an earlier version, item by item."""

from pathlib import Path

from mtkd.metrics import mcnemar_exact
from mtkd.metrics.sameness import same_labels
from mtkd.predictions import Predictions
from mtkd.scorecard.figures import Figure, between, missing, of, share
from mtkd.scorecard.items import by_id, labelled
from mtkd.scorecard.names import CHANGE, FIGURES
from mtkd.scorecard.paired import Paired

SMALLEST = 6
"""Flips it takes for an exact two-sided p value below .05: 2 / 2^6."""


def unchanged(why: str) -> list[Figure]:
    """The figures of this layer where there is nothing to compare with, and why."""
    return [missing(name, why) for name, kind in FIGURES.items() if kind.layer == CHANGE]


def compare(
    before: Predictions, now: Predictions, tau: float, since: str = "the version before"
) -> list[Figure]:
    """Negative and positive flips, their balance, and an exact McNemar test.

    Args:
        before, now: Predictions of two versions on the same items, in any order.
        tau: From here an answer is confident.
        since: Name of the earlier version.

    Raises:
        ValueError: Other items or labels: there is nothing to compare.
    """
    old, new = by_id(before), by_id(now)
    if len(old) != len(new) or (old.ids != new.ids).any():
        raise ValueError(
            f"{since} was measured on other items ({len(old)} and {len(new)}); flips are counted "
            "on the same items only"
        )
    first, second = labelled(old, Path(since)), labelled(new, Path("this version"))
    same_labels(first, second)
    n, about = len(new), f"over all clean items, since {since}"
    lost, won = first.correct & second.wrong, first.wrong & second.correct
    sure = lost & second.confident(tau)
    flips = int(lost.sum() + won.sum())
    few = f"{flips} flips: fewer than {SMALLEST} cannot be significant" if flips < SMALLEST else ""
    together = Paired({"now": second.correct, "before": first.correct})
    net = together.ratio({"now": 1, "before": -1}, None, f"positive - negative flips, {about}")
    confident = f"right before, wrong now with confidence >= {tau:g}, {about}"
    return [
        share("negative_flips", int(lost.sum()), n, f"right before, wrong now, {about}"),
        share("confident_negative_flips", int(sure.sum()), n, confident),
        share("positive_flips", int(won.sum()), n, f"wrong before, right now, {about}"),
        between("net_change", net),
        of("flips_p_value", mcnemar_exact(second.correct, first.correct), few),
    ]
