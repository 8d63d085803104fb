"""Fitting and applying a temperature, and inheritance at matched sharpness."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import mtkd.metrics as m
from tests.metrics.worlds import random_cell, random_models, random_probs


def test_two_classes_have_a_closed_form():
    # A margin of 3 that is right 4 times of 5 is calibrated where 1 / (1 + e^(-3/T)) = 4/5.
    log_probs = np.log([[1 / (1 + math.e**-3), 1 / (1 + math.e**3)]] * 5)
    found = m.fit_temperature(log_probs, np.array([0, 0, 1, 0, 0]))
    assert found.value == pytest.approx(3 / math.log(4), abs=1e-9)
    assert found.n == 5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_minimises_the_nll(seed):
    rng = np.random.default_rng(seed)
    logits = 3 * rng.normal(size=(200, 5))
    soft = m.from_logits(logits / 2.3)
    labels = np.array([rng.choice(5, p=row) for row in soft])
    log_probs = np.log(m.from_logits(logits))
    found = m.fit_temperature(log_probs, labels).value

    def loss(log_temperature):
        return m.nll(m.apply_temperature(log_probs, math.exp(log_temperature)), labels).value

    best = minimize_scalar(loss, bounds=(-2, 3), method="bounded", options={"xatol": 1e-9})
    assert found == pytest.approx(math.exp(best.x), rel=1e-5)
    assert found == pytest.approx(2.3, rel=0.25)


def test_it_stops_at_its_ends():
    log_probs = np.log([[0.9, 0.1], [0.2, 0.8]])
    assert m.fit_temperature(log_probs, [0, 1]).value == pytest.approx(0.01)
    assert m.fit_temperature(log_probs, [1, 0]).value == pytest.approx(100)
    assert m.fit_temperature(log_probs, [1, 0], highest=7.0).value == pytest.approx(7)
    assert m.fit_temperature(np.log([[0.5, 0.5]]), [0]).value == 1


def test_applying_it():
    log_probs = np.log([[0.8, 0.2]])
    np.testing.assert_allclose(m.apply_temperature(log_probs, 1.0), [[0.8, 0.2]])
    # At 2 the odds 4 become their root 2.
    np.testing.assert_allclose(m.apply_temperature(log_probs, 2.0), [[2 / 3, 1 / 3]])
    with np.errstate(divide="ignore"):
        impossible = np.log([[1.0, 0.0]])
    np.testing.assert_allclose(m.apply_temperature(impossible, 3.0), [[1.0, 0.0]])
    assert m.fit_temperature(np.vstack([impossible, log_probs]), [0, 1]).n == 2


def test_sharpened_keeps_labels_and_top_answers():
    (model,) = random_models(70, models=1)
    softer = m.sharpened(model, 4.0)
    np.testing.assert_array_equal(softer.predicted, model.predicted)
    np.testing.assert_array_equal(softer.labels, model.labels)
    assert (softer.confidence < model.confidence).all()


def test_matched_sharpness_leaves_the_teacher_and_its_errors_raw():
    cell = random_cell(71)
    matched = m.sharpness_matched(cell, 3.0, 0.5)
    assert matched.teacher is cell.teacher
    assert m.excess_ceir(matched).n == m.excess_ceir(cell).n
    assert m.ceir(matched.student) == m.ceir(
        m.Pair(cell.teacher, m.sharpened(cell.student.model, 3.0), cell.student.tau)
    )
    assert m.ceir(matched.student).value < m.ceir(cell.student).value
    assert m.ceir(matched.control).value > m.ceir(cell.control).value
    same = m.sharpness_matched(cell, 1.0, 1.0)
    assert m.transferred_wrong_mass(same).value == pytest.approx(
        m.transferred_wrong_mass(cell).value
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: m.fit_temperature(np.empty((0, 2)), []), "needs validation items, got none"),
        (lambda: m.fit_temperature([[0.5, 0.5]], [0]), r"exp\(log_probs\) row 0 is off"),
        (lambda: m.fit_temperature(np.log([[0.5, 0.5]]), [2]), "labels row 0 is 2"),
        (lambda: m.apply_temperature(np.log([[0.5, 0.5]]), 0), "must be positive, got 0"),
        (lambda: m.apply_temperature(np.log([[0.5, 0.5]]), math.nan), "must be positive, got nan"),
    ],
)
def test_bad_calls_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_tempered_rows_are_the_tempered_table(monkeypatch):
    rng = np.random.default_rng(12)
    logs = np.log(random_probs(rng, 30, 4)).astype(np.float32)
    expected = m.apply_temperature(logs, 1.7)
    np.testing.assert_array_equal(m.Answers(m.TemperedRows(logs, 1.7)).probs, expected)
    monkeypatch.setattr("mtkd.metrics.predictions.KEPT", 0)
    monkeypatch.setattr("mtkd.metrics.blocks.BLOCK", 9)
    large = m.Answers(m.TemperedRows(m.LogRows(logs).logs, 1.7))
    np.testing.assert_allclose(large.probs, expected, rtol=1e-15)
    np.testing.assert_allclose(large.confidence, expected.max(axis=1), rtol=1e-15)


@pytest.mark.parametrize("block", [1, 9, 10**6])
def test_the_size_of_blocks_does_not_move_the_temperature(block, monkeypatch):
    rng = np.random.default_rng(13)
    probs, labels = random_probs(rng, 30, 4), rng.integers(0, 4, 30)
    expected = m.fit_temperature(np.log(probs), labels)
    model = m.Predictions(probs, labels)
    monkeypatch.setattr("mtkd.metrics.blocks.BLOCK", block)
    assert m.fit_temperature(model.log_rows, labels) == expected
    assert m.fit_temperature(np.log(probs), labels) == expected
