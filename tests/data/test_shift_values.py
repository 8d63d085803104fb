"""Each corruption against numbers worked out by hand."""

import numpy as np
import pytest

from mtkd.data.shifts import CORRUPTIONS, SEVERITIES

from .images import blob, dot, generator, middle


def at(name, severity, image, seed=0):
    return CORRUPTIONS[name](np.asarray(image, dtype=float), severity, generator(seed))


GREY = np.full((300, 300), 0.5)

# Spread of 90,000 pixels at .5: noise s; Poisson sqrt(.5 / quanta); .5 * s. Impulse: half of the
# hit pixels go to 0 and half to 1, each .5 away, so the spread is .5 * sqrt(share).
SPREADS = {
    "gaussian_noise": [0.1, 0.2, 0.35, 0.45, 0.6],
    "shot_noise": [0.1291, 0.2041, 0.2887, 0.4082, 0.5774],
    "speckle_noise": [0.1, 0.175, 0.25, 0.35, 0.5],
    "impulse_noise": [0.0866, 0.1225, 0.1732, 0.2236, 0.2739],
}


@pytest.mark.parametrize("name", SPREADS)
def test_noise_has_the_declared_spread_around_the_image(name):
    for severity, spread in zip(SEVERITIES, SPREADS[name], strict=True):
        noisy = at(name, severity, GREY)
        assert noisy.std() == pytest.approx(spread, rel=0.02)
        assert noisy.mean() == pytest.approx(0.5, abs=0.01)


def test_noise_in_proportion_to_ink_spares_the_background():
    half = np.concatenate([np.zeros((8, 100)), np.ones((8, 100))], axis=1)
    for name in ("shot_noise", "speckle_noise"):
        noisy = at(name, 3, half)
        assert (noisy[:, :100] == 0).all()
        assert noisy[:, 100:].std() == pytest.approx(
            {"shot_noise": 6**-0.5}.get(name, 0.5), rel=0.1
        )


def test_impulses_are_black_or_white():
    noisy = at("impulse_noise", 4, GREY)
    assert set(np.unique(noisy)) == {0, 0.5, 1}
    assert (noisy == 0).mean() == pytest.approx(0.1, abs=0.01)
    assert (noisy == 1).mean() == pytest.approx(0.1, abs=0.01)


TWO_BY_TWO = [[0.0, 0.2], [0.6, 0.8]]  # mean .4


@pytest.mark.parametrize(
    ("name", "severity", "image", "expected"),
    [
        ("contrast", 1, TWO_BY_TWO, [[0.1, 0.25], [0.55, 0.7]]),
        ("contrast", 2, TWO_BY_TWO, [[0.2, 0.3], [0.5, 0.6]]),
        ("contrast", 3, TWO_BY_TWO, [[0.26, 0.33], [0.47, 0.54]]),
        ("contrast", 4, TWO_BY_TWO, [[0.32, 0.36], [0.44, 0.48]]),
        ("contrast", 5, TWO_BY_TWO, [[0.36, 0.38], [0.42, 0.44]]),
        *[("brightness", s, TWO_BY_TWO, np.array(TWO_BY_TWO) + s / 10) for s in SEVERITIES],
        ("inverse", 1, TWO_BY_TWO, [[0.1, 0.26], [0.58, 0.74]]),
        ("inverse", 2, TWO_BY_TWO, [[0.2, 0.32], [0.56, 0.68]]),
        ("inverse", 3, TWO_BY_TWO, [[0.3, 0.38], [0.54, 0.62]]),
        ("inverse", 4, TWO_BY_TWO, [[0.4, 0.44], [0.52, 0.56]]),
        ("inverse", 5, TWO_BY_TWO, [[1.0, 0.8], [0.4, 0.2]]),
        # The nearest of 0, 1/7, ...; of 0, .2, ...; of 0, 1/3, ...; of 0, .5, 1; of 0, 1.
        ("quantise", 1, [[0.07, 0.08, 0.5, 0.96]], [[0, 1 / 7, 4 / 7, 1]]),
        ("quantise", 2, [[0.09, 0.11, 0.5, 0.96]], [[0, 0.2, 0.6, 1]]),
        ("quantise", 3, [[0.16, 0.17, 0.5, 0.84]], [[0, 1 / 3, 2 / 3, 1]]),
        ("quantise", 4, [[0.24, 0.25, 0.74, 0.75]], [[0, 0.5, 0.5, 1]]),
        ("quantise", 5, [[0.0, 0.49, 0.5, 0.51]], [[0, 0, 1, 1]]),
        # Of 8 columns the outer two on each side; of 6 the outer one, for 1.5 would cut a pixel.
        ("stripe", 5, [[0.2] * 6], [[0.8, 0.2, 0.2, 0.2, 0.2, 0.8]]),
        ("stripe", 1, [[0.5, 1, 0, 1, 0, 1, 0, 0.3]], [[0.5, 0.8, 0, 1, 0, 1, 0.2, 0.38]]),
        ("stripe", 3, [[0.5, 1, 0, 1, 0, 1, 0, 0.3]], [[0.5, 0.4, 0, 1, 0, 1, 0.6, 0.54]]),
        ("stripe", 5, [[0.5, 1, 0, 1, 0, 1, 0, 0.3]], [[0.5, 0, 0, 1, 0, 1, 1, 0.7]]),
        # Four pixels in two blocks; then in three blocks of 4/3: the first is .75 a + .25 b.
        ("pixelate", 3, [[1, 0.5, 0, 0.2]] * 4, [[0.75, 0.75, 0.1, 0.1]] * 4),
        ("pixelate", 1, [[1, 0, 0, 0]] * 4, [[0.75, 0.25, 0, 0]] * 4),
        ("pixelate", 5, np.transpose([[1, 0.5, 0, 0.2]] * 4), np.full((4, 4), 0.425)),
    ],
)
def test_value_by_hand(name, severity, image, expected):
    np.testing.assert_allclose(at(name, severity, image), expected, atol=1e-12)


