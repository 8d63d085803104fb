"""Does the traffic still look like the calibration items? A conformal test on confidence alone."""

from bisect import bisect_right
from collections.abc import Sequence

from mtkd.fallback.evidence import LEVEL, Evidence, uniform_factors


class ConfidenceDrift:
    """Anytime-valid test that traffic is exchangeable with the calibration items.

    The rank of each new confidence among all earlier ones, ties broken at random, is uniform
    as long as nothing changes (Vovk et al. 2021, https://arxiv.org/abs/2102.10439). Ranks are
    taken over the rule's bins, so the test needs their counts only, and it knows how few the
    calibration items were. No labels: it says that traffic changed, not that answers got worse.

    Args:
        edges: `[bins - 1]`, rising confidences.
        counts: `[bins]`, calibration items in each bin.
        level: Probability of ever alarming although nothing changed.
    """

    def __init__(self, edges: Sequence[float], counts: Sequence[int], level: float) -> None:
        self.edges = list(edges)
        self.counts = list(counts)
        self.evidence = Evidence(len(LEVEL), level)

    def see(self, confidence: float, uniform: float) -> None:
        """Take in the confidence of one query; `uniform` in [0, 1) breaks its ties."""
        place = bisect_right(self.edges, confidence)
        self.counts[place] += 1
        below = sum(self.counts[:place])
        rank = (below + uniform * self.counts[place]) / sum(self.counts)
        self.evidence.update(uniform_factors(rank))
