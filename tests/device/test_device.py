"""Whatever the objective is made of stays where the student is, and comes to what a CPU gives."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from torch.utils import backend_registration

from tests.device.cases import CASES

pytestmark = pytest.mark.skipif(
    not hasattr(backend_registration, "_setup_privateuseone_for_python_backend"),
    reason="this torch cannot be given a device that is written in Python",
)


@pytest.fixture(scope="module")
def found():
    """What is wrong with each case, from a process whose torch knows the pretended device."""
    called = subprocess.run(
        [sys.executable, "-m", "tests.device.cases"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert called.returncode == 0, called.stderr
    return json.loads(called.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_same_elsewhere(name, found):
    assert found[name] == ""