@pytest.mark.parametrize(("severity", "blocks"), [(1, 24), (2, 20), (3, 16), (4, 12), (5, 8)])
def test_pixelate_draws_the_declared_blocks(severity, blocks):
    # 32 divides evenly into 16 and 8 blocks; otherwise pixels across an edge are mixtures.
    line = at("pixelate", severity, np.tile(np.arange(32.0), (32, 1)))[0]
    assert len(np.unique(line.round(9))) >= blocks
    assert np.linalg.matrix_rank(at("pixelate", severity, np.eye(32))) == blocks


@pytest.mark.parametrize("severity", SEVERITIES)
def test_blur_spreads_a_dot_by_the_declared_width(severity):
    side = 200
    width = side * [0.05, 0.075, 0.1, 0.125, 0.16][severity - 1]
    blurred = at("gaussian_blur", severity, dot(100, 100, side))
    columns = np.arange(side) - 100
    # scipy cuts the bell at 4 widths, and at severities 4 and 5 so does the image a little.
    measured = ((blurred.sum(axis=0) * columns**2).sum() / blurred.sum()) ** 0.5
    assert measured == pytest.approx(width, rel=0.06)
    assert blurred[100, 100] == pytest.approx(1 / (2 * np.pi * width**2), rel=0.01)


class TestTranslate:
    def test_moves_by_whole_pixels_without_a_trace(self):
        seen = {tuple(np.argwhere(at("translate", 4, dot(3, 4), seed))[0]) for seed in range(40)}
        assert seen == {(2, 4), (4, 4), (3, 3), (3, 5)}
        assert at("translate", 4, dot(3, 4)).max() == 1

    @pytest.mark.parametrize("severity", SEVERITIES)
    def test_moves_by_the_declared_distance_each_way(self, severity):
        distance = [0.25, 0.5, 0.75, 1, 1.5][severity - 1]
        image = dot(3, 4)
        moves = [middle(at("translate", severity, image, seed)) - (3, 4) for seed in range(200)]
        lengths = np.linalg.norm(moves, axis=1)
        np.testing.assert_allclose(lengths, distance, atol=1e-9)
        ways, counts = np.unique(np.sign(np.round(moves, 6)), axis=0, return_counts=True)
        assert len(ways) == 4
        assert counts.min() > 25

    def test_takes_in_no_ink_from_outside(self):
        moved = at("translate", 4, np.ones((8, 8)))
        assert sorted(moved.sum(axis=0)) in ([0] + [8] * 7, [7] * 8)


def moved(name, severity, row, column):
    """Where a spot goes, over both directions, as seen from the image's centre."""
    spots = [middle(at(name, severity, blob(row, column), seed)) - 32 for seed in range(12)]
    return np.unique(np.round(spots, 2), axis=0)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_rotate_turns_by_the_declared_angle_either_way(severity):
    angle = [0.1, 0.2, 0.3, 0.45, 0.6][severity - 1]
    up, down = moved("rotate", severity, 32, 52)
    expected = 20 * np.array([np.sin(angle), np.cos(angle)])
    np.testing.assert_allclose(down, expected, atol=0.05)
    np.testing.assert_allclose(up, expected * (-1, 1), atol=0.05)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_shear_moves_a_row_by_its_distance_to_the_middle(severity):
    slant = [0.1, 0.2, 0.3, 0.45, 0.6][severity - 1]
    left, right = moved("shear", severity, 22, 32)
    np.testing.assert_allclose([left, right], [(-10, -10 * slant), (-10, 10 * slant)], atol=0.05)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_scale_shrinks_towards_the_centre(severity):
    size = [0.95, 0.9, 0.85, 0.8, 0.7][severity - 1]
    (spot,) = moved("scale", severity, 22, 52)
    np.testing.assert_allclose(spot, (-10 * size, 20 * size), atol=0.05)
    wide = blob(32, 32, width=6)
    ink = at("scale", severity, wide).sum() / wide.sum()
    assert ink == pytest.approx(size**2, rel=0.02)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_occlusion_blanks_one_box_anywhere_inside(severity):
    side = severity + 1
    boxes = [
        np.argwhere(at("occlusion", severity, np.ones((8, 8)), seed) == 0) for seed in range(300)
    ]
    for box in boxes:
        assert len(box) == side**2
        assert (np.ptp(box, axis=0) == side - 1).all()
    corners = {tuple(box[0]) for box in boxes}
    assert len(corners) == (8 - side + 1) ** 2


def test_occlusion_leaves_the_rest():
    image = generator(1).random((8, 8)) + 0.1
    covered = at("occlusion", 2, image)
    np.testing.assert_array_equal(covered[covered > 0], image[covered > 0])
