"""What limits a promise on a run folder, said before anybody relies on it."""

import math
from collections.abc import Mapping, Sequence

from mtkd.fallback.choice import VALIDATION, Choice
from mtkd.fallback.promise import Promise
from mtkd.token_predictions import load_predictions


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


def about_tokens(n: int) -> list[str]:
    """What `n` items are where the models write text."""
    return [
        f"items are tokens, one of each of {n} rows, since those of one text are not independent "
        "(nor are rows that the data cut from one text, about which it promises too much); the "
        "promise is about a token drawn from a row drawn at random, after that text's own "
        "beginning, not after what the student wrote itself"
    ]


def shared_items(choice: Choice, domains: Sequence[str]) -> list[str]:
    """Domains that have ids of the items which the rule was calibrated on."""
    known = _labels(choice, VALIDATION)
    found = ((domain, _shared(known, _labels(choice, domain))) for domain in domains)
    return [f"{domain} {sentence}" for domain, sentence in found if sentence]


def _shared(known: Mapping[int, int], other: Mapping[int, int]) -> str:
    """What equal ids mean: the same items, or others where labels differ; empty without any."""
    shared = known.keys() & other.keys()
    labelled = [one for one in shared if min(known[one], other[one]) >= 0]
    differ = sum(known[one] != other[one] for one in labelled)
    if differ:
        return (
            f"and {VALIDATION} use the same ids for other items (of {len(shared)} equal ids "
            f"{differ} have different labels); give every item an id of its own"
        )
    return (
        f"has {len(shared)} ids of {VALIDATION}: there the rule is judged by the items that made it"
        if shared
        else ""
    )


def _labels(choice: Choice, domain: str) -> dict[int, int]:
    """Label by id; -1 for none."""
    said = load_predictions(choice.path(domain))
    return dict(zip(said.ids.tolist(), said.labels.tolist(), strict=True))
