from dataclasses import replace

import numpy as np
import pytest

from mtkd.fallback.choice import choose
from mtkd.predictions import Predictions
from tests.fallback.run_folder import fallback, trial, write_run


@pytest.mark.parametrize("name", [None, "C1", "kl · good", "kl0", "kl"])
def test_a_student_by_any_of_its_names(demo, name):
    assert choose(demo, name).student.id == "kl0"


def test_a_cell_by_the_name_that_a_run_prints(tmp_path):
    long = [trial("jsd-uniform", seed) | {"name": f"jsd-uniform-seed{seed}"} for seed in (0, 1)]
    folder = write_run(tmp_path, n=30, trials=long)
    assert choose(folder, "jsd-uniform", seed=1).student.name == "jsd-uniform-seed1"


def test_other_students_and_teachers(demo):
    other = choose(demo, seed=1, teacher="weak")
    assert (other.student.id, other.teacher.name) == ("kl1", "weak")
    assert choose(demo, "labels_only").student.id == "plain0"
    assert choose(demo, "kl1").student.id == "kl1"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--risk", 0], "risk must lie strictly between 0 and 1, got 0"),
        (["--risk", "nan"], "risk must lie strictly between 0 and 1, got nan"),
        (["--confidence", 1], "confidence must lie strictly between 0 and 1, got 1"),
        (["--start-coverage", 0], "start_coverage must lie in (0, 1], got 0"),
        (["--student", "C9"], "--student: 'C9' is no cell and no trial of"),
        (["--seed", 5], "--seed: C1 has no finished trial of seed 5, only 0, 1"),
        (["--teacher", "best"], "has no teacher 'best', only weak, good, placebo"),
        (["--cost-student", 1], "--cost-teacher is missing: give both models' numbers"),
        (["--latency-teacher", 1], "--latency-student is missing"),
        (["--cost-student", -1, "--cost-teacher", 2], "cost of student must be a finite number"),
        (["--latency-student", 1, "--latency-teacher", "nan"], "latency of teacher must be"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_status_2(demo, capsys, options, words):
    assert fallback(demo, *options) == 2
    error = capsys.readouterr().err
    assert error.startswith("mtkd: ")
    assert words in error
    assert error.count("\n") == 1


def test_several_cells_must_be_told_apart(small, capsys):
    assert fallback(small) == 2
    error = capsys.readouterr().err
    assert "name one of several cells" in error
    assert "C1: kl; C2: jsd; K1: labels only (no teachers)" in error


def test_of_hundreds_of_cells_some_are_named(tmp_path, capsys):
    many = [trial(f"loss{n}") for n in range(40)]
    assert fallback(write_run(tmp_path, n=30, trials=many), "--student", "C99") == 2
    error = capsys.readouterr().err
    assert error.endswith("; C30: loss28; and 12 more, see cells.csv\n")


def test_a_trial_that_did_not_finish(tmp_path, capsys):
    folder = write_run(tmp_path, n=30, trials=[trial("slow", state="failed")])
    assert fallback(folder, "--student", "slow0") == 2
    assert "trial slow0 is failed, not done; run the study first" in capsys.readouterr().err


def test_missing_and_foreign_predictions(tmp_path, capsys):
    folder = write_run(tmp_path, n=30)
    clean = folder / "trials/kl-0/predictions/clean.npz"
    stored = Predictions.load(clean)
    Predictions(stored.ids[::-1].copy(), stored.labels, stored.log_probs).save(clean)
    assert fallback(folder) == 2
    assert "differ at row 0" in capsys.readouterr().err
    clean.unlink()
    assert fallback(folder) == 2
    assert f"prediction file {clean} does not exist" in capsys.readouterr().err
    assert fallback(tmp_path / "nowhere") == 2
    assert "holds no study.json" in capsys.readouterr().err


def test_predictions_without_labels_cannot_calibrate(tmp_path, capsys):
    folder = write_run(tmp_path, n=30)
    for model in ("trials/kl-0", "teachers/good", "teachers/weak"):
        path = folder / model / "predictions/validation.npz"
        stored = Predictions.load(path)
        Predictions(stored.ids, np.full(30, -1), stored.log_probs).save(path)
    assert fallback(folder) == 2
    error = capsys.readouterr().err
    assert "labels row 0 is -1" in error
    assert "validation.npz" in error


def test_the_best_teacher_is_the_one_that_is_right_where_it_speaks(tmp_path):
    folder = write_run(tmp_path, n=200)
    assert choose(folder).teacher.name == "good"
    for name, speaks in (("good", np.zeros(200, bool)), ("weak", np.arange(200) % 2 == 0)):
        path = folder / "teachers" / name / "predictions" / "validation.npz"
        replace(Predictions.load(path), present=speaks).save(path)
    assert choose(folder).teacher.name == "weak"
    _, teacher = choose(folder).labelled("validation")
    assert (teacher.correct | teacher.wrong).sum() == 100


def test_the_best_teacher_is_not_chosen_on_the_items_it_is_judged_on(tmp_path):
    folder = write_run(tmp_path, n=200)
    good, weak = (folder / "teachers" / n / "predictions/clean.npz" for n in ("good", "weak"))
    one, other = good.read_bytes(), weak.read_bytes()
    good.write_bytes(other)
    weak.write_bytes(one)
    assert choose(folder).teacher.name == "good"
