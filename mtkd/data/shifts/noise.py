"""Corruptions that disturb every pixel on its own."""

import numpy as np

from mtkd.data.shifts.severity import Image, at


def gaussian_noise(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """Normal noise of standard deviation .1, .2, .35, .45, .6 added to every pixel."""
    deviation = at(severity, 0.1, 0.2, 0.35, 0.45, 0.6)
    return image + generator.normal(0, deviation, image.shape)


def shot_noise(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """Poisson(x * quanta) / quanta: counts of 30, 12, 6, 3, 1.5 quanta at full ink."""
    quanta = at(severity, 30, 12, 6, 3, 1.5)
    return generator.poisson(image * quanta) / quanta


def impulse_noise(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """A share .03, .06, .12, .2, .3 of the pixels (on average) set to 0 or 1, half and half."""
    share = at(severity, 0.03, 0.06, 0.12, 0.2, 0.3)
    hit = generator.random(image.shape) < share
    return np.where(hit, generator.integers(0, 2, image.shape), image)


def speckle_noise(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """Noise in proportion to the ink: x + x * normal(0, s), s = .2, .35, .5, .7, 1."""
    deviation = at(severity, 0.2, 0.35, 0.5, 0.7, 1.0)
    return image + image * generator.normal(0, deviation, image.shape)
