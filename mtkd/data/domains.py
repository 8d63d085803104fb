"""Evaluation domains of a set of images: clean, corrupted, and nonsense without a label."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mtkd.data.examples import NO_LABEL, Examples
from mtkd.data.names import unknown
from mtkd.data.shifts import CORRUPTIONS, corrupt


def inverted(images: Tensor) -> Tensor:
    """The negative, 1 - x: the shapes are there, the grey levels are none a model has seen."""
    return 1 - images


def permuted(images: Tensor, seed: int = 0) -> Tensor:
    """All pixels in another order, the same order for all images.

    Every image keeps its grey levels and loses its shape.
    """
    # RandomState: the one generator whose stream NumPy promises never to change (NEP 19).
    order = np.random.RandomState(seed).permutation(images[0].numel())
    return images.flatten(1)[:, torch.from_numpy(order)].reshape(images.shape)


OUT_OF_DISTRIBUTION: dict[str, Callable[[Tensor], Tensor]] = {
    "inverted": inverted,
    "permuted": permuted,
}
"""Domains in which no class is right: all labels are -1."""


def domain(examples: Examples, name: str, severity: int | None = None) -> Examples:
    """The items as they are met in a domain, in the same order and with the same metadata.

    The ids are those of the new inputs; a corrupted item is another input than its original.

    Args:
        examples: Images `[n, height, width]` in [0, 1].
        name: `clean`, one of `mtkd.data.shifts.CORRUPTIONS`, or of `OUT_OF_DISTRIBUTION`.
        severity: 1 to 5 for a corruption, None for the others.

    Raises:
        ValueError: No such domain, or a severity where none belongs or none where one does.
    """
    if name in CORRUPTIONS:
        if severity is None:
            raise ValueError(f"domain {name!r} needs a severity from 1 to 5, got none")
        inputs = corrupt(examples.inputs, examples.ids, name, severity)
        return replace(examples, inputs=inputs, name=f"{examples.name}/{name}@{severity}")
    if name != "clean" and name not in OUT_OF_DISTRIBUTION:
        raise unknown("domain", name, ("clean", *CORRUPTIONS, *OUT_OF_DISTRIBUTION))
    if severity is not None:
        raise ValueError(f"domain {name!r} has no severity, got {severity!r}; leave it out")
    if name == "clean":
        return examples
    inputs = OUT_OF_DISTRIBUTION[name](examples.inputs)
    labels = torch.full_like(examples.labels, NO_LABEL)
    return replace(examples, inputs=inputs, labels=labels, name=f"{examples.name}/{name}")
