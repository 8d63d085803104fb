"""The gold standard of attribution: what becomes of an inheritance once a teacher is removed.

Both students are trained, with one seed: one by the whole committee, one by all teachers but one.
"""

from mtkd.metrics.base import Metric
from mtkd.metrics.contributions import Contributions, mean_over
from mtkd.metrics.inheritance import Pair


def removal_effect_items(whole: Pair, without: Pair) -> Contributions:
    """Contributions to `removal_effect`.

    Raises:
        ValueError: The pairs are about different teachers or thresholds.
    """
    if whole.teacher is not without.teacher or whole.tau != without.tau:
        raise ValueError(
            "both students must be held against the same teacher at the same tau; build both "
            "pairs from one Predictions"
        )
    gain = (whole.follows & whole.sure).astype(float) - (without.follows & without.sure)
    convention = f"CEIR of the whole committee - CEIR with one teacher less, tau {whole.tau:g}"
    return mean_over(gain, whole.confident_wrong, convention)


def removal_effect(whole: Pair, without: Pair) -> Metric:
    """CEIR(all) - CEIR(without m) on the confident errors of the pairs' teacher, in [-1, 1].

    Positive: teacher m is needed for the errors to be repeated. Negative: it keeps the student
    from them.

    Args:
        whole: The student of the whole committee against a teacher, usually m.
        without: The student of the same seed without m, against the same one.
    """
    return removal_effect_items(whole, without).metric()
