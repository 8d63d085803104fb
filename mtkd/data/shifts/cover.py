"""Corruptions that replace parts of the image, whatever is written there."""

import numpy as np

from mtkd.data.shifts.severity import Image, at


def stripe(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """The outer quarters of the columns mixed with their negative, s = .2, .4, .6, .8, 1.

    A column keeps (1 - s) * x + s * (1 - x). Severity 5 is MNIST-C's stripe.
    """
    width = image.shape[1]
    columns = np.arange(width) + 0.5
    outer = np.abs(columns - width / 2) > width / 4
    return np.where(outer, _towards_negative(image, at(severity, 0.2, 0.4, 0.6, 0.8, 1.0)), image)


def inverse(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """Mixed with its negative: (1 - s) * x + s * (1 - x), s = .1, .2, .3, .4, 1."""
    return _towards_negative(image, at(severity, 0.1, 0.2, 0.3, 0.4, 1.0))


def occlusion(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """A box without ink at a random place, .25, .375, .5, .625, .75 of each side long.

    On 8 x 8 digits that is 2, 3, 4, 5, 6 pixels a side; the box lies inside the image.
    """
    share = at(severity, 0.25, 0.375, 0.5, 0.625, 0.75)
    covered = image.copy()
    sides = [max(1, round(side * share)) for side in image.shape]
    top, left = (
        generator.integers(0, whole - side + 1)
        for whole, side in zip(image.shape, sides, strict=True)
    )
    covered[top : top + sides[0], left : left + sides[1]] = 0
    return covered


def _towards_negative(image: Image, share: float) -> Image:
    return (1 - share) * image + share * (1 - image)
