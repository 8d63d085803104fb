import math

import numpy as np
import pytest

from mtkd.fallback import Cascade, Costs, cascade_latency, gap_recovered, share_needed
from tests.fallback.traffic import stand_in


def test_costs_by_hand():
    costs = Costs(student=1, teacher=25, error=10, router=0.5)
    assert costs.cascade(0.3, 0.1) == pytest.approx(1 + 7.5 + 1)
    assert costs.prerouter(0.3, 0.1) == pytest.approx(0.7 + 7.5 + 0.5 + 1)
    np.testing.assert_allclose(costs.cascade([0, 1]), [1, 26])
    assert costs.largest_deferral == 0.96


def test_below_the_largest_deferral_a_cascade_is_cheaper():
    costs = Costs(student=2, teacher=5)
    assert costs.cascade(costs.largest_deferral) == pytest.approx(5)
    assert math.isnan(Costs(1, 0).largest_deferral)


def test_latency_is_a_mixture_of_two():
    found = cascade_latency(10, 100, deferred=0.06)
    assert (found.mean, found.p50, found.p95) == (pytest.approx(16), 10, 110)
    assert cascade_latency(10, 100, deferred=0.04).p95 == 10
    assert cascade_latency(10, 100, deferred=0.6).p50 == 110


def test_latency_of_measured_times():
    # Half of (1, 3) as it is, half of it plus 10 or 20: cumulated .25 .5 .625 .75 .875 1.
    found = cascade_latency([3, 1], [20, 10], deferred=0.5)
    assert (found.mean, found.p50, found.p95) == (2 + 0.5 * 15, 3, 23)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Costs(-1, 2), "cost of student must be a finite number from 0, got -1"),
        (lambda: Costs(1, math.nan), "cost of teacher must be a finite number from 0, got nan"),
        (lambda: Costs(1, 2, error=math.inf), "cost of error must be a finite number"),
        (lambda: cascade_latency(1, [2, -3], 0.5), "latency of teacher must be a finite.*got -3"),
        (lambda: cascade_latency([], 1, 0.5), "latency of student must be one time"),
        (lambda: cascade_latency(1, 1, 1.5), r"deferred must be a share in \[0, 1\], got 1.5"),
        (lambda: gap_recovered(stand_in(), -0.1), "deferred must be a share"),
        (lambda: share_needed(stand_in(), 0), r"recovered must lie in \(0, 1\], got 0"),
        (lambda: Cascade([0.5, 2], [True] * 2, [True] * 2), "confidence row 1 is 2.0"),
        (lambda: Cascade([0.5], [True], [True] * 2), r"correctness must be \[1\], got \(2,\)"),
        (lambda: Cascade([0.5], [1], [True]), "must be booleans"),
    ],
)
def test_what_cannot_be_meant(call, words):
    with pytest.raises(ValueError, match=words):
        call()
