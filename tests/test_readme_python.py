"""What README prints is run word for word: its study, its classes, its Python."""

import re
from pathlib import Path

import pytest
import pytorch_lightning as pl
import torch
import yaml

import mtkd.weighting
from mtkd.cli import main
from mtkd.study.keys import TEACHER

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
OWN = ROOT / "experiments" / "own_loss"


def blocks(heading, language):
    """The fenced blocks below a second-level heading, in their order."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, flags=re.DOTALL)


LOSS, WEIGHTING = blocks("Write a loss", "python")
(STUDY,) = blocks("Write a loss", "yaml")
TENSORS, TEXT = blocks("From Python", "python")


@pytest.fixture
def quiet(tmp_path, monkeypatch):
    """An empty folder to run in, and a trainer that looks for no GPU."""
    monkeypatch.chdir(tmp_path)
    trainer, seen = pl.Trainer, []

    def on_the_cpu(**options):
        seen.append(options)
        return trainer(accelerator="cpu", enable_progress_bar=False, **options)

    monkeypatch.setattr(pl, "Trainer", on_the_cpu)
    torch.manual_seed(0)
    yield seen
    assert not any(tmp_path.iterdir()), "README's code leaves files behind"


def run(*sources):
    """The names that the code of README leaves, each block after the ones before it."""
    names = {"__name__": "readme"}
    for source in sources:
        exec(compile(source, "README.md", "exec"), names)
    return names


@pytest.mark.filterwarnings("ignore")
def test_python_on_tensors_runs_as_printed(quiet, capsys):
    names = run(TENSORS)
    assert len(quiet) == 1
    distiller = names["distiller"]
    assert distiller.global_step == 8, "two epochs of four batches"
    assert "teacher/big/weight" in distiller.history.series
    assert set(distiller.teachers) == {"big", "other"}
    assert capsys.readouterr().out.splitlines()[-1].startswith("[0.")


@pytest.mark.filterwarnings("ignore")
def test_python_on_text_runs_as_printed_after_it(quiet):
    names = run(TENSORS, TEXT)
    first, tokens = names["texts"][0], names["tokens"]
    assert first["labels"].tolist() == tokens[0, 1:].tolist(), "labels[i] is the next token"
    assert first["inputs"].tolist() == tokens[0, :-1].tolist()
    assert (tokens == 0).any(), "nothing to be masked"
    assert all(text["mask"].equal(text["labels"] != 0) for text in names["texts"])
    assert names["distiller"].global_step == 8
    assert names["distiller"].teachers["big"].model.model.dtype == torch.bfloat16


def test_the_study_of_the_first_loss_is_whole(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "experiments" / "own_loss"
    folder.mkdir(parents=True)
    (folder / "losses.py").write_text(LOSS)
    (folder / "study.yaml").write_text(STUDY)
    assert main(["show", "experiments/own_loss"]) == 0
    assert "T^2 SymmetricKL(p_T, q_T), T = 2" in capsys.readouterr().out
    assert main(["run", "experiments/own_loss", "--dry-run"]) == 0
    trials = [line for line in capsys.readouterr().out.splitlines() if line.startswith("trial")]
    assert len(trials) == 6


def test_the_study_and_its_loss_are_those_of_the_folder_that_is_named():
    assert yaml.safe_load(STUDY) == yaml.safe_load((OWN / "study.yaml").read_text())
    assert LOSS.partition("\n")[0] == "# experiments/own_loss/losses.py"
    assert LOSS.partition("class ")[2] == (OWN / "losses.py").read_text().partition("class ")[2]


def test_the_weighting_of_readme_weighs():
    rule = run(WEIGHTING)["Confident"]()
    assert isinstance(rule, mtkd.weighting.TeacherWeighting)
    logits = torch.tensor([[[4.0, 0.0, 0.0]], [[0.0, 0.0, 0.0]]])
    weights = rule(torch.zeros(1, 3), logits, torch.tensor([0]))
    assert weights[0] > weights[1]
    assert weights.sum().item() == pytest.approx(1)


def test_a_cell_of_the_grid_is_overridden_as_readme_says(tmp_path, monkeypatch, capsys):
    (command,) = re.findall(r"^mtkd (run .*'grid\.loss=.*?')", README, flags=re.MULTILINE)
    monkeypatch.chdir(ROOT)
    words = command.replace("'", "").split()
    assert main([*words, "--dry-run", "--runs", str(tmp_path)]) == 0
    assert "jeffreys-uniform-planted-seed0" in capsys.readouterr().out


def test_every_key_of_a_teachers_node_is_described():
    table = README.split("A node of `teachers`")[1].split("\nRuns go to")[0]
    first_cells = "".join(line.split("|")[1] for line in table.splitlines() if line[:3] == "| `")
    told = set(re.findall(r"`(\w+)`", table.split("\n")[0] + first_cells))
    assert told - {"placebo"} == set(TEACHER)
