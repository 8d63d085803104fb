import math

import numpy as np
import pytest

from mtkd.fallback import (
    Cascade,
    confidence_curve,
    normalised_deferral_gain,
    operate,
    oracle_curve,
    random_curve,
)


@pytest.mark.parametrize("seed", range(20))
def test_curves_join_the_ends_and_stay_below_the_oracle(seed):
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 60))
    confidence = np.ceil(random.random(n) * 8) / 8
    cascade = Cascade(confidence, random.random(n) < 0.6, random.random(n) < 0.8)
    ends = [cascade.student_right.mean(), cascade.teacher_right.mean()]
    best = oracle_curve(cascade)
    for curve in (confidence_curve(cascade), random_curve(cascade), best):
        np.testing.assert_allclose(curve.accuracy[[0, -1]], ends)
        assert (curve.deferred[0], curve.deferred[-1]) == (0, 1)
        for share in np.linspace(0, 1, 11):
            assert curve.at(share) <= best.at(share) + 1e-12
    gain = normalised_deferral_gain(cascade).value
    assert math.isnan(gain) or gain <= 1 + 1e-12


@pytest.mark.parametrize("threshold", [None, 0.0, 0.35, 0.6, 0.9, 1.0])
def test_a_curve_goes_through_every_threshold(threshold):
    random = np.random.default_rng(3)
    confidence = np.ceil(random.random(40) * 20) / 20
    cascade = Cascade(confidence, random.random(40) < 0.6, random.random(40) < 0.8)
    found = operate(cascade, threshold)
    assert confidence_curve(cascade).at(found.deferred) == pytest.approx(found.accuracy.value)
