"""The command line as a user meets it: what it prints, returns and imports."""

import os
import subprocess
import sys

import pytest

from mtkd.cli import main
from tests.study.studies import ROOT, write_study


def mtkd(*arguments, cwd=ROOT):
    """The command in a process of its own; its last line says which libraries were imported."""
    code = (
        "import sys, resource; from mtkd.cli import main\n"
        "try: status = main(sys.argv[1:])\n"
        "except SystemExit as exit: status = exit.code\n"
        "heavy = {'torch', 'pytorch_lightning', 'numpy', 'sklearn', 'wandb'} & sys.modules.keys()\n"
        "usage = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(sorted(heavy), usage.ru_utime + usage.ru_stime); sys.exit(status)"
    )
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment)


def test_help_teaches_and_imports_nothing_heavy():
    answer = mtkd("--help")
    assert answer.returncode == 0
    assert "mtkd run experiments/quickstart" in answer.stdout
    assert "the same command goes on where it stopped" in " ".join(answer.stdout.split())
    assert answer.stdout.splitlines()[-1].startswith("[]")


def test_the_free_check_is_named_in_both_helps(capsys):
    for arguments in (["--help"], ["run", "--help"]):
        with pytest.raises(SystemExit):
            main(arguments)
        assert "`mtkd show`" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["run", "show", "report"])
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as exit_:
        main([command, "--help"])
    assert exit_.value.code == 0
    assert "usage: mtkd" in capsys.readouterr().out


def test_a_dry_run_lists_what_would_run_without_torch(tmp_path):
    answer = mtkd("run", "experiments/overconfidence", "--dry-run", "--runs", tmp_path / "runs")
    assert answer.returncode == 0, answer.stderr
    lines = answer.stdout.splitlines()
    assert [line.split()[1] for line in lines[:4]] == ["1/4", "2/4", "3/4", "4/4"]
    assert lines[4].startswith("trial 1/174 ")
    assert lines[4].endswith(" to do forward_kl-uniform-planted-seed0")
    assert len(lines) == 4 + 174 + 1
    assert lines[-1].startswith("[]")
    assert not (tmp_path / "runs").exists()


def test_a_dry_run_finds_typing_errors_without_torch():
    answer = mtkd("run", "experiments/quickstart", "--dry-run", "student.hiden=[3]")
    assert answer.returncode == 2
    assert answer.stderr == (
        "mtkd: config.student: MLP: got an unexpected keyword argument 'hiden'; "
        "did you mean hidden? It accepts: inputs, hidden, classes.\n"
    )
    assert answer.stdout.startswith("[]")


def test_a_study_works_from_an_empty_folder(tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "base: [configs/base.yaml, configs/data/digits.yaml, configs/student/mlp.yaml, "
        "configs/teachers/clean.yaml]\nendpoint: accuracy\ngrid: {loss: [configs/loss/renyi.yaml]}"
    )
    answer = mtkd("run", "mine.yaml", "--dry-run", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "renyi-uniform-clean-seed0" in answer.stdout


def test_showing_a_study_prints_config_trials_and_objective(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main(["show", "experiments/own_loss", "hard_share=0.3"]) == 0
    shown = capsys.readouterr().out
    assert "hard_share: 0.3\n" in shown
    assert "symmetric_kl-uniform-planted-seed0" in shown
    assert "0.3 CE(labels, q) + 0.7 sum_k w_k D(p_k, q), with D = T^2 SymmetricKL" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "experiments/quikstart"], "did you mean experiments/quickstart?"),
        (["show", "experiments/quickstart", "tau"], "override 'tau' must look like key=value"),
        (
            ["run", "experiments/quickstart", "--dry-run", "los=1"],
            "config has no key 'los'; did you",
        ),
        (["run", "experiments/quickstart", "--dry-run", "loss=configs/loss/renyi.yaml"], "no cell"),
        (["report", "runs/nowhere"], "runs/nowhere"),
    ],
)
def test_what_a_user_got_wrong_is_one_line_and_status_2(arguments, words, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert said.err.startswith("mtkd: ")
    assert words in said.err


@pytest.mark.parametrize("workers", ["0", "-1", "two"])
def test_workers_are_counted_from_one(workers, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["run", "experiments/quickstart", "--workers", workers])
    assert exit_.value.code == 2
    assert "must be a whole number from 1" in capsys.readouterr().err


def test_warnings_are_listed(tmp_path, capsys):
    study = write_study(tmp_path / "s", grid={"aggregation": ["distances", "probabilities"]})
    assert main(["run", str(study), "--dry-run"]) == 0
    assert "warning: the grid compares aggregation" in capsys.readouterr().out


def test_the_module_is_the_command():
    answer = subprocess.run(
        [sys.executable, "-m", "mtkd", "run", "nowhere.yaml"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert answer.returncode == 2
    assert answer.stderr.startswith("mtkd: ")


def test_a_reader_that_has_enough_gets_no_error():
    command = "set -o pipefail; python -m mtkd show experiments/overconfidence | true"
    environment = os.environ | {"PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    answer = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, env=environment
    )
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied", "/x/y.json"), "/x/y.json: Permission denied"),
        (OSError(30, "cannot write a.json: Read-only file system"), "cannot write a.json: Read-o"),
        (TimeoutError("no answer"), "no answer"),
        (BrokenPipeError(32, "Broken pipe"), "Broken pipe"),  # not of what is printed here
    ],
)
def test_what_the_system_refuses_is_one_line_and_status_2(error, words, capsys, monkeypatch):
    def refuse(_):
        raise error

    monkeypatch.setattr("mtkd.report.build", refuse)
    assert main(["report", "runs/x"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"mtkd: {words}")
