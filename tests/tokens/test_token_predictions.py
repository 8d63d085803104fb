"""What is stored of a position, and the few outcomes that models are compared on."""

from dataclasses import replace

import numpy as np
import pytest

from mtkd.metrics import Predictions as Labelled
from mtkd.predictions import Predictions, UnreadablePredictions
from mtkd.token_predictions import (
    NEAR,
    TokenPredictions,
    load_predictions,
    shared_candidates,
)

WORDS = 12


def said(seed=0, n=40, kept=WORDS, sharpness=2.0):
    """Predictions from random logits, and the whole distributions behind them."""
    random = np.random.default_rng(seed)
    logits = sharpness * random.normal(size=(n, WORDS))
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    labels = np.random.default_rng(99).integers(0, WORDS, n)
    order = np.argsort(-log_p, axis=1)[:, :kept]
    rows = np.arange(n)
    return log_p, TokenPredictions(
        ids=rows,
        labels=labels,
        sequences=rows // 4,
        classes=order.astype(np.int32),
        log_probs=np.take_along_axis(log_p, order, 1).astype(np.float32),
        label_log_probs=log_p[rows, labels].astype(np.float32),
        label_ranks=(log_p > log_p[rows, labels][:, None]).sum(1).astype(np.int32),
        vocabulary=WORDS,
    )


@pytest.mark.parametrize("kept", [WORDS, 6])
def test_reduced_outcomes_keep_confidence_answer_and_reference(kept):
    log_p, model = said(kept=kept)
    _, teacher = said(seed=1, kept=kept)
    probs = model.reduced(shared_candidates([teacher]))
    np.testing.assert_allclose(probs.sum(1), 1)
    answers = Labelled(probs, np.zeros(len(model), int), pooled=True)
    np.testing.assert_allclose(answers.confidence, np.exp(log_p.max(1)), rtol=1e-5)
    np.testing.assert_allclose(
        answers.label_probs, np.exp(log_p[range(40), model.labels]), rtol=1e-5
    )
    assert (answers.correct == (log_p.argmax(1) == model.labels)).all()


def test_two_models_agree_exactly_where_their_top_tokens_are_one():
    (_, teacher), (log_q, student) = said(seed=1), said(seed=2)
    candidates = shared_candidates([teacher])
    both = [
        Labelled(one.reduced(candidates), np.zeros(40, int), pooled=True)
        for one in (teacher, student)
    ]
    same = teacher.classes[:, 0] == student.classes[:, 0]
    assert ((both[0].predicted == both[1].predicted) == same).all()
    mass = both[1].probs[np.arange(40), both[0].predicted]
    np.testing.assert_allclose(mass, np.exp(log_q[np.arange(40), teacher.classes[:, 0]]), rtol=1e-5)


def test_candidates_are_the_reference_and_the_top_tokens_each_once():
    _, one = said(seed=1)
    _, other = said(seed=2)
    tokens = shared_candidates([one, other])
    assert tokens.shape == (40, 1 + 2 * NEAR)
    assert (tokens[:, 0] == one.labels).all()
    for row, (first, second) in enumerate(zip(one.classes, other.classes, strict=True)):
        there = tokens[row][tokens[row] >= 0]
        assert len(set(there)) == len(there)
        assert set(there) == {one.labels[row], *first[:NEAR], *second[:NEAR]}


def test_a_place_without_a_candidate_holds_nothing():
    _, model = said(kept=6)
    tokens = shared_candidates([model])
    nobody = np.full((40, 1), -1)
    found = model.reduced(np.concatenate([tokens, nobody], axis=1))
    assert (found[:, tokens.shape[1]] == 0).all()
    others = np.delete(found, tokens.shape[1], axis=1)
    np.testing.assert_allclose(others, model.reduced(tokens), rtol=0, atol=1e-12)


def test_scaling_is_exact_when_everything_is_kept():
    log_p, model = said()
    scaled = model.scaled(1.7)
    expected = log_p / 1.7 - np.log(np.exp(log_p / 1.7).sum(1, keepdims=True))
    np.testing.assert_allclose(
        scaled.label_log_probs, expected[np.arange(40), model.labels], rtol=1e-5
    )
    np.testing.assert_allclose(np.exp(scaled.log_probs).sum(1), 1, rtol=1e-5)
    assert (scaled.classes == model.classes).all()


