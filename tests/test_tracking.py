"""Weights & Biases runs as offline files: no account, no network, no prompt."""

import numpy as np
import pytest
import wandb

import mtkd.tracking.starting
from mtkd.config import ConfigError
from mtkd.files import write_json, write_text
from mtkd.predictions import Predictions
from mtkd.tracking import check_account, mode_of, publish, start, track


class Run:
    """What a started run was told."""

    def __init__(self):
        self.summary, self.logged, self.finished = {}, [], None

    def log(self, values):
        self.logged.append(values)

    def finish(self, exit_code=0):
        self.finished = exit_code


@pytest.fixture(autouse=True)
def no_mode(monkeypatch):
    monkeypatch.delenv("WANDB_MODE", raising=False)


@pytest.fixture
def started(monkeypatch):
    runs = []

    def start(settings, group, name, folder, config):
        runs.append((Run(), settings["mode"], group, name, config))
        return runs[-1][0]

    monkeypatch.setattr(mtkd.tracking.starting, "start", start)
    return runs


def test_a_run_is_named_by_what_differs_and_grouped_by_its_study(started, tmp_path):
    config = {"wandb": {"mode": "offline"}, "study": "s", "name": "n", "seed": 3, "base": ["x"]}
    with track(config, tmp_path):
        pass
    ((run, mode, group, name, shown),) = started
    assert (mode, group, name, run.finished) == ("offline", "s", "n", 0)
    assert shown == {"study": "s", "name": "n", "seed": 3}


def test_a_run_whose_trial_fails_is_closed_as_failed(started, tmp_path):
    config = {"wandb": {"mode": "offline"}, "study": "s", "name": "n"}
    with pytest.raises(RuntimeError, match="boom"), track(config, tmp_path):
        raise RuntimeError("boom")
    assert started[0][0].finished == 1


def test_disabled_starts_nothing(started, tmp_path):
    with track({"wandb": {"mode": "disabled"}}, tmp_path) as tracker:
        assert tracker.logger is False
    publish(tmp_path, {"mode": "disabled"})
    assert not started


def test_an_unknown_mode_names_the_three(tmp_path):
    with (
        pytest.raises(ConfigError, match="online, offline, disabled, got 'of'"),
        track({"wandb": {"mode": "of"}}, tmp_path),
    ):
        pass


def write_results(folder, value=0.5):
    write_json(
        folder / "study.json",
        {"name": "s", "question": "why?", "endpoint": "inheritance/dd_ceir"},
    )
    write_text(
        folder / "cells.csv",
        "label,model,teacher,domain,statistic,value\n"
        f"a · b,student,planted,clean,dd_ceir,{value}\n"
        "a · b,student,planted,noise@1,dd_ceir,0.7\n"
        "a · b,student,planted,clean,accuracy,0.9\n",
    )


def test_a_study_publishes_its_endpoints(started, tmp_path):
    write_results(tmp_path)
    publish(tmp_path, {"mode": "offline"})
    run = started[0][0]
    assert run.summary == {"inheritance/dd_ceir/planted/a · b": 0.5}
    assert len(run.logged[0]["cells"].data) == 3
    assert run.finished == 0


def test_a_real_offline_run_leaves_its_file(tmp_path):
    config = {"wandb": {"mode": "offline"}, "study": "s", "name": "n"}
    with track(config, tmp_path) as tracker:
        tracker.logger.log_metrics({"train/loss": 1.0}, step=1)
    assert len(list(tmp_path.glob("wandb/offline-run-*/run-*.wandb"))) == 1


def test_a_study_that_is_run_again_is_published_once(started, tmp_path):
    for value in (0.5, 0.5, 0.6):
        write_results(tmp_path, value)
        publish(tmp_path, {"mode": "offline"})
    assert [list(run[0].summary.values()) for run in started] == [[0.5], [0.6]]


def test_confident_errors_are_counted_from_the_tau_of_the_study(started, tmp_path):
    probs = np.array([[0.7, 0.3], [0.95, 0.05]], dtype=np.float32)
    said = Predictions(np.arange(2), np.array([1, 0]), np.log(probs))
    said.save(tmp_path / "predictions" / "noise@1.npz")
    for tau, rate in ((0.6, 0.5), (0.9, 0.0)):
        with track({"wandb": {"mode": "offline"}, "tau": tau}, tmp_path) as tracker:
            tracker.finish(tmp_path, {})
        assert started[-1][0].summary["noise@1/confident_wrong_rate"] == rate


@pytest.mark.parametrize(
    ("study", "environment", "mode"),
    [
        ("online", "offline", "offline"),
        ("offline", "disabled", "disabled"),
        ("offline", "online", "offline"),
        ("disabled", "online", "disabled"),
        ("offline", "whatever", "offline"),
    ],
)
def test_the_environment_makes_a_run_quieter_never_louder(study, environment, mode, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", environment)
    assert mode_of({"mode": study}) == mode


def test_what_cannot_be_sent_is_said_before_training(monkeypatch):
    def unreachable(**_):
        raise wandb.errors.AuthenticationError("no answer from the server\nat all")

    for login, words in (
        (lambda **_: False, "no key is set); give"),
        (unreachable, "answer from the server); give"),
    ):
        monkeypatch.setattr(wandb, "login", login)
        with pytest.raises(
            ConfigError, match=r"`wandb login` once, or set wandb\.mode=off"
        ) as said:
            check_account({"mode": "online"})
        assert words in str(said.value)
        check_account({"mode": "offline"})
    monkeypatch.setattr(wandb, "login", lambda **_: True)
    check_account({"mode": "online"})


def test_a_trial_whose_server_is_lost_goes_on_offline(monkeypatch, tmp_path, capsys):
    modes = []

    def init(mode, **_):
        modes.append(mode)
        if mode == "online":
            raise wandb.errors.CommError("timed out after 90 s")
        return "run"

    monkeypatch.setattr(wandb, "init", init)
    assert start({"mode": "online"}, "s", "n", tmp_path, {}) == "run"
    assert modes == ["online", "offline"]
    assert "(timed out after 90 s); n goes on offline" in capsys.readouterr().err
