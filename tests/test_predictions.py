"""Prediction files: what is written comes back, and nothing broken is ever read as numbers."""

from dataclasses import replace

import numpy as np
import pytest

from mtkd.predictions import Predictions, UnreadablePredictions

ADVICE = "the command that ran the study computes it again"


@pytest.fixture
def predictions():
    probs = np.array([[0.7, 0.2, 0.1], [0.25, 0.25, 0.5]])
    log_probs = np.log(probs).astype(np.float32)
    return Predictions(np.array([5, -9]), np.array([0, -1]), log_probs)


@pytest.fixture
def path(predictions, tmp_path):
    predictions.save(tmp_path / "predictions" / "clean.npz")
    return tmp_path / "predictions" / "clean.npz"


def test_what_is_saved_comes_back_bit_by_bit(predictions, path):
    loaded = Predictions.load(path)
    for name in ("ids", "labels", "log_probs"):
        before, after = getattr(predictions, name), getattr(loaded, name)
        assert before.dtype == after.dtype
        np.testing.assert_array_equal(before, after)
    assert len(loaded) == 2


def test_probabilities_are_float64_and_sum_to_one_exactly_enough(predictions):
    assert predictions.probs.dtype == np.float64
    np.testing.assert_allclose(predictions.probs.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(predictions.probs[0], [0.7, 0.2, 0.1], rtol=1e-6)


def test_only_the_file_itself_is_left_in_the_folder(path):
    assert [file.name for file in path.parent.iterdir()] == ["clean.npz"]


@pytest.mark.parametrize("kept", [0, 10, 200, -1])
def test_a_truncated_file_is_named_with_what_to_do(path, kept):
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(UnreadablePredictions, match="cannot be used") as error:
        Predictions.load(path)
    assert str(path) in str(error.value)
    assert f"delete it; {ADVICE}" in str(error.value)
    assert "\n" not in str(error.value)


def test_garbled_numbers_are_noticed(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(UnreadablePredictions):
        Predictions.load(path)


def test_any_flipped_bit_is_noticed_or_changes_nothing(predictions, path):
    content, said = path.read_bytes(), []
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << (6 if place == 65 else place % 8)
        path.write_bytes(bytes(flipped))
        try:
            found = Predictions.load(path)
        except UnreadablePredictions as error:
            said.append(str(error))
            continue
        for name in ("ids", "labels", "log_probs"):
            np.testing.assert_array_equal(getattr(found, name), getattr(predictions, name))
    assert said
    assert not any("\n" in sentence for sentence in said)


def test_one_array_without_a_name_is_no_prediction_file(tmp_path):
    with (tmp_path / "one.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(UnreadablePredictions, match="it holds one array without a name"):
        Predictions.load(tmp_path / "one.npz")


@pytest.mark.parametrize(
    ("field", "values", "words"),
    [
        ("ids", ["a", "b"], "ids must be integers, got <U1"),
        ("ids", [1.5, 2.0], "ids must be integers, got float64"),
        ("labels", [0.5, 1.0], "labels must be integers, got float64"),
        ("labels", ["x", "y"], "labels must be integers, got <U1"),
        ("log_probs", [["a"] * 3] * 2, "log_probs must be floats, got <U1"),
        ("log_probs", [[0, -99, -99]] * 2, "log_probs must be floats, got int64"),
    ],
)
def test_fields_of_another_type_are_refused(predictions, path, field, values, words):
    fields = {name: getattr(predictions, name) for name in ("ids", "labels", "log_probs")}
    np.savez(path, **fields | {field: np.array(values)})
    with pytest.raises(UnreadablePredictions, match=words):
        Predictions.load(path)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(UnreadablePredictions, match=f"does not exist; {ADVICE}"):
        Predictions.load(tmp_path / "clean.npz")


def test_pickled_objects_are_never_loaded(tmp_path):
    np.savez(tmp_path / "evil.npz", ids=np.array([{}], dtype=object), labels=[0], log_probs=[[0.0]])
    with pytest.raises(UnreadablePredictions, match="Object arrays cannot be loaded"):
        Predictions.load(tmp_path / "evil.npz")


def test_a_file_with_a_field_missing_says_which(tmp_path):
    np.savez(tmp_path / "half.npz", ids=[0], labels=[0])
    with pytest.raises(UnreadablePredictions, match="it has no log_probs"):
        Predictions.load(tmp_path / "half.npz")


@pytest.mark.parametrize(
    ("ids", "labels", "probs", "words"),
    [
        ([1, 2], [0], [[0.5, 0.5]], r"ids \(2,\), labels \(1,\) and log_probs \(1, 2\)"),
        ([1], [0], [0.5, 0.5], r"must be \[item\], \[item\] and \[item, classes\]"),
        ([1, 2], [0, 0], [[0.5, 0.5], [np.nan, 0.5]], "log_probs of item 1 are NaN"),
        ([1, 2], [0, 0], [[0.5, 0.5], [0.5, 0.6]], "item 1 sum to 1.1, expected 1"),
        ([1, 2], [0, 0], [[0.5, 0.5], [0.5, 0.502]], "item 1 sum to 1.002, expected 1"),
        ([1], [2], [[0.5, 0.5]], r"labels must lie in -1\.\.1, got 2"),
        ([1, 2], [-2, 0], [[0.5, 0.5], [0.5, 0.5]], r"labels must lie in -1\.\.1, got -2"),
    ],
)
def test_unusable_arrays_are_refused_with_what_is_wrong(ids, labels, probs, words):
    with pytest.raises(ValueError, match=words):
        Predictions(np.array(ids), np.array(labels), np.log(np.array(probs)))


def test_an_impossible_class_is_allowed():
    with np.errstate(divide="ignore"):
        log_probs = np.log(np.array([[1.0, 0.0]]))
    assert Predictions(np.array([1]), np.array([0]), log_probs).probs.tolist() == [[1.0, 0.0]]


def test_where_a_model_is_silent_is_kept_with_it(predictions, path):
    assert Predictions.load(path).present is None
    replace(predictions, present=np.array([True, False])).save(path)
    found = Predictions.load(path)
    assert found.present.tolist() == [True, False]
    assert found.take(np.array([1])).present.tolist() == [False]


@pytest.mark.parametrize("present", [np.array([1, 0]), np.array([True])])
def test_presence_is_one_boolean_for_each_item(predictions, present):
    with pytest.raises(ValueError, match=r"present must be booleans \(2,\)"):
        replace(predictions, present=present)
