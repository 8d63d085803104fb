"""How much a teacher's answers say: where it speaks, and how many classes it names."""

import math
from typing import Any

from markupsafe import Markup

from mtkd.files import read_mapping
from mtkd.report.numbers import count, fixed, share
from mtkd.report.phrases import listing, strong
from mtkd.results import Results, Teacher
from mtkd.results.models import VALIDATION


def heard(results: Results) -> list[Markup]:
    """A sentence for every teacher that is silent somewhere or names only some of the classes."""
    said = [_sentence(results, teacher) for teacher in results.study.teachers]
    return [sentence for sentence in said if sentence is not None]


def _sentence(results: Results, teacher: Teacher) -> Markup | None:
    result = read_mapping(teacher.folder / "result.json")
    keys = ("spoke", "named_mass", "named", "drawn")
    spoke, mass, named, drawn = (_number(result, key) for key in keys)
    parts = []
    if spoke < 1:
        parts.append(f"speaks at {share(spoke, 1)} of the training positions")
    parts += _by_domain(results, teacher)
    if not math.isnan(mass) and not math.isnan(named):
        classes = count(int(named), "class", "classes")
        parts.append(f"names {classes} with {fixed(mass, 3)} of the mass on average")
    if not math.isnan(drawn):
        parts.append(
            f"is recorded as {count(int(drawn), 'class', 'classes')} drawn at each position"
        )
    if not parts:
        return None
    return Markup("{} {}.").format(strong(teacher.name), "; it ".join(parts))


def _by_domain(results: Results, teacher: Teacher) -> list[str]:
    """Where it is evaluated: how often it speaks, where it is not always."""
    found = {
        domain: results.value(teacher.id, teacher.name, domain, "spoke")
        for domain in (VALIDATION, *(domain.name for domain in results.study.domains))
    }
    never = [domain for domain, spoke in found.items() if spoke == 0]
    partly = [f"{domain} {share(spoke, 1)}" for domain, spoke in found.items() if spoke > 0]
    parts = []
    if partly:
        where = listing(partly, len(partly)).unescape()
        parts.append(f"speaks at a part of {where}, and is judged by that")
    if never:
        where = listing(never, len(never)).unescape()
        parts.append(f"says nothing of {where}, so nothing is said of it there")
    return parts


def _number(content: dict[str, Any], key: str) -> float:
    value = content.get(key)
    return float(value) if isinstance(value, (int, float)) else math.nan
