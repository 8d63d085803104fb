"""Two processes with half of each batch take the steps of one process with all of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from mtkd.language import causal_model
from tests.language import two_processes
from tests.language.families import tokens

ROOT = Path(two_processes.__file__).parents[2]
LIMIT = 300
"""Seconds; a process that waits for another one's gradients would wait forever."""

DDP, FSDP = ({"strategy": name, "devices": 2} for name in ("ddp", "fsdp"))
NODE = {"_target_": "pytorch_lightning.strategies.ModelParallelStrategy"}
NODE |= {"data_parallel_size": 2, "tensor_parallel_size": 1}
ACCUMULATED = {"accumulate_grad_batches": 2, "batch_size": 4}
CLIPPED = {"gradient_clip_val": 0.05}
CASES = {
    "halves": (16, DDP, "one teacher"),
    "accumulated": (16, DDP | ACCUMULATED, "one teacher"),
    "nothing for the second process in the last batch": (17, DDP, "one teacher"),
    "a part that no text reaches": (17, DDP | ACCUMULATED, "a tower for pictures"),
    "split": (16, FSDP, "one teacher"),
    "split, its strategy spelt out": (16, {"devices": 2, "strategy": NODE}, "one teacher"),
    "split and accumulated": (16, FSDP | ACCUMULATED, "three by the student"),
    "split, nothing for the second": (17, FSDP, "three by a gate"),
    "split and clipped": (16, FSDP | CLIPPED, "three by a gate"),
    "split with additions": (16, FSDP | CLIPPED, "low rank"),
    "split, activations made again": (16, FSDP, "checkpointed"),
}


@pytest.fixture(scope="module")
def by_two(tmp_path_factory):
    """Folder with what two processes, started by Lightning, trained; by case."""
    folder = tmp_path_factory.mktemp("two")
    done = subprocess.run(
        [sys.executable, "-m", "tests.language.two_processes", str(folder), json.dumps(CASES)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "MEMBER: 2/2" in done.stdout + done.stderr, "there was only one process"
    return folder


def by_one(name, folder, **options):
    """What one process with all of each batch makes of a case."""
    rows, given, made = CASES[name]
    alone = {**given, "strategy": "auto", "devices": 1, **options}
    return two_processes.weights(two_processes.trained(rows, alone, made, folder))


@pytest.mark.parametrize("name", CASES)
def test_two_processes_with_half_a_batch_equal_one_with_all_of_it(tmp_path, by_two, name):
    untrained, one = by_one(name, tmp_path, max_epochs=0), by_one(name, tmp_path)
    # A split weight's sums are made in another order, and Adam enlarges the smallest of them.
    room = 1e-5 if name.startswith("split") else 1e-6
    for process in range(2):
        found = load_file(by_two / f"{name}-{process}.st")
        torch.testing.assert_close(found, one, rtol=1e-5, atol=room)
    moved = max((one[key] - untrained[key]).abs().max() for key in one)
    assert moved > 0.05, "too little learnt to show a wrong division"


@pytest.mark.parametrize("name", ["split", "split with additions"])
def test_a_student_that_was_split_is_saved_whole(tmp_path, by_two, name):
    rows, options, made = CASES[name]
    alone = {**options, "strategy": "auto", "devices": 1}
    student = two_processes.trained(rows, alone, made, tmp_path).student.eval()
    read = causal_model(by_two / f"{name}-student").eval()
    batch = {"inputs": tokens(2, 7, seed=5)}
    torch.testing.assert_close(read(batch).dense(), student(batch).dense(), rtol=1e-4, atol=1e-5)
