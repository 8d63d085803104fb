"""Two runs of one study in one folder: the second is refused, and nobody is in the way for long."""

import os
import signal
import threading

import pytest

from mtkd.cli import main
from mtkd.config import ConfigError
from mtkd.study.lock import FILE, alone_in
from mtkd.study.run import run_study
from tests.study.studies import STUBS, start, write_study


def test_a_second_run_is_refused_and_names_the_first(tmp_path):
    study = write_study(tmp_path / "s", grid={}, seed=0)
    with (
        alone_in(tmp_path / "runs" / "s"),
        pytest.raises(
            ConfigError, match=rf"another `mtkd run` works in .*\(process {os.getpid()}\)"
        ),
    ):
        run_study(study, [], 1, tmp_path / "runs", STUBS)
    assert not (tmp_path / "runs").exists()
    assert run_study(study, [], 1, tmp_path / "runs", STUBS) == 0
    assert not (tmp_path / "runs" / "s" / FILE).exists()


def test_who_waits_goes_in_when_the_other_has_left(tmp_path, monkeypatch):
    import fcntl

    def asked(file, how):
        assert not how & fcntl.LOCK_NB
        came.set()
        flock(file, how)

    def second():
        with alone_in(tmp_path / "t", wait=True):
            order.append("second")

    flock, came, order = fcntl.flock, threading.Event(), []
    thread = threading.Thread(target=second)
    with alone_in(tmp_path / "t"):
        monkeypatch.setattr(fcntl, "flock", asked)
        thread.start()
        came.wait(60)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert not (tmp_path / "t" / FILE).exists()


def test_other_studies_of_one_folder_of_runs_go_on(tmp_path):
    with alone_in(tmp_path / "a"), alone_in(tmp_path / "b"):
        pass


def test_the_lock_of_a_process_that_was_killed_holds_nobody(tmp_path):
    study = write_study(tmp_path / "s", grid={"student.behaviour": ["wait"]}, controls=[])
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = start(study, tmp_path / "runs", STUB_PIPE=str(pipe))
    with open(pipe) as said:
        assert said.read(4) == "here"
        with pytest.raises(ConfigError, match=f"process {process.pid}"):
            run_study(study, [], 1, tmp_path / "runs", STUBS)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert (tmp_path / "runs" / "s" / FILE).exists()
    assert run_study(study, [], 1, tmp_path / "runs", STUBS) == 0


def test_where_there_are_no_locks_a_run_goes_on(tmp_path, monkeypatch):
    import fcntl

    def no_locks(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with alone_in(tmp_path / "a"), alone_in(tmp_path / "a"):
        pass


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, capsys):
    study = write_study(tmp_path / "s", grid={}, seed=0)
    (tmp_path / "runs").write_text("a file")
    assert main(["run", str(study), "--runs", str(tmp_path / "runs")]) == 2
    said = capsys.readouterr().err
    assert said == f"mtkd: {tmp_path}/runs/s: Not a directory\n"
