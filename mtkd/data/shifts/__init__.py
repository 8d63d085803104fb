"""mtkd-C: sixteen corruptions of grey images in [0, 1], each at severities 1 to 5.

A corruption is a function `(image [height, width], severity, generator) -> [height, width]`;
`corrupt` applies one to many items and cuts to [0, 1]. Names and ideas follow CIFAR-10-C
(Hendrycks and Dietterich 2019, https://arxiv.org/abs/1903.12261) and MNIST-C (Mu and Gilmer
2019, https://arxiv.org/abs/1906.02337); parameters were chosen for 8 x 8 digits, and lengths
are shares of the image's side. Results are therefore called mtkd-C: they cannot be compared
with published CIFAR-C or MNIST-C numbers.
"""

from collections.abc import Callable
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from mtkd.data.names import unknown
from mtkd.data.shifts.cover import inverse, occlusion, stripe
from mtkd.data.shifts.geometry import rotate, scale, shear, translate
from mtkd.data.shifts.noise import gaussian_noise, impulse_noise, shot_noise, speckle_noise
from mtkd.data.shifts.severity import SEVERITIES, Image, check_severity
from mtkd.data.shifts.tone import brightness, contrast, gaussian_blur, pixelate, quantise

__all__ = ["CORRUPTIONS", "SEVERITIES", "corrupt"]

Corruption = Callable[[Image, int, np.random.Generator], Image]

NOISE = (gaussian_noise, shot_noise, impulse_noise, speckle_noise)
TONE = (gaussian_blur, contrast, brightness, pixelate, quantise)
GEOMETRY = (rotate, shear, scale, translate)
COVER = (stripe, inverse, occlusion)

CORRUPTIONS: dict[str, Corruption] = {
    corruption.__name__: corruption for corruption in (*NOISE, *TONE, *GEOMETRY, *COVER)
}


def corrupt(images: Tensor, ids: Tensor, name: str, severity: int, seed: int = 0) -> Tensor:
    """Every image under one corruption, the same for an item in any subset and order.

    An item's generator is seeded by (seed, item, corruption, severity), so that all models
    see identical corrupted items.

    Args:
        images: `[n, height, width]` in [0, 1].
        ids: `[n]` integers that tell the items apart, as in `Examples.ids`.
        name: One of `CORRUPTIONS`.
        severity: 1 (mild) to 5.
        seed: Not negative; another seed is another draw.

    Returns:
        `[n, height, width]` float32 in [0, 1].

    Raises:
        ValueError: No such corruption, a severity outside 1 to 5, other axes, or images that
            leave [0, 1].
    """
    if name not in CORRUPTIONS:
        raise unknown("corruption", name, CORRUPTIONS)
    _check_images(images, ids)
    apply, code, level = CORRUPTIONS[name], crc32(name.encode()), check_severity(severity)
    corrupted = np.empty(images.shape, np.float32)
    for row, (image, item) in enumerate(zip(images.double().numpy(), ids.tolist(), strict=True)):
        generator = np.random.default_rng([seed, item % 2**64, code, level])
        corrupted[row] = apply(image, level, generator).clip(0, 1)
    return torch.from_numpy(corrupted)


def _check_images(images: Tensor, ids: Tensor) -> None:
    if images.ndim != 3:
        raise ValueError(
            f"corruptions work on grey images [n, height, width], got shape {tuple(images.shape)}"
        )
    if len(ids) != len(images):
        raise ValueError(f"each image needs its id, got {len(ids)} ids for {len(images)} images")
    low, high = float(images.min()), float(images.max())
    if not 0 <= low <= high <= 1:
        raise ValueError(
            f"corruptions work on images in [0, 1], got {low:g} to {high:g}; rescale them first"
        )
