"""Benchmarks run; what they measure is not asserted."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("name", "words"),
    [("metrics", ["10 models, 2000 items x 6 classes", "endpoint DD-CEIR", "wall s", "netcal"])],
)
def test_the_quick_run_prints_its_table(name, words):
    command = [sys.executable, "-m", f"benchmarks.{name}", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for word in words:
        assert word in done.stdout
