"""What changes the identity of a trial or a teacher, and what does not."""

import copy
import json

import pytest

from mtkd.config import set_path
from mtkd.study.imports import with_imports
from mtkd.study.plan import make_plan
from tests.study.studies import STUDY, teacher, write_study


def ids(folder, name="s", **changes):
    """Ids of all trials of the stub study with some keys changed."""
    return [trial.id for trial in make_plan(write_study(folder / name, **changes)).trials]


def changed(path, value):
    return set_path(copy.deepcopy(STUDY), path.split("."), value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("question", "another"),
        ("tau", 0.8),
        ("endpoint", "nll"),
        ("wandb.mode", "online"),
        ("placebo", {"q": teacher(seed=9)}),
        ("log_every", 3),
        ("domains", ["clean", {"shift": "rotate", "severity": 1}]),
        # Defaults of the constructors, spelled out; 1 instead of 1.0.
        ("loss.temperature", 1),
        ("weighting.granularity", "position"),
        ("data.train", 10),
        ("optimizer.rate", 0.1),
        ("teachers.a.temperature", 1),
        ("teachers.a.relabel", []),
        ("teachers.a.relabel", None),
        ("teachers.c", teacher(seed=7)),
        ("teachers", {"b": STUDY["teachers"]["b"], "a": STUDY["teachers"]["a"]}),
        ("committee", ["b", "a"]),
    ],
)
def test_what_does_not_determine_the_result_does_not_change_the_id(tmp_path, path, value):
    grid = {"grid": {}, "controls": []}
    same = ids(tmp_path, **grid, committee=["a", "b"])
    changes = changed(path, value) | grid
    assert ids(tmp_path, "t", **{"committee": ["a", "b"]} | changes) == same


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("loss.temperature", 2.0),
        ("loss", {"_target_": "mtkd.losses.ReverseKL"}),
        ("weighting.granularity", "batch"),
        ("data.train", 11),
        ("student.size", 2),
        ("optimizer.rate", 0.2),
        ("trainer.max_epochs", 2),
        ("seed", [5, 6]),
        ("hard_share", 0.4),
        ("label_smoothing", 0.1),
        ("aggregation", "logits"),
        ("teachers.a.seed", 5),
        ("teachers.b.model.size", 5),
        ("teachers.b.temperature", 2.0),
        ("teachers.b.label_smoothing", 0.2),
        ("teachers.b.optimizer.rate", 0.2),
        ("teachers.b.trainer.batch_size", 5),
        ("committee", ["a"]),
    ],
)
def test_what_determines_the_result_changes_every_id(tmp_path, path, value):
    grid = {"grid": {}, "controls": []}
    changes = changed(path, value) | grid
    assert not set(ids(tmp_path, **grid)) & set(ids(tmp_path, "t", **changes))


def test_a_teacher_counts_only_for_those_it_teaches(tmp_path):
    teachers = STUDY["teachers"] | {"b": teacher(seed=77)}
    before, after = ids(tmp_path), ids(tmp_path, "t", teachers=teachers)
    same = [one == other for one, other in zip(before, after, strict=True)]
    assert same == [True, True, False, False, True, True]  # a alone, both, nobody


def test_one_teacher_has_weight_one_whatever_the_rule(tmp_path):
    weightings = [{"_target_": f"mtkd.weighting.{n}"} for n in ("Uniform", "TeacherEntropy")]
    grid = {"weighting": weightings, "aggregation": ["distances", "logits"], "committee": [["a"]]}
    plan = make_plan(write_study(tmp_path / "s", grid=grid, controls=[], seed=0))
    assert len(plan.trials) == 1
    assert plan.trials[0].cell["weighting"] == "uniform"
    assert plan.trials[0].config["weighting"] == {"_target_": "mtkd.weighting.Uniform"}


def test_where_only_labels_count_nobody_teaches(tmp_path):
    grid = {"hard_share": [0.5, 1.0], "loss": [{"x": STUDY["loss"]}, {"y": STUDY["loss"]}]}
    plan = make_plan(write_study(tmp_path / "s", grid=grid, seed=0))
    alone = [trial for trial in plan.trials if not trial.config["committee"]]
    assert [trial.control for trial in alone] == [None, "labels_only"]
    assert len({trial.id for trial in alone}) == 1
    assert alone[0].cell == {
        "loss": "none",
        "weighting": "none",
        "committee": "none",
        "hard_share": "1",
    }


