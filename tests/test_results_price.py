"""The price of not knowing a shift: by hand, by brute force, and where it must be nothing."""

import math
import tracemalloc

import numpy as np
import pytest
from scipy.stats import binom

from mtkd.metrics import LogRows, Metric, Predictions, fit_temperature
from mtkd.results import STUDENT, score_study
from mtkd.results.models import Model, Opinions
from mtkd.results.price import (
    RISK,
    clean_threshold,
    price_rows,
    temperature_price,
    threshold_price,
)
from tests.report.synthetic import CLEAN, NOISE, OOD, Synthetic


def two_classes(confidences, right):
    """Answers of class 0 with these confidences, of which some are right."""
    sure = np.array(confidences, dtype=float)
    return Predictions(np.stack([sure, 1 - sure], axis=1), np.where(right, 0, 1))


def drawn(seed, n=400, sharpness=2.0):
    """Random answers over four classes, of which a sharper or duller model would know more."""
    random = np.random.default_rng(seed)
    logits, labels = random.normal(size=(n, 4)), random.integers(0, 4, n)
    logits[np.arange(n), labels] += sharpness
    probs = np.exp(3 * logits)
    return Predictions(probs / probs.sum(1, keepdims=True), labels)


class TestThreshold:
    # 20 right answers at .9, then one wrong at .8, 19 right at .7, two wrong at .6.
    HELD_OUT = two_classes(
        [0.9] * 20 + [0.8] + [0.7] * 19 + [0.6] * 2, [1] * 20 + [0] + [1] * 19 + [0] * 2
    )

    def test_is_the_loosest_within_the_target(self):
        # At .8: 1 of 21 = .048; at .7: 1 of 40; at .6: 3 of 42 = .071.
        assert clean_threshold(self.HELD_OUT) == pytest.approx(0.7)

    def test_is_not_there_if_the_surest_answers_are_wrong(self):
        wrong = two_classes([0.9] * 10 + [0.6] * 10, [0] * 10 + [1] * 10)
        assert clean_threshold(wrong) is None
        found = threshold_price("x", wrong, None)
        assert found["coverage"] == Metric(0.0, 20, found["coverage"].convention)
        assert math.isnan(found["risk_excess"].value)
        assert math.isnan(found["broken"].value)
        assert found["coverage_change"].value == 0

    def test_price_by_hand(self):
        # Accepted at .7: 30 of 40, 6 wrong. Knowing the items: the 10 at .95, none of them wrong.
        shifted = two_classes(
            [0.95] * 10 + [0.75] * 20 + [0.55] * 10, [1] * 10 + [0] * 6 + [1] * 14 + [1] * 10
        )
        found = threshold_price("x", shifted, 0.7)
        assert found["risk"].value == pytest.approx(0.2)
        assert found["risk"].n == 30
        assert found["risk_excess"].value == pytest.approx(0.15)
        assert found["coverage"].value == pytest.approx(0.75)
        assert found["coverage_known"].value == pytest.approx(0.25)
        assert found["coverage_change"].value == pytest.approx(-0.5)
        assert found["broken"].value == 1

    def test_too_much_care_is_a_price_below_nothing(self):
        said = two_classes([0.9] * 50, [0] + [1] * 49)
        assert threshold_price("x", said, 0.5)["risk_excess"].value == pytest.approx(-0.03)

    @pytest.mark.parametrize("errors", range(8))
    def test_is_broken_where_so_many_errors_would_be_rare(self, errors):
        said = two_classes([0.9] * 60, [0] * errors + [1] * (60 - errors))
        rare = binom.sf(errors - 1, 60, RISK) < 0.1
        assert threshold_price("x", said, 0.5)["broken"].value == rare

    def test_knowing_the_items_keeps_the_target(self):
        said = drawn(3)
        share = threshold_price("x", said, 0.3)["coverage_known"].value
        order = np.argsort(-said.confidence)[: round(share * len(said))]
        assert said.wrong[order].mean() <= RISK
        more = np.argsort(-said.confidence)[: round(share * len(said)) + 1]
        assert said.wrong[more].mean() > RISK


