"""Shifts of who is asked, not of what an item looks like: parts of a set, drawn anew.

Each takes `Examples` and gives `Examples`. Items are left out, never repeated, so content ids
stay distinct; the one exception is `spurious_feature`, which adds a column to every item.
"""

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import torch

from mtkd.data.examples import NO_LABEL, Examples
from mtkd.data.names import unknown


def hold_out_classes(examples: Examples, held_out: Collection[int]) -> tuple[Examples, Examples]:
    """The items of the other classes, and those of `held_out` with label -1.

    Train on the first of a training split, and test on both of a test split: the second is
    out of distribution, near the rest. Classes are not renumbered.

    Raises:
        ValueError: A class does not exist, or one of the two would be empty.
    """
    wrong = sorted(set(held_out) - set(range(examples.classes)))
    if wrong:
        raise ValueError(f"held_out names {wrong}, expected classes 0 to {examples.classes - 1}")
    away = torch.isin(examples.labels, torch.tensor(sorted(held_out), dtype=torch.int64))
    known = examples.take(~away, f"{examples.name}/known classes")
    unseen = examples.take(away, f"{examples.name}/held-out classes")
    return known, replace(unseen, labels=torch.full_like(unseen.labels, NO_LABEL))


def sub_population(examples: Examples, part: str) -> tuple[Examples, Examples]:
    """The items in a part, a boolean array of the metadata, and the others.

    Raises:
        ValueError: There is no such part, or one of the two would be empty.
    """
    if part not in examples.parts:
        raise unknown(f"part of {examples.name}", part, examples.parts)
    inside = torch.from_numpy(examples.parts[part])
    return (
        examples.take(inside, f"{examples.name}/{part}"),
        examples.take(~inside, f"{examples.name}/not {part}"),
    )


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
    generator, labels = np.random.default_rng(seed), examples.labels.numpy()
    present, counts = np.unique(labels[labels != NO_LABEL], return_counts=True)
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
    examples: Examples, strength: float, share: float = 0.5, seed: int = 0
) -> Examples:
    """A share of the items, drawn with chances in proportion to exp(strength * z).

    z is an item's coordinate on the first principal component of `examples`, with mean 0 and
    standard deviation 1; the component points where its largest entry is positive. Drawn one
    after the other without replacement (Gumbel-top-k, https://arxiv.org/abs/1903.06059).

    Args:
        examples: Items.
        strength: 0 draws evenly, positive prefers large z, negative small.
        share: Of the items to keep, in (0, 1].
        seed: Of the draw.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, got {share}")
    position = principal_coordinate(examples)
    chance = strength * position + np.random.default_rng(seed).gumbel(size=len(examples))
    rows = np.sort(np.argsort(-chance)[: max(1, round(share * len(examples)))])
    return examples.take(torch.from_numpy(rows), f"{examples.name}/tilt {strength:g}")


def principal_coordinate(examples: Examples) -> np.ndarray:
    """`[n]` coordinates on the first principal component, mean 0, standard deviation 1."""
    flat = examples.inputs.reshape(len(examples), -1).double().numpy()
    centred = flat - flat.mean(axis=0)
    if not centred.any():
        raise ValueError(f"{examples.name} holds one input only, it has no principal component")
    component = np.linalg.svd(centred, full_matrices=False)[2][0]
    component = component * np.sign(component[np.abs(component).argmax()])
    coordinate = centred @ component
    return coordinate / coordinate.std()


def spurious_feature(examples: Examples, correlation: float, seed: int = 0) -> Examples:
    """The items with one more last column, `[n, ..., w]` to `[n, ..., w + 1]`, that hints at y.

    The column holds .5 + .15 * (r * z + sqrt(1 - r^2) * noise), cut to [0, 1], with z the class
    number scaled to mean 0 and variance 1 over all classes, and normal noise of the item's own.
    For equally frequent classes its correlation with the class number is r. Train with .95 and
    test with -.95: a student that leans on the column falls over.

    Args:
        examples: Items of at least two classes; those without a label count as the middle.
        correlation: r, in [-1, 1].
        seed: Of the noise, together with the item's content id.
    """
    if not -1 <= correlation <= 1:
        raise ValueError(f"correlation must be in [-1, 1], got {correlation}")
    if examples.classes < 2:
        raise ValueError(f"{examples.name} has one class, nothing can hint at it")
    span = np.sqrt((examples.classes**2 - 1) / 12)
    labels = examples.labels.numpy()
    z = np.where(labels == NO_LABEL, 0, (labels - (examples.classes - 1) / 2) / span)
    noise = [np.random.default_rng([seed, i % 2**64]).normal() for i in examples.ids.tolist()]
    hint = 0.5 + 0.15 * (correlation * z + np.sqrt(1 - correlation**2) * np.array(noise))
    column = torch.from_numpy(hint.clip(0, 1)).to(examples.inputs.dtype)
    shape = (len(examples), *[1] * (examples.inputs.ndim - 1))
    column = column.reshape(shape).expand(*examples.inputs.shape[:-1], 1)
    return replace(examples, inputs=torch.cat([examples.inputs, column], dim=-1))
