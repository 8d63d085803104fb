"""How much a teacher's answers say: where it speaks, and how many classes it names."""

import math
from typing import Any

from markupsafe import Markup

from mtkd.files import read_mapping
from mtkd.report.numbers import count, fixed, share
from mtkd.report.phrases import strong
from mtkd.results import Results, Teacher


def heard(results: Results) -> list[Markup]:
    """A sentence for every teacher that is silent somewhere or names only some of the classes."""
    said = [_sentence(teacher) for teacher in results.study.teachers]
    return [sentence for sentence in said if sentence is not None]


def _sentence(teacher: Teacher) -> Markup | None:
    result = read_mapping(teacher.folder / "result.json")
    spoke, mass, named = (_number(result, key) for key in ("spoke", "named_mass", "named"))
    parts = []
    if spoke < 1:
        parts.append(
            f"speaks at {share(spoke, 1)} of the training positions; its silence counts as every "
            "class alike, so its accuracy here is lower than where it speaks"
        )
    if not math.isnan(mass) and not math.isnan(named):
        classes = count(int(named), "class", "classes")
        parts.append(f"names {classes} with {fixed(mass, 3)} of the mass on average")
    if not parts:
        return None
    return Markup("{} {}.").format(strong(teacher.name), "; it ".join(parts))


def _number(content: dict[str, Any], key: str) -> float:
    value = content.get(key)
    return float(value) if isinstance(value, (int, float)) else math.nan
