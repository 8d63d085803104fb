"""Weights & Biases runs as offline files: no account, no network, no prompt."""

import pytest

import mtkd.tracking
from mtkd.config import ConfigError
from mtkd.files import write_json, write_text
from mtkd.tracking import publish, track


class Run:
    """What a started run was told."""

    def __init__(self):
        self.summary, self.logged, self.finished = {}, [], None

    def log(self, values):
        self.logged.append(values)

    def finish(self, exit_code=0):
        self.finished = exit_code


@pytest.fixture
def started(monkeypatch):
    runs = []

    def start(settings, group, name, folder, config):
        runs.append((Run(), settings["mode"], group, name, config))
        return runs[-1][0]

    monkeypatch.setattr(mtkd.tracking, "start", start)
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
        pytest.raises(ConfigError, match="offline, online, disabled, got 'of'"),
        track({"wandb": {"mode": "of"}}, tmp_path),
    ):
        pass


def test_a_study_publishes_its_endpoints(started, tmp_path):
    write_json(
        tmp_path / "study.json",
        {"name": "s", "question": "why?", "endpoint": "inheritance/dd_ceir"},
    )
    write_text(
        tmp_path / "cells.csv",
        "label,model,teacher,domain,statistic,value\n"
        "a · b,student,planted,clean,dd_ceir,0.5\n"
        "a · b,student,planted,noise@1,dd_ceir,0.7\n"
        "a · b,student,planted,clean,accuracy,0.9\n",
    )
    publish(tmp_path, {"mode": "offline"})
    run = started[0][0]
    assert run.summary == {"inheritance/dd_ceir/planted/a · b": 0.5}
    assert len(run.logged[0]["cells"].data) == 3
    assert run.finished == 0


def test_a_real_offline_run_leaves_its_file(tmp_path, monkeypatch):
    monkeypatch.delenv("WANDB_MODE", raising=False)
    config = {"wandb": {"mode": "offline"}, "study": "s", "name": "n"}
    with track(config, tmp_path) as tracker:
        tracker.logger.log_metrics({"train/loss": 1.0}, step=1)
    assert len(list(tmp_path.glob("wandb/offline-run-*/run-*.wandb"))) == 1
