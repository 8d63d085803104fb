"""A run does not depend on who reads what it prints."""

import os
import subprocess
import sys

import pytest

from mtkd.streams import outlive_readers
from tests.study.studies import ROOT, index_of, write_study

CODE = """
import sys
from dataclasses import replace
from functools import partial
import mtkd.study.run
from mtkd.cli import main
from tests.study.studies import STUBS
loud = replace(STUBS, check="tests.study.stub.loud_check")
mtkd.study.run.run_study = partial(mtkd.study.run.run_study, functions=loud)
sys.exit(main(sys.argv[1:]))
"""


def broken():
    """The end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def close(*numbers):
    return lambda: [os.close(number) for number in numbers]


@pytest.mark.parametrize(("unread", "closed"), [(["stdout", "stderr"], []), ([], [1])])
def test_a_run_goes_on_though_nobody_reads_what_it_prints(tmp_path, unread, closed):
    study, pipe = write_study(tmp_path / "s", seed=0), broken()
    streams = {"stderr": subprocess.PIPE, "preexec_fn": close(*closed)} | dict.fromkeys(
        unread, pipe
    )
    answer = subprocess.run(
        [sys.executable, "-c", CODE, "run", study, "--runs", tmp_path, "--workers", "1"],
        cwd=ROOT,
        text=True,
        check=False,
        **streams,
    )
    os.close(pipe)
    assert answer.returncode == 0, answer.stderr
    assert "Error" not in (answer.stderr or "")
    assert {trial["state"] for trial in index_of(tmp_path, "s")["trials"]} == {"done"}


@pytest.mark.parametrize("closed", [[], [1], [0, 1]])
def test_what_only_prints_ends_well_without_a_reader(closed):
    pipe = broken()
    answer = subprocess.run(
        [sys.executable, "-m", "mtkd", "run", "experiments/quickstart", "--dry-run"],
        cwd=ROOT,
        text=True,
        check=False,
        stdout=pipe,
        stderr=subprocess.PIPE,
        preexec_fn=close(*closed),
    )
    os.close(pipe)
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_what_is_read_is_as_it_was(unbuffered):
    code = (
        "import os, sys; from mtkd.streams import outlive_readers\n"
        "names = ('encoding', 'errors', 'line_buffering', 'write_through')\n"
        "ask = lambda: [getattr(s, n) for s in (sys.stdout, sys.stderr) for n in names]\n"
        "before = ask(); outlive_readers(); outlive_readers()\n"
        "assert before == ask() and sys.stdout is not sys.__stdout__\n"
        "print('τ', end=''); os._exit(0)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        cwd=ROOT,
        check=True,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    )
    assert answer.stdout.decode() == "τ" * len(unbuffered)  # what is buffered is lost by _exit


def test_a_stream_of_somebody_else_is_left_alone(capsys):
    stream = sys.stdout
    outlive_readers()
    assert sys.stdout is stream
