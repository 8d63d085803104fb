"""Images that the tests of corruptions share."""

import numpy as np
import torch

from mtkd.data import Digits

DIGITS = Digits().test.take(torch.arange(60))


def generator(seed=0):
    return np.random.default_rng(seed)


def dot(row, column, side=8):
    """One pixel of full ink."""
    image = np.zeros((side, side))
    image[row, column] = 1
    return image


def blob(row, column, side=65, width=2.0):
    """A smooth spot, so that reading between pixels hardly moves its middle."""
    rows, columns = np.indices((side, side))
    return np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * width**2))


def middle(image):
    """Centre of ink, (row, column)."""
    rows, columns = np.indices(image.shape)
    return np.array([(rows * image).sum(), (columns * image).sum()]) / image.sum()
