"""What limits a promise on a run folder, said before anybody relies on it."""

import math
from collections.abc import Sequence

from mtkd.fallback.choice import VALIDATION, Choice
from mtkd.fallback.promise import Promise
from mtkd.predictions import Predictions


def too_small(
    n: int, promise: Promise, start_coverage: float, where: str = VALIDATION
) -> list[str]:
    """What is wrong with `n` calibration items, and how many would do; empty if they do.

    `where` is the name of what they are, for the sentence.
    """
    asked = f"a risk of {promise.risk:g} at confidence {promise.confidence:g}"
    needed = math.ceil(promise.start_sample / start_coverage - 1e-9)
    if n < promise.smallest_sample:
        return [
            f"{where} has {n} items, too few: {asked} needs at least "
            f"{promise.smallest_sample} accepted without one error; {needed} items would let the "
            f"tests start at {start_coverage:.0%} coverage"
        ]
    if n < needed:
        return [
            f"{where} has {n} items, few for {asked}: the strictest threshold tested had to "
            f"accept {min(promise.start_sample, n)} of them, not {start_coverage:.0%}; "
            f"{needed} items would be enough"
        ]
    return []


def shared_items(choice: Choice, domains: Sequence[str]) -> list[str]:
    """Domains that hold items which the rule was calibrated on."""
    known = _ids(choice, VALIDATION)
    shared = {domain: len(known & _ids(choice, domain)) for domain in domains}
    return [
        f"{domain} shares {count} items with {VALIDATION}: there the rule is judged by the items "
        "that made it"
        for domain, count in shared.items()
        if count
    ]


def _ids(choice: Choice, domain: str) -> set[int]:
    return set(Predictions.load(choice.path(domain)).ids.tolist())
