"""Break-even by hand, at the edges where a verdict turns, and what it refuses."""

import math

import numpy as np
import pytest

from mtkd.economics import (
    Case,
    break_even_months,
    evaluate,
    monthly_items,
    payback_months,
    savings,
    verdict,
)

# 10,000 requests: 0.05 x 0.8 = 400 avoided, 20 + 30 + 12.5 + 60 / 6 = 72.5 to pay.
GENERIC = Case(
    requests=10_000,
    teacher_price=0.05,
    student_price=0.002,
    training_cost=1310,
    hosting=30,
    fallback_share=0.2,
    monitoring=12.5,
    refresh_cost=60,
    refresh_months=6,
)


def test_a_month_by_hand():
    assert monthly_items(GENERIC) == {
        "teacher bill avoided": pytest.approx(400),
        "student's requests": pytest.approx(-20),
        "hosting": -30,
        "monitoring": -12.5,
        "refresh": -10,
    }
    outcome = evaluate(GENERIC)
    assert outcome.saving == pytest.approx(327.5)
    assert outcome.static_months == outcome.months == 4.0
    assert outcome.month == 4
    assert outcome.net == pytest.approx(36 * 327.5 - 1310)
    assert len(outcome.cumulative) == 37


def test_falling_prices_and_a_discount_by_hand():
    # Halved every month: 800, 400, 200 less 100 each; 21 % a year is 1.1 in six months.
    case = Case(100, 8, 1, 930, price_drop=0.5, price_drop_months=1)
    assert savings(case, 3) == pytest.approx([700, 300, 100])
    assert evaluate(case).months == pytest.approx(1 + 230 / 300)
    assert evaluate(case).month == 2
    discounted = Case(100, 8, 1, 930, discount=0.21)
    assert savings(discounted, 6)[5] == pytest.approx(700 / 1.1)
    assert savings(discounted, 12)[11] == pytest.approx(700 / 1.21)


def test_the_best_sum_is_where_a_month_stops_saving():
    outcome = evaluate(Case(100, 8, 1, 2000, price_drop=0.5, price_drop_months=1))
    assert outcome.best == pytest.approx(700 + 300 + 100)
    assert (outcome.month, outcome.best_month) in {(None, 3), (None, 4)}
    nothing = evaluate(Case(100, 1, 2, 2000))
    assert (nothing.best, nothing.best_month) == (0.0, 0)


@pytest.mark.parametrize(
    ("cost", "horizon", "months"), [(3500, 5, 5.0), (3501, 5, None), (3501, None, 5 + 1 / 700)]
)
def test_what_is_not_paid_back_within_the_horizon_never_is(cost, horizon, months):
    outcome = evaluate(Case(100, 8, 1, cost, horizon=horizon))
    assert outcome.months == (months if months is None else pytest.approx(months))
    assert outcome.static_months == pytest.approx(cost / 700)
    assert len(outcome.cumulative) == (horizon or 36) + 1


@pytest.mark.parametrize(
    ("teacher_price", "student_price", "requests", "cost", "expected"),
    [
        # 0.3 - 0.1 is less than 0.2 in floating point; months must still be exactly 6 and 12.
        (0.3, 0.1, 10, 12, 6.0),
        (0.3, 0.1, 10, 24, 12.0),
        (0.7, 0.6, 30, 18, 6.0),
        (1.1, 1.0, 70, 84, 12.0),
    ],
)
def test_rounding_moves_no_verdict(teacher_price, student_price, requests, cost, expected):
    outcome = evaluate(Case(requests, teacher_price, student_price, cost))
    assert outcome.static_months == outcome.months == expected
    assert outcome.month == expected


def test_money_that_cancels_to_a_rounding_error_saves_nothing():
    case = Case(1, 0.3, 0.1, 100, hosting=0.2)
    assert 0.3 - 0.1 - 0.2 != 0
    assert evaluate(case).saving == 0
    assert evaluate(case).verdict == "never"


@pytest.mark.parametrize(("saving", "months"), [(10.0, 0.0), (0.0, None), (-1.0, None)])
def test_a_free_training_pays_at_once_if_anything_is_saved(saving, months):
    outcome = evaluate(Case(1, saving, 0, 0) if saving >= 0 else Case(1, 0, -saving, 0))
    assert break_even_months(0, saving) == outcome.months == months


def test_payback_of_rows_by_hand():
    rows = np.array([[5.0, 3, 1, -4], [5, 5, 5, 5], [-1, -1, -1, -1], [0, 0, 0, 0], [1, 1, 1, 1]])
    found = payback_months(np.array([9.0, 10, 0, 0, 5]), rows)
    assert found.tolist() == [3.0, 2.0, math.inf, math.inf, math.inf]


def test_a_last_month_is_not_lost_to_rounding():
    tenths = np.full(10, 0.1)
    assert tenths.cumsum()[-1] < 1
    assert payback_months(1.0, tenths) == 10.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: break_even_months(-1, 5), "training_cost must not be negative, got -1"),
        (lambda: break_even_months(1, math.nan), "must be finite, got 1 and nan"),
        (lambda: break_even_months(math.inf, 1), "must be finite, got inf and 1"),
        (lambda: verdict(-0.5), "must not be negative, got -0.5; give None for never"),
        (lambda: verdict(math.nan), "must not be negative, got nan"),
    ],
)
def test_says_what_it_cannot_answer(call, words):
    with pytest.raises(ValueError, match=words):
        call()
