"""Every format against numbers counted by hand from `files.PROBS`."""

import math

import numpy as np
import pytest

from mtkd.audit import lay_out, read_told
from mtkd.metrics import Pair, Predictions, ceir
from mtkd.predictions import Predictions as Stored
from mtkd.results import score_study
from tests.audit.files import ANIMALS, LABELS, PROBS, audited, write_csv, write_npz, write_parquet

MODELS = {"student": "s", "teacher": "t", "control": "c", "placebo": "p"}


def parquet_file(folder, model):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    return write_parquet(folder / f"{model}.parquet", model, parquet, pyarrow)


def trial_folder(folder, model):
    write_npz(folder / model / "predictions" / "clean.npz", model, log=True)
    return folder / model


FORMATS = {
    "csv": lambda folder, m: write_csv(folder / f"{m}.csv", m),
    "log csv": lambda folder, m: write_csv(folder / f"{m}.csv", m, prefix="log_p_"),
    "names": lambda folder, m: write_csv(folder / f"{m}.csv", m, prefix="", classes=ANIMALS),
    "npz": lambda folder, m: write_npz(folder / f"{m}.npz", m),
    "log npz": lambda folder, m: write_npz(folder / f"{m}.npz", m, log=True),
    "parquet": parquet_file,
    "trial": trial_folder,
}


def options(folder, write, models=MODELS):
    words = []
    for role, model in models.items():
        words += [f"--{role}", f"{model}={write(folder, model)}"]
    return words


def scored(folder, write, models=MODELS):
    folder.mkdir(exist_ok=True)
    found = audited(*options(folder, write, models))
    lay_out(found, folder / "run")
    return score_study(folder / "run")


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_numbers_counted_by_hand(kind, tmp_path):
    results = scored(tmp_path, FORMATS[kind])

    def value(metric, model="s"):
        return results.value(model, "student" if model in "sc" else model, "clean", metric)

    # Of a, b and e the student repeats a and b (0.9 is tau), its control a, both nothing of c.
    assert value("inheritance/t/ceir") == pytest.approx(2 / 3)
    assert value("inheritance/t/control_ceir") == pytest.approx(1 / 3)
    assert value("inheritance/t/excess_ceir") == pytest.approx(1 / 3)
    assert value("inheritance/t/dd_ceir") == pytest.approx(1 / 3)
    assert value("inheritance/t/fate_inherited_unsure") == pytest.approx(1 / 3)
    # Moved to t's wrong label: a .02, b .8, c .1, e .4.
    moved = (0.02 + 0.8 + 0.1 + 0.4) / 4
    assert value("inheritance/t/transferred_wrong_mass") == pytest.approx(moved)
    assert value("accuracy") == pytest.approx(2 / 6)
    assert value("confident_wrong_rate") == pytest.approx(2 / 6)
    assert value("accuracy", "t") == pytest.approx(2 / 6)
    assert value("confident_wrong_rate", "t") == pytest.approx(3 / 6)
    mean_nll = -sum(math.log(p[k]) for p, k in zip(PROBS["s"], LABELS, strict=True)) / 6
    assert value("nll") == pytest.approx(mean_nll)
    assert results.items("s", "student", "clean", "inheritance/t/ceir") == 3
    assert not [problem for problem in results.problems if "validation" not in problem.name]


def test_formats_can_be_mixed(tmp_path):
    mixed = {"s": "npz", "t": "csv", "c": "log npz", "p": "trial"}
    results = scored(tmp_path, lambda folder, model: FORMATS[mixed[model]](folder, model))
    assert results.value("s", "student", "clean", "inheritance/t/dd_ceir") == pytest.approx(1 / 3)


def test_permuted_rows_and_columns_give_identical_results(tmp_path):
    orders = {"s": (0, 1, 2, 3, 4, 5), "t": (5, 3, 1, 0, 2, 4), "c": (1, 0, 3, 2, 5, 4)}
    columns = {"s": ("0", "1", "2"), "t": ("2", "0", "1"), "c": ("1", "0", "2")}

    def permuted(folder, model):
        path = folder / f"{model}.csv"
        return write_csv(path, model, orders.get(model, (4, 2, 0, 5, 3, 1)), classes=columns["t"])

    straight = scored(tmp_path / "straight", FORMATS["csv"])
    other = scored(tmp_path / "permuted", permuted)
    assert len(other.rows) > 100
    np.testing.assert_equal(list(map(tuple, other.rows)), list(map(tuple, straight.rows)))
    assert repr(other.estimates) == repr(straight.estimates)


def test_class_names_in_another_order_are_matched_by_name(tmp_path):
    orders = {"s": ANIMALS, "t": ("eel", "cat", "dog"), "c": ("dog", "eel", "cat"), "p": ANIMALS}

    def shuffled(folder, m):
        return write_csv(folder / f"{m}.csv", m, prefix="p_", classes=orders[m])

    results = scored(tmp_path, shuffled)
    assert results.value("s", "student", "clean", "inheritance/t/ceir") == pytest.approx(2 / 3)
    stored = Stored.load(tmp_path / "run/teachers/t/predictions/clean.npz")
    at = {tuple(np.round(row, 6)) for row in stored.probs}
    assert at == {tuple(row) for row in PROBS["t"]}


def test_a_confidence_comes_back_as_it_was(tmp_path):
    sure = np.arange(500, 1000) / 1000
    items = np.arange(len(sure))
    probs = np.stack([sure, 1 - sure], axis=1)
    np.savez(tmp_path / "s.npz", ids=items, labels=0 * items, probs=probs)
    logs = read_told(tmp_path / "s.npz").log_probs
    np.testing.assert_allclose(np.exp(logs)[:, 0], sure, rtol=3e-16)
    short = logs.astype(np.float32).astype(np.float64)
    assert (np.exp(short)[:, 0] < sure - 1e-9).any()  # float32 would put some below tau


def test_agrees_with_the_metrics_of_the_arrays():
    student, teacher = (Predictions(PROBS[name], list(LABELS)) for name in "st")
    assert ceir(Pair(teacher, student)).value == pytest.approx(2 / 3)


def test_what_a_teacher_does_not_say_is_nobodys_mistake(tmp_path):
    # Without b the student repeats one of two, its control too.
    speaks = np.array([True, False, True, True, True, True])

    def write(folder, model):
        more = {"present": speaks} if model == "t" else {}
        return write_npz(folder / f"{model}.npz", model, **more)

    results = scored(tmp_path, write)
    assert results.value("s", "student", "clean", "inheritance/t/ceir") == pytest.approx(1 / 2)
    assert results.items("s", "student", "clean", "inheritance/t/ceir") == 2
    assert results.value("t", "t", "clean", "accuracy") == pytest.approx(2 / 5)
    assert results.value("t", "t", "clean", "spoke") == pytest.approx(5 / 6)


@pytest.mark.parametrize(
    ("model", "present", "words"),
    [
        (
            "s",
            [True, False] * 3,
            r"s.npz row 2 \(id b\) has no answer \(present is false\), and ",
        ),
        ("c", [True, False] * 3, "it is the control; only a teacher may be silent"),
        ("t", [1, 0] * 3, r"present is int64 \(6,\), expected booleans \(6,\)"),
        ("t", [True], r"present is bool \(1,\), expected booleans \(6,\)"),
    ],
)
def test_who_may_not_be_silent_is_named(model, present, words, tmp_path):
    def write(folder, name):
        more = {"present": np.array(present)} if name == model else {}
        return write_npz(folder / f"{name}.npz", name, **more)

    with pytest.raises(ValueError, match=words):
        scored(tmp_path, write)
