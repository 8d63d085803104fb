"""Corruptions of sharpness and grey levels; none of them is random."""

from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter

from mtkd.data.shifts.severity import Image, at


def gaussian_blur(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """Gaussian blur with a standard deviation of .05, .075, .1, .125, .16 of the image's side.

    On 8 x 8 digits that is .4, .6, .8, 1, 1.28 pixels. Outside the image there is no ink.
    """
    share = at(severity, 0.05, 0.075, 0.1, 0.125, 0.16)
    return gaussian_filter(image, [share * side for side in image.shape], mode="constant")


def contrast(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """Pulled towards the image's mean: mean + c * (x - mean), c = .75, .5, .35, .2, .1."""
    kept = at(severity, 0.75, 0.5, 0.35, 0.2, 0.1)
    return image.mean() + kept * (image - image.mean())


def brightness(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """A constant .1, .2, .3, .4, .5 added to every pixel, cut at 1."""
    return image + at(severity, 0.1, 0.2, 0.3, 0.4, 0.5)


def pixelate(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """Averaged down to .75, .625, .5, .375, .25 of each side, and drawn in blocks at full size.

    On 8 x 8 digits that is 6, 5, 4, 3, 2 blocks a side. A pixel across the edge of two blocks
    shows both by area.
    """
    share = at(severity, 0.75, 0.625, 0.5, 0.375, 0.25)
    rows, columns = (_through_blocks(side, share) for side in image.shape)
    return rows @ image @ columns.T


@lru_cache(maxsize=16)
def _through_blocks(side: int, share: float) -> Image:
    """`[side, side]`: what each pixel of a line becomes, as shares of all its pixels."""
    blocks = max(1, round(side * share))
    edges = np.linspace(0, side, blocks + 1)[:, None]
    pixels = np.arange(side)
    overlap = np.minimum(edges[1:], pixels + 1) - np.maximum(edges[:-1], pixels)
    covered = np.clip(overlap, 0, None)
    return covered.T @ covered * blocks / side


def quantise(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """Rounded to 8, 6, 4, 3, 2 equally spaced grey levels from 0 to 1; halves round up."""
    steps = at(severity, 8, 6, 4, 3, 2) - 1
    return np.floor(image * steps + 0.5) / steps
