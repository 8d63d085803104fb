"""Intervals and tests over seeds, and Holm's correction over the family of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mtkd.metrics import crossed_interval, holm, sign_flip_test, t_interval
from mtkd.metrics.bootstrap import FEW
from mtkd.results.groups import Group
from mtkd.results.scored import Place, Scored
from mtkd.results.values import OVER_SEEDS, Estimate, Key


def estimate_group(group: Group, seeds: Sequence[Scored]) -> dict[Key, Estimate]:
    """Every statistic of a group over its seeds; one that a seed lacks is left out."""
    if not seeds:
        return {}
    shared = [place for place in seeds[0].terms if all(place in one.terms for one in seeds)]
    found = {Key(group.tag, *place): _estimate(place, seeds) for place in shared}
    single = [place for place in seeds[0].single if all(place in one.single for one in seeds)]
    return found | {Key(group.tag, *place): _over_seeds(place, seeds) for place in single}


def _estimate(place: Place, seeds: Sequence[Scored]) -> Estimate:
    terms = [one.terms[place] for one in seeds]
    minus = [term.minus for term in terms if term.minus is not None]
    found = crossed_interval([term.of for term in terms], minus)
    return Estimate(
        value=found.metric.value,
        low=found.low,
        high=found.high,
        p=found.p_value.value,
        p_holm=math.nan,
        n=sum(term.of.size for term in terms) / len(terms),
        seeds=len(terms),
        underpowered=found.underpowered,
        per_seed=found.per_seed,
    )


def _over_seeds(place: Place, seeds: Sequence[Scored]) -> Estimate:
    """Of a statistic that is no ratio of sums: nothing is said about other items."""
    metrics = [one.single[place] for one in seeds]
    values = [metric.value for metric in metrics]
    found = t_interval(values)
    return Estimate(
        value=found.metric.value,
        low=found.low,
        high=found.high,
        p=sign_flip_test(values).value,
        p_holm=math.nan,
        n=sum(metric.n for metric in metrics) / len(metrics),
        seeds=len(metrics),
        underpowered=min(metric.n for metric in metrics) < FEW,
        per_seed=tuple(values),
        method=OVER_SEEDS,
    )


def with_holm(estimates: Mapping[Key, Estimate], primary: Sequence[Key]) -> dict[Key, Estimate]:
    """The same estimates, those outside the primary endpoint corrected for being many."""
    known = set(primary)
    family = [key for key in estimates if key not in known]
    adjusted = holm([estimates[key].p for key in family])
    corrected = dict(estimates)
    for key, p in zip(family, adjusted, strict=True):
        corrected[key] = replace(estimates[key], p_holm=float(p))
    return corrected
