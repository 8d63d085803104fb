"""What is compared between models, of which each answers with tokens of its own."""

import numpy as np
import pytest

import mtkd.metrics as m
from mtkd.token_predictions import TokenPredictions, shared_candidates

WORDS, COUNT = 900, 200


def sure_of(token):
    """A model that gives one token .9 everywhere and the rest evenly; the reference is 0."""
    probs = np.full((COUNT, WORDS), 0.1 / (WORDS - 1))
    probs[:, token] = 0.9
    order = np.argsort(-probs, axis=1, kind="stable")[:, :64]
    return TokenPredictions(
        ids=np.arange(COUNT),
        labels=np.zeros(COUNT, dtype=np.int32),
        sequences=np.arange(COUNT) // 4,
        classes=order.astype(np.int32),
        log_probs=np.log(np.take_along_axis(probs, order, 1)).astype(np.float32),
        label_log_probs=np.log(probs[:, 0]).astype(np.float32),
        label_ranks=(probs > probs[:, :1]).sum(1).astype(np.int32),
        vocabulary=WORDS,
    )


def cast(student, control, teacher=10):
    said = [sure_of(token) for token in (student, control, teacher)]
    candidates = shared_candidates(said[2:])
    labels = np.zeros(COUNT, dtype=np.int64)
    return [m.Predictions(one.reduced(candidates), labels, pooled=True) for one in said]


@pytest.mark.parametrize(
    ("student", "control", "shared"), [(500, 700, 0), (10, 10, COUNT), (10, 700, 0)]
)
def test_answers_that_are_no_candidates_are_not_taken_for_one(student, control, shared):
    ours, theirs, teacher = cast(student, control)
    counts = m.error_taxonomy(m.Committee([teacher], ours, theirs, 0.8))
    assert counts["shared"].value == shared


def test_differences_are_over_what_all_models_were_asked():
    """Student and control are sure of tokens that nobody else names: there nothing differs."""
    ours, theirs, teacher = cast(500, 700)
    cell = m.Inheritance(m.Pair(teacher, ours), m.Pair(teacher, theirs))
    along, square = cell.products
    folded = [
        np.column_stack([one.probs[:, :-2], one.probs[:, -2:].sum(1)])
        for one in (ours, teacher, theirs)
    ]
    away = folded[1] - folded[2]
    np.testing.assert_allclose(along, ((folded[0] - folded[2]) * away).sum(1), atol=1e-12)
    np.testing.assert_allclose(square, (away**2).sum(1))
    assert np.abs(along).max() < 1e-3 < 1 < square.min()
    joint = m.joint_slopes(m.Committee([teacher], ours, theirs, 0.8)).slopes[0]
    assert joint.value == pytest.approx(m.inheritance_slope_vector(cell).value)