def test_the_text_of_own_modules_counts(tmp_path):
    loss = "from mtkd.losses import ForwardKL\n\n\nclass Own(ForwardKL):\n    pass\n"
    study = write_study(tmp_path / "s", loss={"_target_": "own_counted.Own"})
    (study / "own_counted.py").write_text(loss)
    before = [trial.id for trial in make_plan(study).trials]
    (study / "own_counted.py").write_text(loss + "\n")
    after = [trial.id for trial in make_plan(study).trials]
    changed_ids = [one != other for one, other in zip(before, after, strict=True)]
    assert changed_ids == [True, True, True, True, False, False]  # labels only: no loss


MODULES = {
    "voice_asked.py": "import voice_words\n\n\ndef Voice():\n    from voice_box import tone\n",
    "voice_words.py": "from voice_box.lungs import breath as air\n",
    "voice_box/__init__.py": "from . import tone\n",
    "voice_box/tone.py": "",
    "voice_box/lungs.py": "from .tone import *\nfrom ...above import x\nimport no_such_module\n",
    "voice_box/unheard.py": "",
    "losses_beside.py": "",
}


def asked_ids(study):
    """Ids of a teacher that is a source of the study's own, and of one that is its network."""
    plan = make_plan(study)
    return plan.teachers["a"].id, plan.teachers["b"].id


def test_a_source_is_asked_again_only_where_what_it_imports_changes(tmp_path):
    teachers = {"a": {"source": {"_target_": "voice_asked.Voice"}}, "b": teacher(seed=2)}
    study = write_study(tmp_path / "s", teachers=teachers, grid={}, committee=["a"])
    (study / "voice_box").mkdir()
    for name, text in MODULES.items():
        (study / name).write_text(text)
    heard = set()
    for name in (*MODULES, "new_beside.py"):
        before, file = asked_ids(study), study / name
        file.write_text((file.read_text() if file.exists() else "") + "\n# more\n")
        after = asked_ids(study)
        assert after[1] == before[1]
        heard |= {name} if after[0] != before[0] else set()
    assert heard == MODULES.keys() - {"voice_box/unheard.py", "losses_beside.py"}


def test_a_module_that_is_no_python_counts_with_its_text(tmp_path):
    file = tmp_path / "voice_broken.py"
    file.write_text("def (\n")
    assert with_imports([("voice_broken", file)], lambda one: True) == {file}


def test_the_name_of_a_teacher_is_not_its_identity(tmp_path):
    plan = make_plan(write_study(tmp_path / "s"))
    other = {"z": STUDY["teachers"]["a"]}
    named = make_plan(write_study(tmp_path / "t", teachers=other, grid={}))
    assert plan.teachers["a"].id == named.teachers["z"].id
    assert len({teacher.id for teacher in plan.teachers.values()}) == 3


def routed(folder, name, route):
    teachers = {"a": teacher(seed=1, route=route), "b": teacher(seed=2)}
    return ids(folder, name, teachers=teachers, grid={}, seed=0)[0]


def test_routes_are_a_set_of_names(tmp_path):
    assert routed(tmp_path, "s", ["x", "y"]) == routed(tmp_path, "t", ["y", "x", "y"])
    different = (["x"], ["x", "y"], ["x/y"], ['["x", "y"]'], ['["x/y"]'], None)
    found = {routed(tmp_path, f"s{n}", route) for n, route in enumerate(different)}
    assert len(found) == len(different)
    assert routed(tmp_path, "u", [1, True]) == routed(tmp_path, "v", ["True", "1"])


def test_ids_stay_from_version_to_version(tmp_path):
    """An anchor: whoever changes what is hashed makes every user train everything again."""
    study = json.loads(json.dumps(STUDY))
    plan = make_plan(write_study(tmp_path / "s", **study))
    assert plan.teachers["a"].id == "e2a458d786"
    assert plan.trials[0].id == "0047b13677"
    assert routed(tmp_path, "r", ["x"]) == "122bbaafdd"
    assert routed(tmp_path, "q", ["x", "y"]) == "50945e4c86"
