"""How many GPUs a trial needs, and which of them each worker sees."""

import subprocess
import sys

import pytest
import torch

from mtkd.cli import main
from mtkd.gpus import VISIBLE, gpu_groups, gpus_here, gpus_needed

ONE = {"trainer": {"accelerator": "gpu"}}
PAIR = {"trainer": {"accelerator": "auto", "devices": 2}}


@pytest.mark.parametrize(
    ("config", "count"),
    [
        ({}, 0),
        ({"trainer": {"max_epochs": 1, "devices": 2}}, 0),
        ({"trainer": {"accelerator": "cpu", "devices": 4}}, 0),
        (ONE, 1),
        (PAIR, 2),
        ({"trainer": {"accelerator": "cuda"}}, 1),
        ({"teachers": {"a": {"trainer": PAIR["trainer"]}}}, 2),
        ({"teachers": {"a": {"device": "cuda"}}}, 1),
        ({**ONE, "teachers": {"a": {"model": {"device": "cuda:2"}}}}, 3),
        ({"data": {"files": ["cudax", "cuda:x"]}}, 0),
        ({"trainer": {"accelerator": "gpu", "devices": [1]}}, sys.maxsize),
    ],
)
def test_a_trial_needs_what_its_trainer_and_its_models_name(config, count):
    assert gpus_needed(config) == count


@pytest.mark.parametrize(
    ("configs", "there", "groups"),
    [
        ([{}, ONE], 4, ["0", "1", "2", "3"]),
        ([ONE, PAIR], 5, ["0,1", "2,3"]),
        ([PAIR], 1, ["0"]),
        ([ONE], 0, []),
        ([{}], 4, []),
        ([], 4, []),
        ([ONE, {"trainer": {"accelerator": "gpu", "devices": [2]}}], 4, ["0,1,2,3"]),
    ],
)
def test_gpus_are_dealt_out_in_groups_that_serve_any_trial(monkeypatch, configs, there, groups):
    monkeypatch.delenv(VISIBLE, raising=False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: there)
    assert gpu_groups(configs) == groups


def test_what_the_user_made_visible_is_all_there_is(monkeypatch):
    monkeypatch.setenv(VISIBLE, "3, GPU-5b,-1,2")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)  # torch stops at -1
    assert gpus_here() == ["3", "GPU-5b"]
    assert gpu_groups([ONE]) == ["3", "GPU-5b"]


def test_nothing_imports_torch_where_no_gpu_is_asked_for():
    code = "import sys, mtkd.gpus as g; print(g.gpu_groups([{'trainer': {'devices': 2}}])); "
    code += "import mtkd.study.run; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert said.stdout.split() == ["[]", "False"], said.stderr


def test_the_help_says_how_many_workers_there_are(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "one a core; on GPUs, GPUs // devices of a trial" in told
