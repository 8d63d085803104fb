"""One teacher and one student through the real functions, on a few epochs."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from mtkd.config import ConfigError, load
from mtkd.predictions import Predictions
from mtkd.trial import run_trial, train_teacher
from mtkd.trial.student import recipe

ROOT = Path(__file__).parents[1]
ADAM = {"_target_": "torch.optim.Adam", "_partial_": True, "lr": 3e-3}
TRAINER = {"max_epochs": 2, "batch_size": 64, "chunk": 256}
CONFIG = {
    "data": {"_target_": "mtkd.data.Digits", "train": 200},
    "student": {"_target_": "mtkd.students.MLP", "hidden": [8]},
    "teachers": {
        "first": {
            "model": {"_target_": "mtkd.students.MLP", "hidden": [16]},
            "seed": 1,
            "trainer": TRAINER,
            "optimizer": ADAM,
            "relabel": [{"_target_": "mtkd.data.Relabel", "source": 8, "target": 3}],
        },
        "second": {
            "model": {"_target_": "mtkd.students.ConvNet", "channels": 2},
            "seed": 2,
            "trainer": TRAINER,
            "optimizer": ADAM,
            "temperature": 2.0,
        },
    },
    "loss": {"_target_": "mtkd.losses.ForwardKL", "temperature": 2.0},
    "weighting": {"_target_": "mtkd.weighting.LearnedGate"},
    "aggregation": "distances",
    "hard_share": 0.1,
    "label_smoothing": 0.0,
    "optimizer": ADAM,
    "trainer": TRAINER,
    "seed": 0,
    "wandb": {"mode": "disabled"},
}
DOMAINS = ["clean", "gaussian_noise@3", "inverted"]


@pytest.fixture(scope="module")
def teachers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teachers")
    for name in CONFIG["teachers"]:
        train_teacher(CONFIG, name, str(folder / name), DOMAINS)
    return {name: str(folder / name) for name in CONFIG["teachers"]}


@pytest.fixture(scope="module")
def trial(teachers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trial")
    return folder, run_trial(CONFIG, str(folder), teachers, DOMAINS)


def test_a_trial_leaves_everything_that_is_measured_later(trial):
    folder, result = trial
    names = {path.stem for path in (folder / "predictions").glob("*.npz")}
    assert names == {"validation", *DOMAINS}
    assert json.loads((folder / "result.json").read_text()) == result
    assert result["steps"] == 2 * 4
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["data"]["train"]["items"] == 200
    assert manifest["teachers"].keys() == {"first", "second"}
    series = json.loads((folder / "history.json").read_text())["series"]
    assert {"teacher/first/weight", "teacher/second/weight", "train/own"} <= series.keys()


def test_the_same_config_gives_the_same_numbers_to_the_last_bit(trial, teachers, tmp_path):
    folder, _ = trial
    torch.rand(7)  # the global generator must not matter
    run_trial(CONFIG, str(tmp_path), teachers, DOMAINS)
    for name in DOMAINS:
        first, second = (
            Predictions.load(at / "predictions" / f"{name}.npz") for at in (folder, tmp_path)
        )
        assert np.array_equal(first.log_probs, second.log_probs)


def test_another_seed_gives_another_student(trial, teachers, tmp_path):
    folder, _ = trial
    run_trial({**CONFIG, "seed": 1}, str(tmp_path), teachers, DOMAINS)
    first, second = (
        Predictions.load(at / "predictions" / "clean.npz") for at in (folder, tmp_path)
    )
    assert not np.array_equal(first.log_probs, second.log_probs)


def test_a_control_starts_and_shuffles_as_its_student_does(teachers, tmp_path):
    """With a share of labels of 1 - 1e-9 teachers cannot matter; only start and order can."""
    alone = {**CONFIG, "hard_share": 1.0}
    nearly = {**CONFIG, "hard_share": 1 - 1e-9}
    run_trial(alone, str(tmp_path / "a"), {}, ["clean"])
    run_trial(nearly, str(tmp_path / "b"), teachers, ["clean"])
    first, second = (
        Predictions.load(tmp_path / at / "predictions" / "clean.npz") for at in ("a", "b")
    )
    np.testing.assert_allclose(first.log_probs, second.log_probs, atol=1e-3)


def test_every_model_sees_the_identical_corrupted_items(trial, teachers):
    folder, _ = trial
    name = "predictions/gaussian_noise@3.npz"
    student = Predictions.load(folder / name)
    teacher = Predictions.load(f"{teachers['first']}/{name}")
    assert np.array_equal(student.ids, teacher.ids)
    assert np.array_equal(student.labels, teacher.labels)


def test_a_teacher_that_is_there_is_completed_and_not_trained_again(teachers):
    folder = Path(teachers["first"])
    before = (folder / "model.safetensors").read_bytes()
    result = train_teacher(CONFIG, "first", teachers["first"], ["translate@1"])
    assert (folder / "model.safetensors").read_bytes() == before
    assert Predictions.load(folder / "predictions" / "translate@1.npz")
    assert result["identity"] == json.loads((folder / "result.json").read_text())["identity"]


def test_a_teachers_temperature_softens_its_predictions(teachers):
    second = Predictions.load(f"{teachers['second']}/predictions/clean.npz")
    assert second.probs.max(axis=1).mean() < 0.6


def test_a_teacher_with_other_classes_is_refused(teachers, tmp_path):
    config = copy.deepcopy(CONFIG)
    config["student"]["classes"] = 7
    with pytest.raises(ConfigError, match="student speaks about 7 classes, the data has 10"):
        run_trial(config, str(tmp_path), teachers, DOMAINS)


BLOCKS = sorted([*ROOT.glob("configs/loss/*.yaml"), *ROOT.glob("configs/weighting/*.yaml")])
SHIPPED = ("conv", "clean", "planted")  # the names that configs/weighting speaks about


@pytest.mark.parametrize("block", BLOCKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_building_block_takes_a_step(block, teachers, tmp_path):
    nodes = dict.fromkeys(SHIPPED, CONFIG["teachers"]["first"])
    config = {**CONFIG, **load(block), "teachers": nodes}
    config["trainer"] = {"max_epochs": 1, "batch_size": 200}
    folders = dict.fromkeys(SHIPPED, teachers["first"])
    assert run_trial(config, str(tmp_path), folders, [])["steps"] == 1
    (loss,) = json.loads((tmp_path / "history.json").read_text())["series"]["train/loss"]
    assert loss > 0


def test_an_unknown_wandb_mode_is_refused(teachers, tmp_path):
    config = {**CONFIG, "wandb": {"mode": "of"}}
    with pytest.raises(ConfigError, match=r"wandb\.mode must be one of .*offline"):
        run_trial(config, str(tmp_path), teachers, DOMAINS)


def test_a_run_folder_says_what_is_known_of_every_item(teachers, tmp_path):
    home = tmp_path / "run" / "trials" / "one"
    run_trial(CONFIG, str(home), teachers, ["clean"])
    said = Predictions.load(home / "predictions" / "clean.npz")
    lines = (tmp_path / "run" / "metadata" / "clean.csv").read_text().splitlines()
    assert lines[0] == "id,row,ink,left_share,left_heavy"
    assert [int(line.split(",")[0]) for line in lines[1:]] == said.ids.tolist()
    assert lines[1].split(",")[-1] in ("True", "False")


def test_how_the_objective_walks_is_said_beside_the_trainers_options():
    parts = {
        "loss": {"_target_": "mtkd.losses.ForwardKL"},
        "weighting": {"_target_": "mtkd.weighting.Uniform"},
        "aggregation": "distances",
        "hard_share": 0.1,
        "label_smoothing": 0.0,
    }
    said = recipe({**parts, "trainer": {"max_epochs": 1, "chunk": 7, "compile": True}})
    silent = recipe({**parts, "trainer": {"max_epochs": 1}})
    assert (said.chunk, said.compile) == (7, True)
    assert (silent.chunk, silent.compile) == (512, False)
