"""Which items models with other classes can be compared on, and what to say about the rest."""

from collections.abc import Mapping, Sequence

import numpy as np

from mtkd.audit.sources import Source
from mtkd.audit.spaces import Mapped, Space
from mtkd.audit.told import Told, few, read_told
from mtkd.predictions import Predictions
from mtkd.report.numbers import count, share
from mtkd.results.models import CLEAN

Said = dict[str, dict[str, Predictions]]
"""By domain and model."""


def our_classes(
    models: Sequence[Source],
    spaces: Mapping[str, Space],
    known: Mapping[str, Sequence[str]] | None = None,
) -> tuple[str, ...]:
    """The classes of the first model that is not mapped; if all are, those that maps lead to.

    Args:
        models: With the files of their predictions, or `known`.
        spaces: By model.
        known: Classes of models that have no file yet.

    Raises:
        ValueError: Nothing says which.
    """
    for model in models:
        if model.name not in spaces:
            return tuple((known or {}).get(model.name) or read_told(model.files[CLEAN]).classes)
    found = {name for space in spaces.values() for name in (space.to or {}).values()}
    if len(found) < 2:
        raise ValueError(
            "all models are mapped, and the files of --map lead to fewer than two classes; leave "
            "a model unmapped, or name the classes"
        )
    return tuple(sorted(found, key=lambda name: (not name.isdecimal(), name.zfill(9))))


def within(
    said: Said, told: Mapping[str, Mapping[str, Told]], ours: Sequence[str]
) -> tuple[Said, dict[str, str]]:
    """Only items whose label every model has a class for; and a sentence for each mapped model.

    Items of no class stay. Without mapped models nothing changes.

    Raises:
        ValueError: Nothing is left of a domain.
    """
    mapped = {name: one.mapped for name, one in told[CLEAN].items() if one.mapped is not None}
    if not mapped:
        return said, {}
    lost = {name for one in mapped.values() for name in one.unreached}
    reached = np.array([name not in lost for name in ours] + [True])  # the last is for label -1
    kept = {domain: reached[next(iter(models.values())).labels] for domain, models in said.items()}
    for domain, rows in kept.items():
        if not rows.any():
            raise ValueError(
                f"no item of {domain} has a label that all models have a class for; "
                f"{', '.join(mapped)} lack {few(sorted(lost))}: map them, or leave the model out"
            )
    left = {
        domain: {name: one.take(kept[domain]) for name, one in models.items()}
        for domain, models in said.items()
    }
    out = int((~kept[CLEAN]).sum()), len(kept[CLEAN])
    return left, {name: _sentence(name, one, out) for name, one in mapped.items()}


def _sentence(name: str, mapped: Mapped, out: tuple[int, int]) -> str:
    parts = [f"its {count(mapped.classes, 'class', 'classes')} are matched by {mapped.path}"]
    if mapped.unmapped:
        mass = share(float(mapped.lost.mean()), 1)
        answers = f"{int(mapped.answered.sum())} of {len(mapped.answered)}"
        becomes = (
            "all other probabilities are divided by what is left (renormalised)"
            if mapped.renormalised
            else "kept as one answer that is never right, nothing is renormalised"
        )
        parts.append(
            f"{len(mapped.unmapped)} of them ({few(mapped.unmapped)}) are none of ours and hold "
            f"{mass} of its probability on clean items, its answer to {answers}: {becomes}"
        )
    if mapped.unreached:
        parts.append(
            f"it has none for {len(mapped.unreached)} of ours ({few(mapped.unreached)}), so items "
            f"of these are left out for all models: {out[0]} of {out[1]} on clean"
        )
    return "; ".join(parts)