class TestTemperature:
    def test_is_never_better_than_the_items_own(self):
        for seed in range(5):
            for clean in (0.3, 1.0, 2.9, 10.0):
                assert temperature_price(drawn(seed), clean, "clean")["nll"].value >= 0

    def test_costs_nothing_if_it_is_their_own(self):
        said = drawn(1)
        own = fit_temperature(said.log_rows, said.labels)
        found = temperature_price(said, own.value, "clean")
        assert f"T = {own.value:.4g} of clean items - T" in found["nll"].convention
        assert found["temperature_known"] == own
        assert found["nll"].value == 0
        assert found["ece"].value == 0

    def test_by_brute_force(self):
        said = drawn(2)

        def nll(temperature):
            probs = said.probs ** (1 / temperature)
            probs /= probs.sum(1, keepdims=True)
            return -np.log(probs[np.arange(len(probs)), said.labels]).mean()

        lowest = min(nll(temperature) for temperature in np.linspace(1, 3, 4001))
        found = temperature_price(said, 1.0, "validation")
        assert found["nll"].value == pytest.approx(nll(1.0) - lowest, abs=1e-6)
        assert found["nll"].n == 400
        # The true logits are two thirds of these: its own temperature mends calibration as well.
        assert found["ece"].value > 0.02

    def test_of_a_large_table_is_the_same_without_a_copy_of_it(self, monkeypatch):
        small = drawn(4, 30_000)
        logs = np.log(np.repeat(small.probs, 10, axis=1) / 10).astype(np.float32)
        expected = temperature_price(Predictions(LogRows(logs), small.labels), 1.5, "clean")
        monkeypatch.setattr("mtkd.metrics.predictions.KEPT", 0)
        large = Predictions(LogRows(logs), small.labels)
        tracemalloc.start()
        found = temperature_price(large, 1.5, "clean")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found == expected
        assert peak < 1.5 * logs.nbytes


def model(raw, unlabelled=None):
    said = Opinions(raw, unlabelled or {})
    return Model(said, said, Metric(1.0, 10, "fixed"))


def named(rows, domain):
    return {row.metric: row for row in rows if row.domain == domain}


class TestRows:
    def test_are_about_every_domain_but_validation(self):
        said = {"validation": drawn(0), "clean": drawn(1), "rotate@1": drawn(2)}
        rows = list(price_rows("t", model(said, {"odd": drawn(3)})))
        assert {row.domain for row in rows} == {"clean", "rotate@1", "odd"}
        assert {row.model for row in rows} == {STUDENT}
        assert set(named(rows, "odd")) == {"price/coverage"}
        above = drawn(3).confidence >= clean_threshold(said["validation"])
        assert named(rows, "odd")["price/coverage"].value == pytest.approx(above.mean())

    def test_without_validation_choose_on_clean_items(self):
        rows = list(price_rows("t", model({"clean": drawn(1), "rotate@1": drawn(2)})))
        clean = named(rows, "clean")
        assert clean["price/coverage_change"].value == 0

    def test_of_pooled_outcomes_have_no_temperature(self):
        pooled = Predictions(drawn(1).probs, np.zeros(400, dtype=int), pooled=True)
        rows = named(price_rows("t", model({"validation": drawn(0), "clean": pooled})), "clean")
        assert "price/risk" in rows
        assert "price/nll" not in rows


def test_stand_in_the_results_of_a_study(tmp_path):
    results = score_study(Synthetic(tmp_path, domains=(CLEAN, NOISE, OOD)).write())
    for group in results.groups:
        for trial in group.trials:
            assert results.value(trial.id, STUDENT, "gaussian_noise@3", "price/nll") >= 0
            assert results.items(trial.id, STUDENT, "inverted", "price/coverage") == 120
