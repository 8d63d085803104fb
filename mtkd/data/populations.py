"""Shifts of who is asked, not of what an item looks like: parts of a set, drawn anew.

Each takes `Examples` and gives `Examples`. Items are left out, never repeated, so content ids
stay distinct; the one exception is `spurious_feature`, which adds a column to every item.
`mtkd.data.Shifted` makes training sides and evaluation domains of a study out of them.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mtkd.data.coordinates import coordinate
from mtkd.data.examples import NO_LABEL, Examples
from mtkd.data.names import unknown


def hold_out_classes(examples: Examples, held_out: Collection[int]) -> tuple[Examples, Examples]:
    """The items of the other classes, and those of `held_out` with label -1.

    Train on the first of a training split, and test on both of a test split: the second is
    out of distribution, near the rest. Classes are not renumbered.

    Raises:
        ValueError: A class does not exist, or one of the two would be empty.
    """
    return without_classes(examples, held_out), only_classes(examples, held_out)


def without_classes(examples: Examples, held_out: Collection[int]) -> Examples:
    """The items of the other classes, and those without a label."""
    away = _of_classes(examples, held_out)
    return examples.take(~away, f"{examples.name}/known classes")


def only_classes(examples: Examples, held_out: Collection[int]) -> Examples:
    """The items of some classes, with label -1: whoever never learnt them cannot be right."""
    away = _of_classes(examples, held_out)
    unseen = examples.take(away, f"{examples.name}/held-out classes")
    return replace(unseen, labels=torch.full_like(unseen.labels, NO_LABEL))


def _of_classes(examples: Examples, held_out: Collection[int]) -> Tensor:
    one_label_each(examples)
    wrong = sorted(set(held_out) - set(range(examples.classes)))
    if wrong:
        raise ValueError(f"held_out names {wrong}, expected classes 0 to {examples.classes - 1}")
    return torch.isin(examples.labels, torch.tensor(sorted(held_out), dtype=torch.int64))


def sub_population(examples: Examples, part: str) -> tuple[Examples, Examples]:
    """The items in a part, a boolean array of the metadata, and the others.

    Raises:
        ValueError: There is no such part, or one of the two would be empty.
    """
    return inside(examples, part), outside(examples, part)


def inside(examples: Examples, part: str) -> Examples:
    """The items of a part."""
    return examples.take(_of_part(examples, part), f"{examples.name}/{part}")


def outside(examples: Examples, part: str) -> Examples:
    """The items that do not belong to a part."""
    return examples.take(~_of_part(examples, part), f"{examples.name}/not {part}")


def _of_part(examples: Examples, part: str) -> Tensor:
    if part not in examples.parts:
        raise unknown(f"part of {examples.name}", part, examples.parts)
    return torch.from_numpy(examples.parts[part])


def label_shift(examples: Examples, concentration: float = 1.0, seed: int = 0) -> Examples:
    """As many items as allow class shares drawn from a symmetric Dirichlet distribution.

    The class that is scarce for its share gives all its items; each other one a random part, in
    proportion, rounded down. Items without a label are left out.

    Args:
        examples: Items with labels.
        concentration: Positive; small makes shares unequal, large makes them equal.
        seed: Of the shares and of which items stay.
    """
    if concentration <= 0:
        raise ValueError(f"concentration must be positive, got {concentration}")
    one_label_each(examples)
    generator, labels = np.random.default_rng(seed), examples.labels.numpy()
    present, counts = np.unique(labels[labels != NO_LABEL], return_counts=True)
    if not len(present):
        raise ValueError(f"{examples.name} has no labels, so there are no class shares to change")
    shares = generator.dirichlet(np.full(len(present), concentration))
    # The largest total in which no class needs more items than it has; 1e-9 against rounding.
    total = np.min(counts / np.maximum(shares, 1e-300))
    wanted = np.floor(shares * total + 1e-9).astype(int)
    rows = [
        generator.permutation(np.flatnonzero(labels == label))[:count]
        for label, count in zip(present, wanted, strict=True)
    ]
    chosen = torch.from_numpy(np.sort(np.concatenate(rows)))
    return examples.take(chosen, f"{examples.name}/label shift")


def covariate_tilt(
    examples: Examples,
    strength: float,
    share: float = 0.5,
    seed: int = 0,
    along: str | None = None,
) -> Examples:
    """A share of the items, drawn with chances in proportion to exp(strength * z).

    z is an item's coordinate with mean 0 and standard deviation 1 (`mtkd.data.coordinates`).
    Drawn one after the other without replacement (Gumbel-top-k,
    https://arxiv.org/abs/1903.06059).

    Args:
        examples: Items.
        strength: 0 draws evenly, positive prefers large z, negative small.
        share: Of the items to keep, in (0, 1].
        seed: Of the draw.
        along: A column of numbers in the metadata; None: the first principal component of the
            inputs, which must then be numbers and no tokens.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, got {share}")
    position = coordinate(examples, along)
    chance = strength * position + np.random.default_rng(seed).gumbel(size=len(examples))
    rows = np.sort(np.argsort(-chance)[: max(1, round(share * len(examples)))])
    return examples.take(torch.from_numpy(rows), f"{examples.name}/tilt {strength:g}")


def one_label_each(examples: Examples) -> None:
    """Stop where items have a label at every token.

    Raises:
        ValueError: They have; who is asked is a matter of whole items.
    """
    if examples.labels.dim() > 1:
        raise ValueError(
            f"{examples.name} has a label at each of {examples.labels.shape[1]} tokens; "
            "populations by class need items with one label each"
        )
