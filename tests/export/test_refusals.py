"""What cannot be exported is one sentence and exit status 2, and nothing is written."""

import importlib.util

import pytest

from tests.export.test_export import causal, low_rank
from tests.export.trials import export, finished, index, text_data
from tests.language.families import LLAMA


@pytest.fixture
def trial(tmp_path):
    finished(tmp_path / "trial", causal(LLAMA), text_data(tmp_path / "tok"))
    return tmp_path / "trial"


@pytest.fixture
def refused(tmp_path, capsys):
    def check(words, *arguments):
        assert export(*arguments) == 2
        said = capsys.readouterr()
        assert said.err.count("\n") == 1
        assert words in said.err
        assert not said.out
        assert not (tmp_path / "model").exists()

    return check


def test_a_folder_that_is_not_empty(trial, tmp_path, refused):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("do not lose me")
    refused("full is there and not empty; give a new folder", trial, tmp_path / "full")
    file = tmp_path / "full" / "thesis.txt"
    refused("thesis.txt is there and not empty", trial, file)
    assert file.read_text() == "do not lose me"


def test_a_trial_that_is_not_done(trial, tmp_path, refused):
    (trial / "result.json").write_text('{"format": 0}')
    refused("is not done: it has no result.json of format", trial, tmp_path / "model")
    (trial / "result.json").unlink()
    refused("is not done: it has no result.json", trial, tmp_path / "model")


def test_weights_that_are_gone(trial, tmp_path, refused):
    (trial / "model.safetensors").unlink()
    refused("has no model.safetensors; delete the folder", trial, tmp_path / "model")


def test_a_folder_that_is_none_of_ours(tmp_path, refused):
    refused("holds neither study.json nor config.yaml", tmp_path, tmp_path / "model")


def test_a_choice_among_one(trial, tmp_path, refused):
    words = "is one trial, so --student and --seed choose nothing"
    refused(words, trial, tmp_path / "model", "--student", "C1")
    refused(words, trial, tmp_path / "model", "--seed", 1)


def test_no_such_student_of_a_run(trial, tmp_path, refused):
    trial.parent.joinpath("run", "trials").mkdir(parents=True)
    trial.rename(tmp_path / "run" / "trials" / "first")
    index(tmp_path / "run", ["first"])
    words = "--student: 'C9' is no cell and no trial"
    refused(words, tmp_path / "run", tmp_path / "model", "--student", "C9")


def test_a_teacher(trial, tmp_path, refused):
    (trial / "config.yaml").write_text("teachers: {}\n")
    refused("config.yaml has no student, so it is no trial", trial, tmp_path / "model")


def test_a_student_that_is_no_model_of_transformers(tmp_path, refused):
    finished(tmp_path / "trial", {"_target_": "mtkd.students.MLP"}, {})
    words = "is a MLP, and only models of transformers (mtkd.language) are exported; its weights"
    refused(words, tmp_path / "trial", tmp_path / "model")


def test_a_tokenizer_that_is_not_here_says_where_to_run_it(trial, tmp_path, refused):
    (tmp_path / "tok" / "tokenizer.json").unlink()
    words = "its paths are looked up from the current folder, so run this where the study was run"
    refused(words, trial, tmp_path / "model")


def test_additions_of_a_student_without_any(trial, tmp_path, refused):
    refused("is a TokenModel without any", trial, tmp_path / "model", "--adapter")


@pytest.mark.skipif(importlib.util.find_spec("peft") is None, reason="peft is not installed")
def test_additions_to_a_model_that_nobody_has(tmp_path, refused):
    node = low_rank(causal(LLAMA), ["q_proj"])
    finished(tmp_path / "trial", node, text_data(tmp_path / "tok"))
    words = "belong to a model made from a config, which nobody has; save the whole student"
    refused(words, tmp_path / "trial", tmp_path / "model", "--adapter")
