"""What must hold for every case: directions, units, and the plain formula as an anchor."""

import math
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtkd.economics import Case, evaluate, monthly_saving, payback_months, savings

MONEY = ("teacher_price", "student_price", "training_cost", "hosting", "monitoring", "refresh_cost")
WORSE_WHEN_HIGHER = (
    "student_price", "training_cost", "hosting", "fallback_share", "monitoring", "refresh_cost",
    "price_drop", "discount",
)  # fmt: skip
BETTER_WHEN_HIGHER = ("teacher_price", "refresh_months", "price_drop_months")

CASES = st.builds(
    Case,
    requests=st.floats(1e3, 1e8),
    teacher_price=st.floats(1e-4, 1e-1),
    student_price=st.floats(0, 1e-3),
    training_cost=st.floats(0, 1e6),
    hosting=st.floats(0, 1e4),
    fallback_share=st.floats(0, 1),
    monitoring=st.floats(0, 1e3),
    refresh_cost=st.floats(0, 1e4),
    refresh_months=st.floats(1, 36),
    price_drop=st.floats(0, 0.99),
    price_drop_months=st.floats(6, 60),
    discount=st.floats(0, 0.5),
    horizon=st.sampled_from([None, 6, 36]),
)
laws = settings(max_examples=20, deadline=None, derandomize=True)


def months(case):
    found = evaluate(case).months
    return math.inf if found is None else found


@pytest.mark.parametrize("name", WORSE_WHEN_HIGHER)
@laws
@given(case=CASES, more=st.floats(0, 1))
def test_a_higher_cost_or_share_never_shortens_break_even(name, case, more):
    value = asdict(case)[name]
    limit = 0.99 if name == "price_drop" else 1.0
    shares = ("fallback_share", "price_drop")
    higher = value + more * (limit - value) if name in shares else value * (1 + more)
    assert months(replace(case, **{name: higher})) >= months(case) - 1e-6


@pytest.mark.parametrize("name", BETTER_WHEN_HIGHER)
@laws
@given(case=CASES, more=st.floats(0, 2))
def test_a_dearer_or_steadier_teacher_never_lengthens_it(name, case, more):
    higher = replace(case, **{name: asdict(case)[name] * (1 + more)})
    assert months(higher) <= months(case) + 1e-6


@laws
@given(case=CASES, factor=st.sampled_from([1e-3, 0.5, 7.0, 1e4]))
def test_months_do_not_know_the_currency(case, factor):
    scaled = replace(case, **{name: factor * asdict(case)[name] for name in MONEY})
    assert months(scaled) == pytest.approx(months(case), rel=1e-6, abs=1e-6)
    assert evaluate(scaled).verdict == evaluate(case).verdict


@laws
@given(case=CASES)
def test_steady_prices_give_the_static_formula(case):
    steady = evaluate(replace(case, price_drop=0.0, discount=0.0, horizon=None))
    cost, saving = case.training_cost, float(monthly_saving(case))
    if saving <= 0:
        assert steady.months is None
    elif cost / saving <= 1000:
        assert steady.months == pytest.approx(cost / saving, rel=1e-9, abs=1e-8)
        assert steady.month == math.ceil(round(cost / saving, 9))
        assert steady.verdict == steady.static_verdict


@laws
@given(case=CASES)
def test_the_month_is_the_first_whose_sum_reaches_the_cost(case):
    outcome, sum_so_far = evaluate(case), 0.0
    for month in range(1, (case.horizon or 60) + 1):
        factor = (1 - case.price_drop) ** ((month - 1) / case.price_drop_months)
        avoided = case.requests * case.teacher_price * (1 - case.fallback_share) * factor
        costs = case.requests * case.student_price + case.hosting + case.monitoring
        costs += case.refresh_cost / case.refresh_months
        sum_so_far += (avoided - costs) / (1 + case.discount) ** (month / 12)
        if outcome.month is not None and abs(sum_so_far - case.training_cost) > 1e-3:
            assert (month >= outcome.month) == (sum_so_far >= case.training_cost) or (
                month > outcome.month and sum_so_far < case.training_cost
            )
        elif outcome.month is None:
            assert sum_so_far < case.training_cost + 1e-3 or case.training_cost < 1e-3


@laws
@given(case=CASES, shares=st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_many_cases_at_once_are_each_by_itself(case, shares):
    together = replace(case, fallback_share=np.array(shares))
    found = payback_months(case.training_cost, savings(together, 36))
    alone = [
        float(payback_months(case.training_cost, savings(replace(case, fallback_share=s), 36)))
        for s in shares
    ]
    assert found.tolist() == alone
