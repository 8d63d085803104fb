"""A column that hints at the label, for as long as the hint is kept."""

from dataclasses import replace

import numpy as np
import torch

from mtkd.data.examples import NO_LABEL, Examples
from mtkd.data.populations import one_label_each


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
    _check(examples, correlation)
    span = np.sqrt((examples.classes**2 - 1) / 12)
    labels = examples.labels.numpy()
    z = np.where(labels == NO_LABEL, 0, (labels - (examples.classes - 1) / 2) / span)
    noise = [np.random.default_rng([seed, i % 2**64]).normal() for i in examples.ids.tolist()]
    hint = 0.5 + 0.15 * (correlation * z + np.sqrt(1 - correlation**2) * np.array(noise))
    column = torch.from_numpy(hint.clip(0, 1)).to(examples.inputs.dtype)
    shape = (len(examples), *[1] * (examples.inputs.ndim - 1))
    column = column.reshape(shape).expand(*examples.inputs.shape[:-1], 1)
    return replace(examples, inputs=torch.cat([examples.inputs, column], dim=-1))


def _check(examples: Examples, correlation: float) -> None:
    one_label_each(examples)
    if not -1 <= correlation <= 1:
        raise ValueError(f"correlation must be in [-1, 1], got {correlation}")
    if examples.classes < 2:
        raise ValueError(f"{examples.name} has one class, nothing can hint at it")
    if not examples.inputs.is_floating_point():
        raise ValueError(
            f"{examples.name} holds tokens; a spurious column needs inputs that are numbers"
        )
