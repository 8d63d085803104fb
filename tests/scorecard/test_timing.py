"""Latency from given times: quantiles by rank, the mixture with a fallback, and its file."""

import math

import numpy as np
import pytest

from mtkd.economics.study_figures import measure
from mtkd.files import write_json
from mtkd.metrics import Metric
from mtkd.scorecard import Figure
from mtkd.scorecard.names import FIGURES
from mtkd.scorecard.timing import (
    NAMES,
    Conditions,
    Times,
    as_json,
    latency_figures,
    quantile,
    unmeasured,
)


def times(student, teacher):
    at = Conditions(calls=len(student))
    return Times(np.array(student, float), np.array(teacher, float), at, "chip", 1, "torch 9")


@pytest.mark.parametrize(
    ("n", "share", "expected"),
    [
        (5, 0.5, (3, math.nan, math.nan)),  # 2 / 2^5 > .05: five calls bound no median
        (6, 0.5, (3, 1, 6)),  # 2 / 2^6 <= .05
        (100, 0.5, (50, 40, 61)),  # the ranks of the tables
        (71, 0.95, (68, 63, math.nan)),  # .95^71 > .025
        (72, 0.95, (69, 64, 72)),  # .95^72 < .025
    ],
)
def test_quantiles_and_their_intervals_are_ranks(n, share, expected):
    shuffled = np.random.default_rng(n).permutation(np.arange(1.0, n + 1))
    found = quantile(shuffled, share, "x")
    assert (found.metric.value, found.low, found.high) == pytest.approx(expected, nan_ok=True)
    assert found.metric == Metric(expected[0], n, "x")


def test_the_interval_holds_the_quantile_as_often_as_it_says():
    random, truth = np.random.default_rng(1), -math.log(0.05)
    found = [quantile(random.exponential(size=200), 0.95, "") for _ in range(1500)]
    held = np.mean([one.low <= truth <= one.high for one in found])
    assert 0.94 <= held <= 0.985


def test_figures_of_both_models_and_of_the_cascade():
    student, teacher = [1.0] * 90 + [2.0] * 10, [10.0] * 100
    by = {one.name: one.value for one in latency_figures(times(student, teacher), deferred=0.04)}
    assert by == {
        "latency_p50": 1,
        "latency_p95": 2,
        "teacher_latency_p50": 10,
        "teacher_latency_p95": 10,
        "fallback_latency_p50": 1,
        "fallback_latency_p95": 2,
        "latency_improvement_p50": 10,
        "latency_improvement_p95": 5,
    }
    by = {one.name: one.value for one in latency_figures(times(student, teacher), deferred=0.3)}
    assert (by["fallback_latency_p50"], by["fallback_latency_p95"]) == (1, 11)
    by = {one.name: one.value for one in latency_figures(times(student, teacher), deferred=1.0)}
    assert (by["fallback_latency_p50"], by["fallback_latency_p95"]) == (11, 12)
    by = {one.name: one for one in latency_figures(times(student, teacher), 1.0, asked=False)}
    assert (by["fallback_latency_p50"].value, by["fallback_latency_p95"].value) == (10, 10)
    assert by["fallback_latency_p50"].convention.startswith("teacher alone")


def test_every_condition_is_stated():
    (found,) = {one.convention for one in latency_figures(times([1] * 80, [2] * 80), 0.0)[:2]}
    for word in ("cpu (chip, 1 threads)", "batch 1", "80 calls after 20 to warm up", "torch 9"):
        assert word in found


def test_too_few_calls_are_marked_and_no_calls_are_no_figures():
    found = {one.name: one for one in latency_figures(times([1] * 50, [2] * 50), 0.0)}
    assert found["latency_p95"].caution == "50 calls do not bound it on both sides"
    assert found["fallback_latency_p95"].caution == found["latency_p95"].caution
    assert not found["latency_p50"].caution
    assert set(found) == set(NAMES) == {one.name for one in unmeasured("why")}
    assert all(one.n == 0 and math.isnan(one.value) for one in unmeasured("why"))
    assert all(FIGURES[name].layer == "economics" for name in NAMES)


def test_the_file_is_what_breakeven_reads(first, tmp_path):
    import shutil

    run = shutil.copytree(first, tmp_path / "run")
    measured = times([1] * 80, [2] * 80)
    figures = latency_figures(measured, 0.25)
    content = as_json(measured, figures, {"student": "kl-id", "deferral_rate": 0.25})
    write_json(run / "latency.json", content)
    found = {figure.key: figure.value for figure in measure(run).found}
    assert found["evidence.student_p95_ms"] == 1
    assert found["evidence.teacher_p95_ms"] == 2
    assert content["fallback_p95_ms"] == 3
    assert (content["batch"], content["warm_up"], content["calls"]) == (1, 20, 80)
    assert isinstance(figures[0], Figure)
