"""The gate: what is accepted, what is repaired, what is refused and with which words."""

import math

import numpy as np
import pytest

import mtkd.metrics as m

HALVES = np.array([[0.5, 0.5], [0.5, 0.5]])


@pytest.mark.parametrize(
    ("probs", "words"),
    [
        ([0.5, 0.5], r"probs must be \[n, classes\] with at least 2 classes, got \(2,\)"),
        ([[1.0]], r"at least 2 classes, got \(1, 1\)"),
        ([[0.5, 0.5], [0.5, 0.51]], r"row 1 is off \(sum 1.01\), .* within 1e-06; for logits use"),
        ([[0.5, 0.5], [1.2, -0.2]], r"row 1 has a negative entry \(sum 1\)"),
        ([[0.5, 0.5], [np.inf, 0.5]], "row 1 holds NaN or infinity, expected finite"),
        ([[np.nan, 0.5], [1.2, -0.2]], "row 0 holds NaN or infinity"),
    ],
)
def test_what_is_no_distribution_is_refused(probs, words):
    with pytest.raises(ValueError, match=words):
        m.probabilities(probs)


@pytest.mark.parametrize(
    ("dtype", "off", "accepted"),
    [
        (np.float64, 5e-7, True),
        (np.float64, 2e-6, False),
        (np.float32, 9e-4, True),
        (np.float32, 2e-3, False),
        (np.float16, 5e-4, True),
    ],
)
def test_rounding_is_forgiven_as_far_as_the_source_rounds(dtype, off, accepted):
    probs = np.array([[0.25 + off, 0.75]], dtype)
    if accepted:
        found = m.probabilities(probs)
        assert found.dtype == np.float64
        assert found.sum() == pytest.approx(1, abs=1e-15)
        assert found[0, 0] == pytest.approx((0.25 + off) / (1 + off), abs=2e-4)
    else:
        with pytest.raises(ValueError, match=r"row 0 is off \(sum 1\.00"):
            m.probabilities(probs)


def test_rows_that_sum_to_one_are_not_touched():
    probs = np.array([[0.88, 0.08, 0.04], [0.06, 0.88, 0.06], [0.1, 0.2, 0.7]])
    np.testing.assert_array_equal(m.probabilities(probs), probs)
    assert len(np.unique(m.probabilities(probs)[:2].max(axis=1))) == 1


def test_one_hot_integers_are_probabilities():
    assert m.probabilities([[1, 0], [0, 1]]).dtype == np.float64


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0], r"labels must be \[2\] like the rows of probs, got \(1,\)"),
        ([0.0, 1.0], "labels must be integers, got float64"),
        ([0, 2], "labels row 1 is 2, expected 0 to 1; leave out items"),
        ([-1, 0], "labels row 0 is -1, expected 0 to 1"),
    ],
)
def test_labels_are_checked(labels, words):
    with pytest.raises(ValueError, match=words):
        m.Predictions(HALVES, labels)


@pytest.mark.parametrize(
    ("confidence", "correct", "words"),
    [
        ([0.5, 1.2], [True, True], r"confidence row 1 is 1.2, expected a number in \[0, 1\]"),
        ([0.5, np.nan], [True, True], "confidence row 1 is nan"),
        ([-0.1, 0.2], [True, True], "confidence row 0 is -0.1"),
        ([0.5, 0.6], [0, 1], r"must be booleans \(right or wrong\), got int64; with labels pass"),
        ([0.5, 0.6], [True], r"correctness must be \[2\], got \(1,\)"),
    ],
)
def test_confidences_and_correctness_are_checked(confidence, correct, words):
    with pytest.raises(ValueError, match=words):
        m.top_label(confidence, correct)


def test_a_confidence_above_one_by_rounding_is_one():
    confidence, _ = m.top_label(np.array([1.0000001], np.float32), [True])
    assert confidence.tolist() == [1.0]


def test_top_label_takes_the_lowest_of_equal_classes():
    confidence, correct = m.top_label([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4]], [1, 1])
    assert confidence.tolist() == [0.4, 0.4]
    assert correct.tolist() == [False, True]


def test_from_log_probs_widens_checks_and_renormalises():
    logits = np.array([[30.0, 28.0, -5.0], [1.0, 2.0, 3.0]])
    exact = m.from_logits(logits)
    rounded = np.log(exact).astype(np.float32)
    found = m.from_log_probs(rounded)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-15)
    np.testing.assert_allclose(found, exact, atol=1e-6)
    assert m.from_log_probs([[0.0, -math.inf]]).tolist() == [[1.0, 0.0]]
    with pytest.raises(ValueError, match=r"exp\(log_probs\) row 0 is off"):
        m.from_log_probs(logits[:, :2] - 30)


def test_from_logits_is_a_float64_softmax():
    found = m.from_logits(np.array([[1.0, 0.0]], np.float16))
    assert found[0, 0] == pytest.approx(1 / (1 + math.exp(-1)), abs=1e-15)
    np.testing.assert_allclose(m.from_logits([[1000.0, 1000.0]]), [[0.5, 0.5]])
    with pytest.raises(ValueError, match="logits row 1 holds NaN or infinity, expected finite"):
        m.from_logits([[0.0, 1.0], [0.0, -np.inf]])


def test_answers_need_no_labels():
    answers = m.Answers([[0.2, 0.8], [0.9, 0.1]])
    assert len(answers) == 2
    assert answers.predicted.tolist() == [1, 0]
    assert answers.confidence.tolist() == [0.8, 0.9]
    assert answers.confident(0.9).tolist() == [False, True]


def test_same_items_names_models_and_row():
    ids = np.array([5, 7, 9])
    m.same_items({"teacher": ids, "student": ids.copy(), "control": ids})
    with pytest.raises(ValueError, match="teacher and student differ at row 1: items 7 and 8"):
        m.same_items({"teacher": ids, "student": [5, 8, 9]})
    with pytest.raises(ValueError, match="teacher has 3 items, control has 2; compare"):
        m.same_items({"teacher": ids, "student": ids, "control": [5, 7]})


def test_a_metric_of_nothing_cannot_have_a_value():
    with pytest.raises(ValueError, match=r"over 0 items must be NaN, got 0.0 \(rate\); an empty"):
        m.Metric(0.0, 0, "rate")
    with pytest.raises(ValueError, match="n must not be negative, got -1"):
        m.Metric(math.nan, -1, "rate")
    assert math.isnan(m.Metric(math.nan, 3, "rate").value)
