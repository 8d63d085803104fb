"""A study that is stopped at a bad moment goes on where it was; no test here sleeps."""

import os
import signal

import pytest

from tests.study.studies import index_of, start, write_study

WAITS = {"student.behaviour": ["fine", "wait"]}


@pytest.fixture
def halfway(tmp_path):
    """A run whose second trial has written half of its files and waits: (process, pipe, start)."""
    study = write_study(tmp_path / "s", grid=WAITS, controls=[])
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = start(study, tmp_path / "runs", STUB_PIPE=str(pipe))
    with open(pipe) as said:
        assert said.read(4) == "here"
        yield process, said, lambda: start(study, tmp_path / "runs")
    process.kill()
    process.communicate()


def done(runs):
    return {t["name"] for t in index_of(runs, "s")["trials"] if t["state"] == "done"}


FIRST = {"forward_kl-uniform-a+b-student.behaviour=fine-seed0"}


def test_kill_9_loses_only_what_was_running(halfway, tmp_path):
    process, said, again = halfway
    process.send_signal(signal.SIGKILL)
    process.wait()
    # The worker holds the other end of the pipe: its end is the end of the worker.
    assert said.read() == ""
    runs = tmp_path / "runs"
    assert done(runs) == FIRST
    before = {path: path.stat().st_mtime_ns for path in runs.rglob("result.json")}
    assert len(before) == 3 + 1

    second = again()
    output, errors = second.communicate()
    assert second.returncode == 0, errors
    assert "4 of 4 trials are done and kept" in output
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(done(runs)) == 4


@pytest.mark.parametrize(("stop", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_says_what_is_done_and_how_to_go_on(halfway, tmp_path, stop, status):
    process, said, again = halfway
    process.send_signal(stop)
    _, errors = process.communicate()
    assert process.returncode == status
    assert said.read() == ""
    # Python's resource tracker may have a last word about semaphores of workers that were killed.
    assert (
        "mtkd: stopped; 1 of 4 trials are done and kept; the same command goes on from here"
    ) in errors.splitlines()
    assert "Traceback" not in errors
    assert done(tmp_path / "runs") == FIRST

    second = again()
    _, errors = second.communicate()
    assert second.returncode == 0, errors
    assert len(done(tmp_path / "runs")) == 4
