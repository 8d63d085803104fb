"""What holds for every corruption, at every severity."""

import inspect
from zlib import crc32

import numpy as np
import pytest
import torch

import mtkd.data.shifts as shifts
from mtkd.data import content_ids
from mtkd.data.shifts import CORRUPTIONS, SEVERITIES, corrupt

from .images import DIGITS, generator

IMAGES, IDS = DIGITS.inputs, DIGITS.ids
RANDOM = {
    "gaussian_noise",
    "impulse_noise",
    "occlusion",
    "rotate",
    "shear",
    "shot_noise",
    "speckle_noise",
    "translate",
}
FIXED = {
    "brightness",
    "contrast",
    "gaussian_blur",
    "inverse",
    "pixelate",
    "quantise",
    "scale",
    "stripe",
}


def test_all_sixteen_are_found_by_their_names():
    assert set(CORRUPTIONS) == RANDOM | FIXED
    assert all(CORRUPTIONS[name] is getattr(shifts, name) for name in CORRUPTIONS)


def test_names_are_ours():
    assert "mtkd-C" in shifts.__doc__
    assert "cannot be compared" in " ".join(shifts.__doc__.split())


@pytest.mark.parametrize("name", CORRUPTIONS)
class TestEveryCorruption:
    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_keeps_shape_range_and_dtype(self, name, severity):
        corrupted = corrupt(IMAGES, IDS, name, severity)
        assert corrupted.shape == IMAGES.shape
        assert corrupted.dtype == torch.float32
        assert corrupted.min() >= 0
        assert corrupted.max() <= 1

    def test_leaves_its_input_alone(self, name):
        before = IMAGES.clone()
        corrupt(IMAGES, IDS, name, 5)
        assert torch.equal(IMAGES, before)

    def test_is_the_same_in_any_subset_and_order(self, name):
        whole = corrupt(IMAGES, IDS, name, 3)
        rows = torch.tensor([41, 3, 17, 3])
        assert torch.equal(corrupt(IMAGES[rows], IDS[rows], name, 3), whole[rows])
        assert torch.equal(corrupt(IMAGES, IDS, name, 3), whole)

    def test_draws_from_a_generator_of_the_item(self, name):
        row = int((IDS < 0).nonzero()[0])  # an id with a sign bit, as about half of them have
        seed = [7, int(IDS[row]) + 2**64, crc32(name.encode()), 4]
        image = IMAGES[row].double().numpy()
        expected = CORRUPTIONS[name](image, 4, np.random.default_rng(seed)).clip(0, 1)
        corrupted = corrupt(IMAGES[row : row + 1], IDS[row : row + 1], name, 4, seed=7)
        np.testing.assert_array_equal(corrupted[0], expected.astype(np.float32))

    def test_another_seed_is_another_draw_if_it_is_random(self, name):
        same = torch.equal(corrupt(IMAGES, IDS, name, 3), corrupt(IMAGES, IDS, name, 3, seed=1))
        assert same == (name not in RANDOM)

    def test_items_draw_apart_if_it_is_random(self, name):
        twice = IMAGES[:1].expand(20, 8, 8)
        distinct = len(content_ids(corrupt(twice, torch.arange(20), name, 3)).unique())
        assert (distinct > 1) == (name in RANDOM)

    def test_grows_with_severity(self, name):
        distances = [
            float((corrupt(IMAGES, IDS, name, severity) - IMAGES).abs().mean())
            for severity in SEVERITIES
        ]
        assert distances[0] > 0.005
        assert all(np.diff(distances) > 0.003), distances

    def test_works_on_other_sizes(self, name):
        images = torch.from_numpy(generator().random((3, 12, 7)).astype(np.float32))
        for severity in SEVERITIES:
            assert corrupt(images, torch.arange(3), name, severity).shape == (3, 12, 7)
        assert corrupt(torch.ones(1, 1, 1), torch.arange(1), name, 5).shape == (1, 1, 1)

    def test_says_what_it_does_in_five_numbers_or_shares(self, name):
        assert inspect.getdoc(CORRUPTIONS[name]).count(",") >= 4

    @pytest.mark.parametrize("severity", [0, 6, -1, 2.5, None, "3", True])
    def test_refuses_other_severities(self, name, severity):
        with pytest.raises(ValueError, match="severity must be a whole number from 1 to 5, got"):
            corrupt(IMAGES, IDS, name, severity)


def test_severities_and_corruptions_draw_apart():
    grey = torch.full((1, 8, 8), 0.5)
    one = torch.arange(1)
    draws = [
        (corrupt(grey, one, "gaussian_noise", 1) - 0.5) / 0.1,
        (corrupt(grey, one, "gaussian_noise", 2) - 0.5) / 0.2,
        (corrupt(grey, one, "speckle_noise", 1) - 0.5) / 0.1,
    ]
    for first in range(3):
        for second in range(first):
            assert (draws[first] - draws[second]).abs().median() > 0.1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((IMAGES, IDS, "gausian_noise", 3), "unknown corruption 'gausian_noise'; did you mean "),
        ((IMAGES, IDS, "xyz", 3), "unknown corruption 'xyz'; There are: brightness, contrast, "),
        (
            (IMAGES, IDS, "rotate", 9),
            "severity must be a whole number from 1 to 5, got 9",
        ),
        (
            (IMAGES.flatten(1), IDS, "rotate", 1),
            "corruptions work on grey images [n, height, width], got shape (60, 64)",
        ),
        (
            (IMAGES * 16, IDS, "rotate", 1),
            "corruptions work on images in [0, 1], got 0 to 16; rescale them first",
        ),
        (
            (IMAGES - 0.25, IDS, "rotate", 1),
            "corruptions work on images in [0, 1], got -0.25 to 0.75; rescale them first",
        ),
    ],
)
def test_words_of_errors(arguments, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the whole sentence is compared)
        corrupt(*arguments)
    assert str(error.value).startswith(words)


def test_nearest_names_come_first():
    with pytest.raises(ValueError, match="did you mean gaussian_noise or "):
        corrupt(IMAGES, IDS, "gausian_noise", 3)


def test_one_id_for_each_image():
    with pytest.raises(ValueError, match="got 59 ids for 60 images"):
        corrupt(IMAGES, IDS[:-1], "rotate", 1)
