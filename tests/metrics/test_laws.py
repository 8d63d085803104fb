"""Laws that every exported metric of one model keeps, found by the names of its parameters.

A new metric gets these checks by being exported.
"""

import math

import numpy as np
import pytest

import mtkd.metrics as m
from tests.metrics.discovery import same, taking
from tests.metrics.worlds import random_models, random_probs, subset

TOP_LABEL = taking("predictions", "truth")
ALL_CLASSES = taking("probs", "labels")
OOD = taking("id_scores", "ood_scores")
SPLIT_BY_ROW = {m.equal_mass_ece, m.debiased_l2, m.debiased_l2_squared, m.ece_sweep}
"""Equal-mass bins cut through equal confidences in row order; they say so."""


def test_the_laws_found_their_metrics():
    assert [len(group) for group in (TOP_LABEL, ALL_CLASSES, OOD)] == [29, 5, 5]


@pytest.mark.parametrize("metric", TOP_LABEL)
class TestEveryTopLabelMetric:
    def test_nothing_gives_nan_with_n_zero(self, metric):
        for empty in (
            metric(np.empty((0, 3)), np.empty(0, int)),
            metric(np.empty(0), np.empty(0, bool)),
        ):
            assert math.isnan(empty.value)
            assert empty.n == 0

    def test_probabilities_with_labels_are_confidences_with_correctness(self, metric):
        (model,) = random_models(1, models=1)
        same(metric(model.probs, model.labels), metric(model.confidence, model.correct))

    @pytest.mark.parametrize("step", [None, 0.1])
    def test_row_order_does_not_matter(self, metric, step):
        if step and metric in SPLIT_BY_ROW:
            assert "stable order" in metric(np.array([0.5]), np.array([True])).convention
            return
        (model,) = random_models(2, models=1, step=step)
        rows = np.random.default_rng(0).permutation(len(model))
        same(metric(model.probs, model.labels), metric(model.probs[rows], model.labels[rows]))

    def test_short_floats_give_the_same_number(self, metric):
        (model,) = random_models(3, models=1)
        short = metric(model.probs.astype(np.float32), model.labels)
        exact = metric(model.probs, model.labels)
        assert short.value == pytest.approx(exact.value, abs=2e-5, nan_ok=True)

    def test_one_item_does_not_crash(self, metric):
        assert metric(np.array([0.7]), np.array([True])).n <= 1
        assert metric(np.array([0.7]), np.array([False])).n <= 1

    def test_it_says_how_it_was_defined(self, metric):
        assert metric(np.array([0.7, 0.8]), np.array([True, False])).convention


@pytest.mark.parametrize("metric", TOP_LABEL + ALL_CLASSES)
class TestEveryMetricOfOneModel:
    def test_logits_are_refused_not_softmaxed(self, metric):
        with pytest.raises(ValueError, match=r"row 0 has a negative entry .*use from_logits"):
            metric(np.array([[2.0, -1.0], [0.5, 0.5]]), np.array([0, 1]))

    def test_nan_is_refused_with_its_row(self, metric):
        with pytest.raises(ValueError, match="row 1 holds NaN or infinity"):
            metric(np.array([[0.5, 0.5], [np.nan, 0.5]]), np.array([0, 1]))

    def test_a_label_out_of_range_is_refused_with_its_row(self, metric):
        with pytest.raises(ValueError, match="labels row 1 is -1, expected 0 to 1; leave out"):
            metric(np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([0, -1]))


@pytest.mark.parametrize("metric", ALL_CLASSES)
class TestEveryMetricOfAllClasses:
    def test_nothing_gives_nan_with_n_zero(self, metric):
        empty = metric(np.empty((0, 3)), np.empty(0, int))
        assert math.isnan(empty.value)
        assert empty.n == 0

    def test_row_order_does_not_matter(self, metric):
        (model,) = random_models(4, models=1, step=0.1)
        rows = np.random.default_rng(0).permutation(len(model))
        same(metric(model.probs, model.labels), metric(model.probs[rows], model.labels[rows]))


@pytest.mark.parametrize("metric", OOD)
class TestEveryOodMetric:
    def test_a_missing_side_gives_nan_with_n_zero(self, metric):
        for scores in (([], [0.5]), ([0.5], []), ([], [])):
            assert math.isnan(metric(*scores).value)
            assert metric(*scores).n == 0

    def test_only_the_order_of_scores_matters(self, metric):
        rng = np.random.default_rng(11)
        inside, outside = rng.integers(0, 9, 30) / 10, rng.integers(3, 12, 20) / 10
        same(metric(inside, outside), metric(np.exp(inside[::-1]), np.exp(outside)))

    def test_an_infinite_score_is_refused_with_its_row(self, metric):
        with pytest.raises(ValueError, match="ood_scores row 1 is inf, expected a finite score"):
            metric([0.1], [0.2, np.inf])

    def test_a_table_is_refused(self, metric):
        with pytest.raises(ValueError, match=r"id_scores must be \[n\], got \(1, 2\)"):
            metric([[0.1, 0.2]], [0.2])


def test_quantised_probabilities_really_tie():
    probs = random_probs(np.random.default_rng(0), 60, 4, step=0.1)
    np.testing.assert_allclose(probs.sum(axis=1), 1)
    assert len(np.unique(probs.max(axis=1).round(9))) < 12
    assert subset(random_models(0)[0], np.arange(3)).probs.shape == (3, 4)
