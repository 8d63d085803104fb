"""The study with data and a teacher of one's own: built, trained for a moment, and warned."""

from pathlib import Path

import pytest
import torch

from mtkd.cli import main

STUDY = str(Path(__file__).parents[1] / "experiments" / "own_data")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder to run in; the study's own files go below `data/` in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data" / "own_data"


@pytest.mark.filterwarnings("ignore")
def test_it_runs_at_a_small_size(folder, capsys):
    small = ["trainer.max_epochs=1", "seed=0", "controls=[]", "wandb.mode=disabled"]
    assert main(["run", STUDY, *small, "--workers", "1"]) == 0
    assert "1 of 1 trials are done" in capsys.readouterr().out
    assert sorted(path.name for path in folder.iterdir()) == ["table.npz", "teacher.pt"]


def test_a_checkpoint_of_another_network_is_told_with_key_and_line(folder, capsys):
    assert main(["show", STUDY]) == 0
    torch.save(torch.nn.Linear(64, 10).state_dict(), folder / "teacher.pt")
    capsys.readouterr()
    assert main(["show", STUDY]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("mtkd: config.teachers.stored.model: teacher: Error(s) in loading state")
    assert " (table.py, line " in said
    (folder / "teacher.pt").unlink()
    assert main(["show", STUDY]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert f"there is no {folder / 'teacher.pt'} (table.py, line " in said


def test_it_knows_its_domains(capsys):
    assert main(["show", STUDY, "domains=[clean, {domain: bright}]"]) == 2
    assert "there is no domain 'bright', only clean and faint" in capsys.readouterr().err
