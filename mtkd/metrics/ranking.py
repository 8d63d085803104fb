"""Items ranked by a score; every formula looks at complete groups of equal scores.

Internal: `selective`, `ood` and `similarity` say what the score and the positive group are.
"""

from dataclasses import dataclass

import numpy as np

from mtkd.metrics.base import Booleans, Floats, Integers, ratio


@dataclass(frozen=True)
class Ranking:
    """Items from the highest score down, cut after each group of equal scores.

    Attributes:
        taken: `[groups]`, items with at least this score.
        positives: `[groups]`, positive ones among them.
    """

    taken: Integers
    positives: Integers

    @property
    def n(self) -> int:
        """All items."""
        return int(self.taken[-1]) if len(self.taken) else 0

    @property
    def one_sided(self) -> bool:
        """True where there are no positives or no negatives: nothing can be ranked."""
        return not len(self.taken) or self.positives[-1] in (0, self.taken[-1])

    def flipped(self) -> "Ranking":
        """The same order, positives and negatives exchanged."""
        return Ranking(self.taken, self.taken - self.positives)

    def backwards(self) -> "Ranking":
        """From the lowest score up."""
        return Ranking(np.cumsum(steps(self.taken)[::-1]), np.cumsum(steps(self.positives)[::-1]))


def rank(scores: Floats, positive: Booleans) -> Ranking:
    """The ranking of `scores` `[n]`, with `positive` `[n]` the items that should come first."""
    order = np.argsort(-scores)
    ordered = scores[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], len(ordered) > 0))
    return Ranking(last + 1, np.cumsum(positive[order], dtype=np.int64)[last])


def steps(cumulative: Integers) -> Integers:
    """`[groups]`: what each group adds to a running count."""
    added = cumulative.copy()
    added[1:] -= cumulative[:-1]
    return added


def auroc(ranking: Ranking) -> float:
    """P(a positive scores above a negative), equal scores counting half; NaN if one-sided."""
    if ranking.one_sided:
        return float("nan")
    hits, alarms = ranking.positives, ranking.taken - ranking.positives
    area = (steps(alarms) * (hits - steps(hits) / 2)).sum()
    return float(area / (hits[-1] * alarms[-1]))


def average_precision(ranking: Ranking) -> float:
    """sum_j (recall_j - recall_(j-1)) precision_j, as in scikit-learn; NaN if one-sided."""
    if ranking.one_sided:
        return float("nan")
    recalled = steps(ranking.positives) / ranking.positives[-1]
    return float((recalled * ranking.positives / ranking.taken).sum())


def alarms_at_hits(ranking: Ranking, share: float) -> float:
    """Share of negatives taken once at least `share` of the positives are; NaN if one-sided."""
    if ranking.one_sided:
        return float("nan")
    hits = ranking.positives[-1]
    first = int(np.argmax(ranking.positives >= share * hits - 1e-9))
    alarms = ranking.taken - ranking.positives
    return float(alarms[first] / alarms[-1])


def spearman(first: Floats, second: Floats) -> float:
    """Correlation of mean ranks; NaN with fewer than 3 points or a constant side."""
    ranks = [_ranks(values) for values in (first, second)]
    if len(ranks[0]) < 3:
        return float("nan")
    left, right = (each - each.mean() for each in ranks)
    return ratio(float(left @ right), float(np.sqrt((left @ left) * (right @ right))))


def _ranks(values: Floats) -> Floats:
    """Ranks from 1, equal values sharing their mean rank."""
    _, place, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    ranks: Floats = (last - (sizes - 1) / 2)[place]
    return ranks
