"""Tables walked over in blocks give what whole ones give, from memory and from files."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mtkd.metrics as m
from mtkd.metrics import blocks, predictions
from mtkd.metrics.rows import ArrayRows
from tests.metrics.worlds import TAU, random_models, random_probs


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of one row, and no table small enough to be kept."""
    monkeypatch.setattr(blocks, "BLOCK", 1)
    monkeypatch.setattr(predictions, "KEPT", 0)


def everything(probs, labels):
    """All statistics of one teacher, student and control, as numbers."""
    teacher, student, control = (m.Predictions(table, labels) for table in probs)
    cell = m.Inheritance(m.Pair(teacher, student, TAU), m.Pair(teacher, control, TAU))
    committee = m.Committee([teacher, control], student, control, TAU)
    found = m.model_metrics(student, TAU) | m.inheritance_statistics(cell)
    found |= {f"credit{k}": part for k, part in enumerate(m.mass_proportional_credit(committee))}
    found["nll of a table"] = m.nll(probs[1], labels)
    found["brier of a table"] = m.brier(probs[1], labels)
    found["ece of a table"] = m.ece(probs[1], labels)
    return {name: metric.value for name, metric in found.items()}


@settings(max_examples=25, deadline=None)
@given(
    block=st.integers(1, 200),
    items=st.integers(0, 40),
    seed=st.integers(0, 9),
    short=st.booleans(),
)
def test_any_block_size_gives_the_same_numbers(block, items, seed, short):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, items)
    dtype = np.float32 if short else np.float64
    probs = [random_probs(rng, items, 4).astype(dtype) for _ in range(3)]
    whole = everything(probs, labels)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(blocks, "BLOCK", block)
        patched.setattr(predictions, "KEPT", 0)
        assert everything(probs, labels) == pytest.approx(whole, rel=1e-12, abs=1e-12, nan_ok=True)


def test_a_model_is_what_its_whole_table_says():
    (model,) = random_models(3, models=1)
    rows = np.arange(len(model))
    np.testing.assert_array_equal(model.predicted, model.probs.argmax(axis=1))
    np.testing.assert_array_equal(model.confidence, model.probs.max(axis=1))
    np.testing.assert_array_equal(model.label_probs, model.probs[rows, model.labels])
    np.testing.assert_allclose(model.squares, (model.probs**2).sum(axis=1), rtol=1e-14)
    np.testing.assert_array_equal(model.at(rows % 4), model.probs[rows, rows % 4])
    assert m.nll_of(model) == m.nll(model.probs, model.labels)
    assert m.brier_of(model).value == pytest.approx(m.brier(model.probs, model.labels).value)


GOOD = [0.25, 0.75]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([GOOD, GOOD, [np.nan, 0.5]], "row 2 holds NaN or infinity"),
        ([GOOD, [1.5, -0.5], [np.inf, 0.5]], "row 2 holds NaN or infinity"),
        ([GOOD, [0.5, 0.6], [1.5, -0.5]], r"row 2 has a negative entry \(sum 1\)"),
        ([GOOD, GOOD, GOOD, [0.5, 0.6]], r"row 3 is off \(sum 1.1\), expected"),
    ],
)
def test_broken_rows_are_named_whatever_the_blocks(table, words, monkeypatch):
    calls = (
        m.probabilities,
        m.Answers,
        lambda rows: m.Predictions(rows, np.zeros(len(table), int)),
        lambda rows: m.ece(rows, np.full(len(table), 9)),
    )
    for block in (1, 4, 1000):
        monkeypatch.setattr(blocks, "BLOCK", block)
        for call in calls:
            with pytest.raises(ValueError, match=words):
                call(np.array(table))


