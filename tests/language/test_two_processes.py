"""Two processes with half of each batch take the steps of one process with all of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.language import two_processes

ROOT = Path(two_processes.__file__).parents[2]
LIMIT = 300
"""Seconds; a process that waits for another one's gradients would wait forever."""


CASES = {
    "halves": (16, {}),
    "accumulated": (16, {"accumulate_grad_batches": 2, "batch_size": 4}),
    "nothing for the second process in the last batch": (17, {}),
}


@pytest.fixture(scope="module")
def by_two(tmp_path_factory):
    """Weights of the students trained by two processes, started by Lightning, by case."""
    folder = tmp_path_factory.mktemp("two")
    ddp = {"strategy": "ddp", "devices": 2, "accelerator": "cpu"}
    cases = {name: (rows, {**ddp, **options}) for name, (rows, options) in CASES.items()}
    done = subprocess.run(
        [sys.executable, "-m", "tests.language.two_processes", str(folder), json.dumps(cases)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "MEMBER: 2/2" in done.stdout + done.stderr, "there was only one process"
    return {name: load_file(folder / f"{name}.safetensors") for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_two_processes_with_half_a_batch_equal_one_with_all_of_it(tmp_path, by_two, name):
    rows, options = CASES[name]
    untrained = two_processes.trained(rows, {"max_epochs": 0}, tmp_path).student.state_dict()
    one = two_processes.trained(rows, options, tmp_path).student.state_dict()
    torch.testing.assert_close(by_two[name], dict(one), rtol=1e-5, atol=1e-6)
    moved = max((one[key] - untrained[key]).abs().max() for key in one)
    assert moved > 0.05, "too little learnt to show a wrong division"
