import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from mtkd.fallback import Promise, largest_risk, smallest_risk
from tests.fallback.traffic import REFERENCE

RISKS = st.floats(0.005, 0.6)
CONFIDENCES = st.floats(0.5, 0.999)


@pytest.mark.parametrize(("risk", "confidence", "n"), REFERENCE["smallest_sample"])
def test_smallest_sample_is_the_published_one(risk, confidence, n):
    assert Promise(risk, confidence).smallest_sample == n


@settings(deadline=None, max_examples=50)
@given(RISKS, CONFIDENCES)
def test_smallest_sample_is_the_first_that_passes_without_errors(risk, confidence):
    promise = Promise(risk, confidence)
    n = promise.smallest_sample
    assert promise.p_values(0, n) <= promise.doubt * (1 + 1e-7)
    assert n == 1 or promise.p_values(0, n - 1) > promise.doubt * (1 - 1e-7)


@settings(deadline=None, max_examples=50)
@given(RISKS, CONFIDENCES)
def test_the_start_has_three_times_the_smallest_sample_and_room_for_the_same_errors(
    risk, confidence
):
    promise = Promise(risk, confidence)
    errors, size = promise.start_errors, promise.start_sample
    assert size >= 3 * promise.smallest_sample
    assert binom.cdf(errors, size, risk) <= promise.doubt < binom.cdf(errors + 1, size, risk)


def test_the_usual_start_is_exactly_three_times_the_smallest_sample():
    assert Promise(0.05, 0.9).start_sample == 135


def test_p_value_by_hand():
    # (1 - .1)^3 + 3 * .1 * .9^2: at most 1 error among 3.
    np.testing.assert_allclose(Promise(0.1).p_values(1, 3), 0.729 + 0.243)


def test_nothing_accepted_proves_nothing():
    np.testing.assert_array_equal(Promise(0.1).p_values([0, 0], [0, 1]), [1.0, 0.9])


@settings(deadline=None, max_examples=50)
@given(RISKS, st.integers(1, 300), st.data())
def test_p_value_falls_with_fewer_errors_more_items_and_looser_risk(risk, n, data):
    errors = data.draw(st.integers(0, n - 1))
    here = Promise(risk).p_values(errors, n)
    assert here <= Promise(risk).p_values(errors + 1, n) + 1e-12
    assert Promise(risk).p_values(errors, n + 1) <= here + 1e-12
    assert Promise(min(risk * 1.1, 0.9)).p_values(errors, n) <= here + 1e-12
    np.testing.assert_allclose(here, binom.cdf(errors, n, risk), atol=1e-12)


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 500), st.data(), st.floats(0.001, 0.4))
def test_bounds_are_the_rates_at_which_the_count_becomes_improbable(n, data, doubt):
    errors = data.draw(st.integers(0, n))
    high, low = largest_risk(errors, n, doubt), smallest_risk(errors, n, doubt)
    assert low <= errors / n <= high
    if errors < n:
        assert math.isclose(binom.cdf(errors, n, high), doubt, rel_tol=1e-6)
    if errors:
        assert math.isclose(binom.sf(errors - 1, n, low), doubt, rel_tol=1e-6)


def test_bounds_of_no_items_say_nothing():
    assert (smallest_risk(0, 0, 0.1), largest_risk(0, 0, 0.1)) == (0, 1)


@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 1.5, math.nan])
def test_a_promise_of_certainty_is_refused(value):
    with pytest.raises(ValueError, match=r"risk must lie strictly between 0 and 1, got .*finite"):
        Promise(value)
    with pytest.raises(ValueError, match=r"confidence must lie strictly.*certainty cannot"):
        Promise(0.1, value)


def test_more_errors_than_items_are_refused():
    with pytest.raises(ValueError, match="errors must lie in 0 to 3 accepted items, got 4"):
        largest_risk(4, 3, 0.1)
