"""Worked figures that were computed elsewhere."""

import json
import math
from pathlib import Path

import pytest

from mtkd.economics import (
    Case,
    break_even_months,
    evaluate,
    memory_reduction,
    monthly_saving,
    savings,
    verdict,
    weight_bytes,
)

FIGURES = json.loads((Path(__file__).parent.parent / "reference" / "economics.json").read_text())
FALLING = FIGURES["falling_price"]


def near(value):
    return value if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("case", FIGURES["break_even"], ids=str)
def test_static_break_even(case):
    months = break_even_months(case["training"], case["saving"])
    assert months == near(case["months"])
    assert verdict(months) == case["verdict"]


@pytest.mark.parametrize("when", ["now", "then"])
def test_a_lower_price_turns_2_months_into_12(when):
    figures = FIGURES["price_example"]
    saving = figures[f"api_{when}"] - figures["student_monthly"]
    assert break_even_months(figures["training"], saving) == near(figures[f"months_{when}"])


def test_the_price_example_fits_the_fall_that_is_told():
    figures = FIGURES["price_example"]
    assert figures["api_then"] * (1 - figures["drop"]) == pytest.approx(figures["api_now"])


def falling_case(start):
    return Case(
        requests=1,
        teacher_price=start,
        student_price=0,
        hosting=FALLING["student_monthly"],
        training_cost=FALLING["training"],
        price_drop=FALLING["drop"],
        price_drop_months=FALLING["months"],
    )


@pytest.mark.parametrize("case", FALLING["cases"], ids=lambda case: f"start {case['start']}")
def test_break_even_with_falling_prices(case):
    outcome = evaluate(falling_case(case["start"]))
    assert outcome.month == case["month"]
    if case["month"] is not None:
        assert outcome.cumulative[case["month"]] == near(case["cumulative"])
        assert outcome.cumulative[case["month"] - 1] < FALLING["training"]
    if case["best"] is not None:
        assert outcome.best == near(case["best"])
        assert outcome.verdict == "never"
        assert outcome.static_months == near(12.0)


def test_prices_fall_by_the_same_factor_every_month():
    bill = savings(falling_case(3000), 25) + FALLING["student_monthly"]
    assert (bill[1:] / bill[:-1]).tolist() == [near(FALLING["monthly_factor"])] * 24
    assert bill[24] == near(3000 * 0.2)


@pytest.mark.parametrize("case", FIGURES["fallback"]["cases"], ids=lambda c: c["fallback_share"])
def test_break_even_with_fallback(case):
    names = ("requests", "teacher_price", "student_price", "hosting", "fallback_share")
    inputs = {name: case[name] for name in names}
    outcome = evaluate(Case(training_cost=case["training"], **inputs))
    assert outcome.saving == near(case["saving"])
    assert outcome.static_months == near(case["months"])
    assert outcome.months == near(case["months"])


@pytest.mark.parametrize("case", FIGURES["refresh"]["cases"], ids=lambda c: c["refresh_months"])
def test_break_even_with_retraining(case):
    refreshed = Case(
        requests=1,
        teacher_price=case["saving"],
        student_price=0,
        training_cost=case["training"],
        refresh_cost=case["refresh_cost"],
        refresh_months=case["refresh_months"],
    )
    assert evaluate(refreshed).static_months == near(case["months"])
    without = monthly_saving(refreshed) + case["refresh_cost"] / case["refresh_months"]
    assert float(without) == near(case["saving"])


def test_int4_sizes():
    figures = FIGURES["int4"]
    assert memory_reduction() == near(figures["memory_reduction_vs_fp16"])
    assert weight_bytes(1.5e9, 4) / 1e9 == near(figures["weights_gb_1_5B_int4"])
    assert weight_bytes(1.5e9, 4) / 2**30 == near(figures["weights_gib_1_5B_int4"])
    assert weight_bytes(7e9, 16) / 1e9 == near(figures["weights_gb_7B_fp16"])
    assert weight_bytes(7e9, 4) / 1e9 == near(figures["weights_gb_7B_int4"])


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (0, "proceed"),
        (6, "proceed"),
        (math.nextafter(6, 7), "think carefully"),
        (12, "think carefully"),
        (math.nextafter(12, 13), "almost certainly the wrong tool"),
        (None, "never"),
        (math.inf, "never"),
    ],
)
def test_bounds_belong_to_the_better_side(months, expected):
    assert verdict(months) == expected
