"""Prediction files that do not fit together, and those that do in spite of repeated inputs."""

import tracemalloc

import numpy as np
import pytest

from mtkd.metrics import Predictions, from_log_probs
from mtkd.predictions import Predictions as Stored
from mtkd.slices.matching import Mixture, aligned, said
from tests.fallback.run_folder import write_run
from tests.slices.run_folder import SIZE, compared, rewrite


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path / "run", SIZE, items=0)


UNLIKE = {
    "lacks 1 of the 300 ids of": {"ids": np.append(np.arange(SIZE - 1), 999)},
    "labels the id 7 1": {"labels": (np.arange(SIZE) == 7).astype(np.int64)},
    "has the id 0 of another row": {"ids": np.append(np.arange(1, SIZE), 0)},
}


@pytest.mark.parametrize("sentence", UNLIKE)
def test_files_about_other_items_are_refused_with_row_and_rule(sentence, folder):
    student = folder / "trials/kl-0/predictions/clean.npz"
    if "another row" in sentence:
        rewrite(student, ids=np.append(np.arange(SIZE - 1), 0))
        UNLIKE[sentence]["ids"] = np.roll(np.append(np.arange(SIZE - 1), 0), 1)
    rewrite(folder / "trials/plain-0/predictions/clean.npz", **UNLIKE[sentence])
    mine, other = (said((folder / "trials" / name,), "clean") for name in ("kl-0", "plain-0"))
    with pytest.raises(ValueError, match=r"clean\.npz") as error:
        aligned(mine, other)
    assert sentence in str(error.value)


def test_inputs_that_are_there_twice_are_matched_row_by_row(folder):
    ids = np.repeat(np.arange(SIZE // 2), 2)
    for name in ("kl-0", "plain-0"):
        rewrite(folder / "trials" / name / "predictions/clean.npz", ids=ids)
    rewrite(folder / "teachers/good/predictions/clean.npz", ids=ids)
    _, (clean, _), _ = compared(folder, against="control")
    np.testing.assert_array_equal(clean.ids, ids.astype(str))


def test_a_mixture_is_of_those_that_speak(folder):
    paths = [folder / "teachers" / name for name in ("good", "weak")]
    alone = [said((path,), "clean") for path in paths]
    whole = said(tuple(paths), "clean")
    mixed = whole.predictions()
    assert mixed.spoke is None
    speaks = np.arange(SIZE) % 3
    rewrite(paths[0] / "predictions/clean.npz", present=speaks > 0)
    rewrite(paths[1] / "predictions/clean.npz", present=speaks == 2)
    found = said(tuple(paths), "clean").predictions()
    np.testing.assert_array_equal(found.spoke, speaks > 0)
    first = alone[0].predictions().probs
    np.testing.assert_allclose(found.probs[speaks == 1], first[speaks == 1])
    np.testing.assert_allclose(found.probs[speaks == 2], mixed.probs[speaks == 2])


def test_where_a_reference_is_silent_nobody_is_better_or_worse(folder):
    speaks = np.arange(SIZE) % 2 == 0
    before = compared(folder, against="control")[1][0]
    rewrite(folder / "trials/plain-0/predictions/clean.npz", present=speaks)
    after = compared(folder, against="control")[1][0]
    np.testing.assert_array_equal(after.worse, before.worse & speaks)
    np.testing.assert_array_equal(after.better, before.better & speaks)
    assert before.better[~speaks].any()


def test_a_mixture_of_large_tables_is_their_mean_without_a_copy(monkeypatch):
    labels = np.zeros(40_000, dtype=np.int64)
    logits = np.random.default_rng(0).normal(size=(2, len(labels), 50))
    logs = np.log(np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)).astype(np.float32)
    models = [Stored(np.arange(len(labels)), labels, one) for one in logs]
    mean = np.stack([from_log_probs(one) for one in logs]).mean(axis=0)
    monkeypatch.setattr("mtkd.metrics.predictions.KEPT", 0)
    tracemalloc.start()
    found = Predictions(Mixture(models), labels)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(found.probs, mean)
    np.testing.assert_array_equal(found.confidence, mean.max(axis=1))
    assert peak < logs[0].nbytes
