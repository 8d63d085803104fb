"""The command, and the sizes it tells."""

import argparse
import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from mtkd.cli import main
from mtkd.config import ConfigError, as_yaml
from mtkd.economics import add_arguments, analyse_file, run, runs_on, weight_bytes
from tests.economics.cases import config


class TestCommand:
    @staticmethod
    def options(*arguments):
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        return parser.parse_args(list(map(str, arguments)))

    @pytest.fixture
    def file(self, tmp_path):
        path = tmp_path / "economics.yaml"
        path.write_text(as_yaml(config()))
        return path

    def test_prints_and_writes_nothing_else(self, file, tmp_path, capsys):
        assert run(self.options(file, "operation.fallback_share=0.3")) == 0
        assert "18.75 months" in capsys.readouterr().out
        assert [path.name for path in tmp_path.iterdir()] == ["economics.yaml"]

    def test_writes_json_page_and_plots_on_request(self, file, tmp_path, capsys):
        out = tmp_path / "out"
        assert run(self.options(file, "--out", out, "--png")) == 0
        assert f"Written to {out}" in capsys.readouterr().out
        assert sorted(path.name for path in out.iterdir()) == [
            "breakeven.html", "breakeven.json", "monte_carlo.png", "monte_carlo.svg",
            "tornado.png", "tornado.svg",
        ]  # fmt: skip
        assert json.loads((out / "breakeven.json").read_text())["version"] == 1
        root = ElementTree.parse(out / "tornado.svg").getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"

    def test_the_example_of_the_help_works_in_any_folder(self, tmp_path, monkeypatch, capsys):
        monkeypatch.chdir(tmp_path)
        assert main(["breakeven", "configs/economics.yaml"]) == 0
        assert "Training, once" in capsys.readouterr().out
        assert main(["breakeven", "configs/nothing.yaml"]) == 2
        assert "there is no configs/nothing.yaml" in capsys.readouterr().err

    def test_a_file_that_is_there_comes_before_the_one_of_mtkd(self, file, monkeypatch, capsys):
        (file.parent / "configs").mkdir()
        mine = file.rename(file.parent / "configs" / "economics.yaml")
        mine.write_text("question: Mine?\n" + mine.read_text())
        monkeypatch.chdir(file.parent)
        assert main(["breakeven", "configs/economics.yaml"]) == 0
        assert "Mine?" in capsys.readouterr().out

    def test_imports_neither_torch_nor_plots(self):
        code = "import sys, mtkd.economics; print({'torch', 'matplotlib'} & set(sys.modules))"
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert answer.stdout == "set()\n", answer.stderr


class TestSizes:
    @pytest.mark.parametrize(
        ("parameters", "words"),
        [(1.5e9, "under 1 GB"), (2e9, "consumer GPU"), (3e9, "consumer GPU"), (3.1e9, "one A100"),
         (7e9, "one A100"), (7.1e9, "more than one A100")],
    )  # fmt: skip
    def test_device_by_size(self, parameters, words):
        assert words in runs_on(parameters)

    @pytest.mark.parametrize("arguments", [(0, 4), (10, 0)])
    def test_refuses_nothing_to_weigh(self, arguments):
        with pytest.raises(ValueError, match="parameters and bits must be at least 1"):
            weight_bytes(*arguments)


def test_a_trial_without_its_run_is_refused(tmp_path):
    path = tmp_path / "economics.yaml"
    path.write_text(as_yaml(config()))
    with pytest.raises(ConfigError, match="--trial C2 is a student of a run; name the run with"):
        analyse_file(path, trial="C2")
