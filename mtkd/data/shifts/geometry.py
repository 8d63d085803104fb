"""Corruptions that move ink. What comes in from outside the image is no ink.

All keep the image's centre, read between pixels linearly, and turn or move either way, as
the item's own generator decides.
"""

import numpy as np
from scipy.ndimage import affine_transform

from mtkd.data.shifts.severity import Image, at, either_sign


def rotate(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """Turned by .1, .2, .3, .45, .6 radian, to the left or to the right."""
    angle = either_sign(generator) * at(severity, 0.1, 0.2, 0.3, 0.45, 0.6)
    cosine, sine = np.cos(angle), np.sin(angle)
    return _about_centre(image, [[cosine, -sine], [sine, cosine]])


def shear(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """Slanted to either side: rows move .1, .2, .3, .45, .6 times their distance to the middle."""
    slant = either_sign(generator) * at(severity, 0.1, 0.2, 0.3, 0.45, 0.6)
    return _about_centre(image, [[1, 0], [slant, 1]])


def scale(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """Shrunk to .95, .9, .85, .8, .7 of its size; the same for every item."""
    size = at(severity, 0.95, 0.9, 0.85, 0.8, 0.7)
    return _about_centre(image, [[1 / size, 0], [0, 1 / size]])


def translate(image: Image, severity: int, generator: np.random.Generator) -> Image:
    """Moved up, down, left or right by 1/32, 2/32, 3/32, 4/32, 6/32 of the image's side.

    On 8 x 8 digits that is .25, .5, .75, 1, 1.5 pixels.
    """
    share = either_sign(generator) * at(severity, 1, 2, 3, 4, 6) / 32
    sideways = generator.integers(0, 2)
    height, width = image.shape
    offset = (0.0, share * width) if sideways else (share * height, 0.0)
    return _about_centre(image, [[1, 0], [0, 1]], offset)


def _about_centre(
    image: Image, matrix: list[list[float]], offset: tuple[float, float] = (0.0, 0.0)
) -> Image:
    """The image read at `matrix @ (pixel - centre) + centre + offset`, in (row, column)."""
    centre = (np.array(image.shape) - 1) / 2
    start = centre - np.array(matrix) @ centre + offset
    return affine_transform(image, np.array(matrix), start, order=1, mode="grid-constant")