class TestFiles:
    table = random_probs(np.random.default_rng(0), 30, 5).astype(np.float32)

    def write(self, folder):
        np.save(folder / "one.npy", self.table)
        np.savez(folder / "two.npz", ids=np.arange(30), probs=self.table, logs=np.log(self.table))
        return folder / "one.npy", folder / "two.npz"

    def test_rows_of_a_file_are_those_of_the_array(self, tmp_path, small_blocks):
        one, two = self.write(tmp_path)
        labels = np.arange(30) % 5
        expected = m.model_metrics(m.Predictions(self.table, labels), TAU)
        for rows in (
            m.StoredRows(one),
            m.StoredRows(two, "probs"),
            m.StoredRows(str(two), "probs"),
        ):
            assert rows.shape == (30, 5)
            np.testing.assert_array_equal(rows.block(7, 99), self.table[7:])
            found = m.Predictions(rows, labels)
            np.testing.assert_array_equal(found.probs, m.probabilities(self.table))
            assert m.model_metrics(found, TAU) == pytest.approx(expected)

    def test_stored_logarithms_are_log_rows(self, tmp_path, small_blocks):
        _, two = self.write(tmp_path)
        found = m.Answers(m.LogRows(m.StoredRows(two, "logs")))
        expected = m.from_log_probs(np.log(self.table))
        np.testing.assert_array_equal(found.probs, expected)
        np.testing.assert_array_equal(found.confidence, expected.max(axis=1))
        assert m.LogRows(np.log(self.table)).name == "exp(log_probs)"

    def test_files_that_cannot_be_walked_over_are_refused(self, tmp_path):
        one, two = self.write(tmp_path)
        np.savez_compressed(tmp_path / "small.npz", probs=self.table)
        np.save(tmp_path / "columns.npy", np.asfortranarray(self.table))
        np.save(tmp_path / "things.npy", np.array([{}]), allow_pickle=True)
        (tmp_path / "text.npy").write_text("no array")
        cases = [
            (("none.npy",), "none.npy cannot be read"),
            (("text.npy",), "text.npy cannot be read"),
            (("one.npy", "probs"), "probs in .*one.npy cannot be read"),
            (("two.npz", "p"), "p in .*two.npz cannot be read .*no item named"),
            (("small.npz", "probs"), "it is compressed; write it with numpy.savez"),
            (("columns.npy",), "by columns or as objects, expected rows of numbers; save"),
            (("things.npy",), "by columns or as objects"),
        ]
        for (name, *member), words in cases:
            with pytest.raises(ValueError, match=words):
                m.StoredRows(tmp_path / name, *member)
        one.write_bytes(one.read_bytes()[:-8])
        with pytest.raises(ValueError, match=r"one.npy ends in row 29 of 30; write it again"):
            m.Answers(m.StoredRows(one))
        assert two.exists()


class Made(m.Rows):
    """Rows that are nowhere: a user's own storage."""

    def __init__(self, items, classes):
        self.shape, self.dtype = (items, classes), np.dtype(np.float32)

    def block(self, start, stop):
        table = np.full((stop - start, self.shape[1]), 0.5 / (self.shape[1] - 1), np.float32)
        table[:, 3] = 0.5
        return table


def test_a_large_table_never_exists_in_float64(monkeypatch):
    monkeypatch.setattr(predictions, "KEPT", 0)
    rows = Made(30_000, 400)  # 96 MB in float64
    tracemalloc.start()
    model = m.Predictions(rows, np.full(30_000, 3))
    found = [m.nll_of(model).value, m.classwise_ece(model.rows, model.labels).value]
    found.append(
        m.transferred_wrong_mass(m.Inheritance(*[m.Pair(model, model)] * 2), "right").value
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16e6
    assert found == pytest.approx([np.log(2), 1 / 400, 0], abs=1e-6)
    assert model.confidence[0] == pytest.approx(0.5)


def test_only_small_tables_are_copied(monkeypatch):
    table = np.array([[0.25, 0.75], [0.5, 0.5]])
    assert m.Answers(table).probs is not table
    assert not np.shares_memory(m.Answers(table).probs, table)
    monkeypatch.setattr(predictions, "KEPT", 3)
    large = m.Answers(table)
    assert isinstance(large.rows, ArrayRows)
    assert large.rows.values is table
    np.testing.assert_array_equal(large.probs, table)
