"""Properties of items, against images small enough to count."""

import numpy as np
import pytest

from mtkd.data.parts import above_class_median, left_share


@pytest.mark.parametrize(
    ("image", "share"),
    [
        ([[0.4, 0.0, 0.1, 0.0], [0.2, 0.1, 0.0, 0.2]], 0.7),
        ([[0.3, 0.4, 0.1]], 0.625),  # the middle column counts half: (.3 + .2) / .8
        ([[0.3], [0.1]], 0.5),
        ([[0.0, 0.0], [0.0, 0.0]], 0.5),
        ([[0.0, 0.2], [0.0, 0.0]], 0.0),
    ],
)
def test_left_share_by_hand(image, share):
    assert left_share(np.array([image], dtype=np.float32)) == pytest.approx([share])


def test_left_share_of_a_mirrored_image_is_the_rest():
    images = np.random.default_rng(0).random((20, 5, 7))
    np.testing.assert_allclose(left_share(images[:, :, ::-1]), 1 - left_share(images))


def test_above_class_median_compares_within_a_class():
    scores = np.array([1.0, 2.0, 3.0, 10.0, 20.0, 5.0, 15.0])
    labels = np.array([0, 0, 0, 4, 4, 4, 4])
    # Medians 2 and 12.5; an item at the median is not above it.
    assert above_class_median(scores, labels).tolist() == [
        False, False, True, False, True, False, True,
    ]  # fmt: skip
