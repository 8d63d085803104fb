"""Whether a recipe can do with what the teachers give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mtkd.losses import ForwardKL
from mtkd.signals import CompleteSignal, PartialSignal, Signal

if TYPE_CHECKING:
    from mtkd.recipe import Recipe


def check_signals(recipe: Recipe, signals: Sequence[Signal], classes: int) -> None:
    """See `mtkd.recipe.Recipe.check`."""
    loss, weighting = recipe.loss, recipe.weighting
    rule, rows = type(loss).__name__, type(weighting).__name__
    complete = all(isinstance(signal, CompleteSignal) for signal in signals)
    partial = [signal for signal in signals if isinstance(signal, PartialSignal)]
    by_token = any(not isinstance(signal, CompleteSignal | PartialSignal) for signal in signals)
    if (partial or (by_token and not loss.disjoint)) and not loss.coarse:
        raise ValueError(
            f"{rule} needs every class, but a teacher gives a partial signal; use a "
            "divergence (ForwardKL, ReverseKL, ...) or complete signals"
        )
    if not complete and weighting.needs_complete:
        raise ValueError(
            f"{rows} needs every class, but a teacher gives a partial signal; "
            "use another weighting or complete signals"
        )
    if not complete and recipe.aggregation != "distances":
        raise ValueError(
            f"aggregation {recipe.aggregation!r} needs every class of every teacher, but one "
            "gives a partial signal; use aggregation 'distances'"
        )
    if by_token and not loss.disjoint:
        raise ValueError(
            f"{rule} is infinite where a side has no mass, and a teacher with another "
            "tokenizer is compared token by token (rest 'sorted'); use SharedAndSorted, "
            "SortedL1, JensenShannon or TotalVariation, or rest 'tail' or 'map'"
        )
    mixed = recipe.aggregation == "probabilities" and len(signals) > 1
    if mixed and loss.unsoftened and loss.temperature != 1:
        raise ValueError(
            f"{rule} reads teachers unsoftened too, but aggregation 'probabilities' mixes them at "
            f"its temperature {loss.temperature:g}; use temperature 1, or aggregation 'distances'"
        )
    _check_classes(recipe, signals, classes)
    for signal in partial:
        _check_temperature(recipe, signal)
        if signal.drawn:
            _check_drawn(recipe)


def _check_classes(recipe: Recipe, signals: Sequence[Signal], classes: int) -> None:
    known: Sequence[object] = recipe.weighting.teachers
    names = known if len(known) == len(signals) else range(1, len(signals) + 1)
    for name, signal in zip(names, signals, strict=True):
        if signal.classes != classes:
            about = f"about {classes} classes, the teacher {name} about {signal.classes}"
            advice = "give both the same ones in one order, or other tokens an alignment"
            raise ValueError(f"the student speaks {about}; {advice}")


def _check_temperature(recipe: Recipe, signal: PartialSignal) -> None:
    """A pooled tail cannot be softened afterwards, nor sharpened."""
    if (recorded := signal.temperature) != (wanted := recipe.loss.temperature):
        raise ValueError(
            f"a partial signal recorded at temperature {recorded:g} cannot be read at the "
            f"loss's temperature {wanted:g}; record it at {wanted:g} (top_k, align) or set "
            f"loss.temperature to {recorded:g}"
        )
    if recorded != 1 and _looks_at_teachers(recipe):
        raise ValueError(
            f"{type(recipe.weighting).__name__} looks at teachers at temperature 1, but a "
            f"partial signal was recorded at temperature {recorded:g}; record it at 1 "
            "or use a weighting that does not look at teachers"
        )


def _check_drawn(recipe: Recipe) -> None:
    """Drawn classes are the teacher on average, so they may enter the objective linearly only."""
    instead = "record the likeliest classes (top_k) or all of them"
    if type(recipe.loss) is not ForwardKL:
        raise ValueError(
            f"{type(recipe.loss).__name__} of drawn classes is not, on average, that of the "
            f"teacher; use ForwardKL, or {instead}"
        )
    if _looks_at_teachers(recipe):
        raise ValueError(
            f"{type(recipe.weighting).__name__} looks at teachers, of whom a few drawn classes say "
            f"too little; use a weighting that does not, or {instead}"
        )


def _looks_at_teachers(recipe: Recipe) -> bool:
    return recipe.weighting.needs_teachers or recipe.weighting.learns
