"""Token and sequence level, against the fixture Q and by hand."""

import math

import numpy as np
import pytest

import mtkd.metrics as m
from tests.metrics.worlds import FIXTURES, close, value_at

TOKENS = [item["tok_logp"] for item in FIXTURES["Q"]]
RIGHT = [np.array(item["correct_tok"]) == 1 for item in FIXTURES["Q"]]
ANSWERS = np.array([item["answer_correct"] for item in FIXTURES["Q"]]) == 1


@pytest.mark.parametrize(
    ("how", "key"),
    [
        ("log_sum", "chow_sum_logprob"),
        ("log_mean", "chow_average"),
        ("product", "product_prob"),
        ("geometric_mean", "geometric_mean_prob"),
        ("minimum", "min_token_prob"),
    ],
)
def test_aggregations_of_the_fixture(how, key):
    known = value_at(["sequence/Q", "confidence_aggregations", "per_sequence"])
    expected = [math.nan if item[key] is None else item[key] for item in known]
    found = m.sequence_confidence(TOKENS, how)
    assert found.tolist() == pytest.approx(expected, abs=1e-9, nan_ok=True)
    assert how in m.AGGREGATIONS


def test_geometric_mean_is_the_default():
    default, named = m.sequence_confidence(TOKENS), m.sequence_confidence(TOKENS, "geometric_mean")
    np.testing.assert_array_equal(default, named)


@pytest.mark.parametrize(("quantile", "key"), [(0, "chow_quantile_0"), (0.5, "chow_quantile_0_5")])
def test_quantiles_of_the_fixture(quantile, key):
    known = value_at(["sequence/Q", "confidence_aggregations", "per_sequence"])
    expected = [math.nan if item[key] is None else item[key] for item in known]
    found = m.sequence_log_quantile(TOKENS, quantile)
    assert found.tolist() == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_token_ece_of_the_fixture():
    confidences = [np.exp(tokens) for tokens in TOKENS]
    found = m.micro(lambda c, a: m.ece(c, a, bins=10), confidences, RIGHT)
    known = value_at(["sequence/Q", "token_ece_micro_10"])
    close(found, known["numpy"])
    close(found, known["torchmetrics_binary"])
    assert found.n == known["n_tokens"]
    assert "micro" in found.convention


def test_sequence_auroc_of_the_fixture_drops_and_counts_the_empty():
    scores, right, dropped = m.drop_empty(m.sequence_confidence(TOKENS), ANSWERS)
    known = value_at(["sequence/Q", "sequence_auroc(geomean, empty sequence dropped and counted)"])
    close(m.auroc_errors(scores, right), known["sklearn"])
    assert dropped == known["n_dropped_empty"]
    assert len(scores) == len(right) == 4


def test_micro_weighs_tokens_and_macro_weighs_sequences():
    confidences = [np.array([0.9]), np.array([0.8, 0.8, 0.8]), np.empty(0)]
    correct = [np.array([True]), np.array([False, False, True]), np.empty(0, bool)]
    micro, macro = (f(m.accuracy, confidences, correct) for f in (m.micro, m.macro))
    assert (micro.value, micro.n) == (0.5, 4)
    assert macro.value == pytest.approx((1 + 1 / 3) / 2)
    assert macro.n == 2
    assert "1 undefined" in macro.convention


def test_no_sequences_and_only_empty_ones():
    for lists in (([], []), ([np.empty(0)], [np.empty(0, bool)])):
        for average in (m.micro, m.macro):
            found = average(m.accuracy, *lists)
            assert math.isnan(found.value)
            assert found.n == 0


def test_masked_positions_are_never_looked_at():
    probs = np.full((2, 3, 2), np.nan)
    probs[0, :2] = [[0.6, 0.4], [0.3, 0.7]]
    labels = np.full((2, 3), -100)
    labels[0, :2] = [0, 0]
    mask = np.zeros((2, 3), bool)
    mask[0, :2] = True
    confidence, correct = m.unpad(probs, labels, mask)
    assert [list(row) for row in confidence] == [[0.6, 0.7], []]
    assert [list(row) for row in correct] == [[True, False], []]
    mask[1, 0] = True
    with pytest.raises(ValueError, match="holds NaN"):
        m.unpad(probs, labels, mask)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: m.sequence_confidence([[0.5]]), "sequence 0: expected log-prob.* largest 0.5"),
        (lambda: m.sequence_confidence([[math.nan]]), "sequence 0: expected log-probabilities"),
        (lambda: m.sequence_confidence(TOKENS, "max"), "log_sum, .*minimum, got 'max'"),
        (lambda: m.sequence_log_quantile(TOKENS, 1.5), r"quantile must lie in \[0, 1\], got 1.5"),
        (lambda: m.micro(m.accuracy, [], [[True]]), "0 sequences, correctness of 1"),
        (lambda: m.unpad(np.ones((1, 2)), np.ones((1, 2)), np.ones((1, 2))), "expected probs"),
        (
            lambda: m.unpad(np.ones((1, 2, 2)), np.ones((1, 2)), np.ones((1, 2))),
            "mask must be booleans, got float64",
        ),
    ],
)
def test_bad_calls_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_logarithm_just_above_0_is_a_certain_token():
    assert m.sequence_confidence([[1e-7, 0.0]], "product").tolist() == [1.0]
    assert m.sequence_log_quantile([[1e-7]], 0.5).tolist() == [0.0]
