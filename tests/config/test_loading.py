"""Study files, their bases, their pieces and overrides."""

import sys
from pathlib import Path

import pytest

from mtkd.config import ConfigError, as_yaml, find_study, instantiate, load, search_beside


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes files under a folder that is the current one."""
    monkeypatch.chdir(tmp_path)

    def write_file(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write_file


def test_bases_lie_under_the_study_in_their_order(write):
    write("s/one.yaml", "a: 1\nb: 1\nnode: {_target_: x.A, p: 1}")
    write("s/two.yaml", "base: [one.yaml]\nb: 2\nc: 2")
    write("s/study.yaml", "base: [one.yaml, two.yaml]\nc: 3\nnode: {_target_: x.B}")
    assert load("s") == {"a": 1, "b": 2, "c": 3, "node": {"_target_": "x.B"}}


def test_a_study_is_its_folder_or_its_file(write):
    file = write("s/study.yaml", "a: 1")
    other = write("s/other.yaml", "a: 2")
    assert find_study("s") == find_study("s/study.yaml") == file.resolve()
    assert load(other) == {"a": 2}


def test_paths_are_found_beside_the_study_then_here_then_among_ours(write):
    write("s/study.yaml", "base: [own.yaml, configs/x.yaml, configs/student/mlp.yaml]")
    write("s/own.yaml", "own: 1")
    write("configs/x.yaml", "here: 2")
    loaded = load("s")
    assert (loaded["own"], loaded["here"]) == (1, 2)
    assert loaded["student"]["_target_"] == "mtkd.students.MLP"


def test_a_path_stands_for_what_the_file_has_under_the_same_key(write):
    write("l.yaml", "loss: {_target_: x.L, t: 2}\nteachers: {a: {seed: 1}}")
    write("k.yaml", "loss: {_target_: x.K}")
    write(
        "study.yaml",
        "loss: l.yaml\nteachers: {a: l.yaml}\n"
        "grid: {loss: [l.yaml, k.yaml], weighting: {u: {x: 1}}}",
    )
    loaded = load("study.yaml")
    assert loaded["loss"] == {"_target_": "x.L", "t": 2}
    assert loaded["teachers"] == {"a": {"seed": 1}}
    assert loaded["grid"]["loss"] == [
        {"l": {"_target_": "x.L", "t": 2}},
        {"k": {"_target_": "x.K"}},
    ]
    assert load("study.yaml", ["loss=k.yaml"])["loss"] == {"_target_": "x.K"}


def test_overrides_are_yaml_and_replace(write):
    write(
        "study.yaml",
        "a: {b: 1, c: [1, 2]}\ngrid: [{seed: [0]}, {seed: [0]}]\nl: {_target_: x.A, p: 1}",
    )
    changes = ["a.b=3e-3", "a.c=[x, {y: true}]", "grid.1.seed=[4, 5]", "l._target_=x.B", "n="]
    assert load("study.yaml", changes) == {
        "a": {"b": 0.003, "c": ["x", {"y": True}]},
        "grid": [{"seed": [0]}, {"seed": [4, 5]}],
        "l": {"_target_": "x.B"},
        "n": None,
    }


def test_a_piece_named_on_the_command_line_can_be_changed_there(write):
    write("loss.yaml", "loss: {_target_: x.A, p: 1, q: 1}")
    write("study.yaml", "a: 1")
    assert load("study.yaml", ["loss=loss.yaml", "loss.q=2"])["loss"] == {
        "_target_": "x.A",
        "p": 1,
        "q": 2,
    }


def test_interpolations_are_resolved_last(write):
    write("b.yaml", "width: 8\nmodel: {hidden: '${width}'}")
    write("study.yaml", "base: [b.yaml]")
    assert load("study.yaml", ["width=16"])["model"] == {"hidden": 16}


def test_yaml_of_a_config_reads_back(write):
    config = {"b": [1, {"x": None}], "a": {"t": 2.0, "text": "1e-3"}}
    write("study.yaml", as_yaml(config))
    assert load("study.yaml") == config
    assert list(load("study.yaml")) == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "overrides", "words"),
    [
        ("base: [no.yaml]", [], "no no.yaml beside s/, in the current folder or in mtkd."),
        (
            "base: [configs/loss/foward_kl.yaml]",
            [],
            "did you mean configs/loss/forward_kl.yaml",
        ),
        ("base: study.yaml", [], "base must be a list of paths, got 'study.yaml'"),
        ("base: [study.yaml]", [], "is its own base: study.yaml -> study.yaml"),
        ("a: [1", [], "cannot be read as YAML"),
        ("a: 1\na: 2", [], "found duplicate key a"),
        ("- 1", [], "must hold keys and values, got a list"),
        ("a: ${b}", [], "config.a: Interpolation key 'b' not found"),
        ("loss: configs/student/mlp.yaml", [], "configs/student/mlp.yaml has no 'loss'"),
        ("a: 1", ["a"], "override 'a' must look like key=value"),
        (
            "seed: 1",
            ["seed=0,1"],
            "override 'seed=0,1' gives several values; write a list, 'seed=[0,1]'",
        ),
        (
            "a: 1",
            ["a=1e-3,.1"],
            "a list, 'a=[1e-3,.1]', or to compare them an axis, 'grid={a: [1e-3,.1]}'",
        ),
        ("a: 1", ["grid.a=x.yaml,y.yaml"], "write a list, 'grid.a=[x.yaml,y.yaml]'"),
        ("a: 1", ["a=[1"], "override 'a=[1': the value is not YAML"),
        ("a: 1", ["a.b=1"], "config.a is 1, it has no key 'b'"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line(write, text, overrides, words):
    write("s/study.yaml", text)
    with pytest.raises(ConfigError) as caught:
        load("s", overrides)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_study_that_is_not_there_is_told_with_a_near_one(write):
    write("experiments/overconfidence/study.yaml", "a: 1")
    with pytest.raises(ConfigError, match=r"did you mean experiments/overconfidence\?"):
        load("experiments/overconfidance")
    with pytest.raises(ConfigError, match=r"there is no x/study\.yaml; give a YAML file"):
        load("x")


def test_the_current_folder_is_not_needed(write, monkeypatch):
    study = write("deep/s/study.yaml", "base: [configs/base.yaml]").parent
    empty = Path(study.parent.parent / "empty")
    empty.mkdir()
    monkeypatch.chdir(empty)
    assert load(study)["tau"] == 0.9


@pytest.mark.parametrize("target", ["beside.Mine", "exps.one.beside.Mine"])
def test_modules_beside_the_study_are_found_by_either_name(write, monkeypatch, target):
    write("exps/one/beside.py", "class Mine:\n    def __init__(self, size=1): self.size = size\n")
    file = write("exps/one/study.yaml", "a: 1")
    monkeypatch.setattr(sys, "path", list(sys.path))
    words = r"cannot import .* No module named '(beside|exps)'"
    with pytest.raises(ConfigError, match=words):
        instantiate({"_target_": target})
    search_beside(find_study(file))
    assert instantiate({"_target_": target, "size": 3}).size == 3
    with pytest.raises(ConfigError, match="did you mean size"):
        instantiate({"_target_": target, "siz": 3})
