"""Known answers: what a study said beforehand must come out, held against what did."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mtkd.results.groups import Group, matches
from mtkd.results.results import Results
from mtkd.results.values import Verdict


def verdicts(results: Results) -> list[Verdict]:
    """One verdict for each expectation of the study, in its order."""
    return [_verdict(results, wanted) for wanted in results.study.expectations]


def _verdict(results: Results, wanted: Mapping[str, Any]) -> Verdict:
    teacher = wanted.get("teacher") or (results.main.name if results.main else "")
    domain, statistic = wanted.get("domain", "clean"), wanted.get("statistic", "dd_ceir")
    groups = _named(results, wanted)
    value = _mean(results, groups, teacher, domain, statistic)
    about = f"{statistic} of {teacher} on {domain}: {_text(groups, wanted)}"
    if wanted.get("minus"):
        others = _named(results, _side(wanted["minus"]))
        value -= _mean(results, others, teacher, domain, statistic)
        about += f" minus {_text(others, _side(wanted['minus']))}"
    low, high = (float(end) for end in wanted["between"])
    met = None if math.isnan(value) else low <= value <= high
    return Verdict(str(wanted["claim"]), about, low, high, value, met)


def _side(minus: Mapping[str, Any]) -> Mapping[str, Any]:
    """`minus` names a control, a cell, or directly the axes of a cell."""
    return minus if {"cell", "control"} & set(minus) else {"cell": minus}


def _named(results: Results, wanted: Mapping[str, Any]) -> list[Group]:
    """The groups an expectation is about: a control, or all cells with the labels it gives."""
    if wanted.get("control"):
        found = results.control(wanted["control"])
        return [found] if found else []
    return [group for group in results.groups if matches(group, wanted.get("cell") or {})]


def _text(groups: Sequence[Group], wanted: Mapping[str, Any]) -> str:
    if not groups:
        return f"nothing matches {wanted.get('control') or dict(wanted.get('cell') or {})}"
    return groups[0].label if len(groups) == 1 else f"mean of {len(groups)} cells"


def _mean(
    results: Results, groups: Sequence[Group], teacher: str, domain: str, statistic: str
) -> float:
    """Mean over groups of the mean over seeds; NaN without groups or if one has no value."""
    metric = f"inheritance/{teacher}/{statistic}"
    found = [results.mean(group, "student", domain, metric) for group in groups]
    if not found:
        found = [math.nan]
    if all(math.isnan(value) for value in found):
        found = [results.mean(group, "student", domain, statistic) for group in groups] or found
    return sum(found) / len(found)