def test_the_mass_that_is_not_kept_is_spread_evenly_before_it_is_scaled():
    _, model = said(kept=5)
    probs = np.exp(model.log_probs[0].astype(float))
    each = (1 - probs.sum()) / (WORDS - 5)
    scaled = np.concatenate([probs, np.full(WORDS - 5, each)]) ** (1 / 2.5)
    expected = np.log(scaled / scaled.sum())[:5]
    np.testing.assert_allclose(model.scaled(2.5).log_probs[0], expected, rtol=1e-4)


def test_the_temperature_undoes_a_sharpening():
    log_p, _ = said(seed=3, n=4000, sharpness=1.0)
    draws = np.random.default_rng(0).random((4000, 1))
    labels = (np.exp(log_p).cumsum(1) < draws).sum(1)
    sharp = log_p * 2 - np.log(np.exp(log_p * 2).sum(1, keepdims=True))
    order = np.argsort(-sharp, axis=1)
    rows = np.arange(4000)
    model = TokenPredictions(
        rows,
        labels,
        rows,
        order.astype(np.int32),
        np.take_along_axis(sharp, order, 1).astype(np.float32),
        sharp[rows, labels].astype(np.float32),
        np.zeros(4000, np.int32),
        WORDS,
    )
    assert model.temperature().value == pytest.approx(2, abs=0.1)


def test_what_is_saved_is_what_is_loaded(tmp_path):
    _, model = said(kept=4)
    model.save(tmp_path / "t.npz")
    again = load_predictions(tmp_path / "t.npz")
    assert isinstance(again, TokenPredictions)
    for name, values in vars(model).items():
        np.testing.assert_array_equal(vars(again)[name], values)


@pytest.mark.parametrize(("vocabulary", "bytes_each"), [(2**8, 1), (2**16, 2), (2**16 + 1, 4)])
def test_tokens_take_no_more_bytes_than_the_vocabulary_needs(vocabulary, bytes_each, tmp_path):
    model = said()[1]
    last = np.where(model.classes == 0, vocabulary - 1, model.classes).astype(np.int32)
    replace(model, classes=last, vocabulary=vocabulary).save(tmp_path / "t.npz")
    assert np.load(tmp_path / "t.npz")["classes"].itemsize == bytes_each
    again = load_predictions(tmp_path / "t.npz").classes
    assert again.dtype == np.int32
    assert (again == last).all()


def test_a_classifiers_file_is_recognised(tmp_path):
    Predictions(np.arange(2), np.array([0, 1]), np.log(np.full((2, 2), 0.5))).save(
        tmp_path / "p.npz"
    )
    assert isinstance(load_predictions(tmp_path / "p.npz"), Predictions)


def test_whoever_needs_a_classifier_is_told(tmp_path):
    said()[1].save(tmp_path / "t.npz")
    with pytest.raises(UnreadablePredictions, match=r"t\.npz holds tokens of a language model"):
        Predictions.load(tmp_path / "t.npz")


@pytest.mark.parametrize(
    ("field", "values", "words"),
    [
        ("classes", [["a"]], "Cannot cast"),
        ("classes", [[0.5]], "Cannot cast"),
        ("labels", ["x"], "labels must be integers, got <U1"),
        ("labels", [0.5], "labels must be integers, got float64"),
        ("log_probs", [["a"]], "log_probs must be floats, got <U1"),
        ("vocabulary", "many", "invalid literal"),
        ("vocabulary", [2, 3], "only .* can be converted"),
    ],
)
def test_fields_of_another_type_are_refused_with_their_file(field, values, words, tmp_path):
    path, (_, model) = tmp_path / "t.npz", said(n=1, kept=1)
    model.save(path)
    with np.load(path) as stored:
        np.savez(path, **dict(stored) | {field: np.array(values)})
    with pytest.raises(UnreadablePredictions, match=words) as caught:
        load_predictions(path)
    assert str(caught.value).startswith(f"prediction file {path} cannot be used (")


def test_damaged_fields_are_told():
    _, model = said()
    fields = vars(model)
    with pytest.raises(ValueError, match=r"kept mass of position 0 is .*, above 1"):
        TokenPredictions(**fields | {"log_probs": model.log_probs + 1})
    with pytest.raises(ValueError, match=r"labels must lie in 0\.\.11"):
        TokenPredictions(**fields | {"labels": model.labels + WORDS})
    with pytest.raises(ValueError, match="of one n"):
        TokenPredictions(**fields | {"ids": model.ids[1:]})
