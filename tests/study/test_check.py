"""What is built once before training: shipped studies pass, impossible ones are told."""

import copy
import json

import pytest

from mtkd.config import ConfigError, instantiate, load, set_path
from mtkd.config.loading import SHIPPED
from mtkd.losses import DistillationLoss
from mtkd.study.check import check_plan
from mtkd.study.plan import make_plan
from mtkd.weighting import TeacherWeighting
from tests.study.studies import ROOT

STUDIES = sorted(path.parent for path in (ROOT / "experiments").glob("*/study.yaml"))
FETCHED = {"intents": "data.source", "recommendation": "data.folder"}
"""Studies of data that nobody has from an installation, and the key that says where it lies."""
ADAM = {"_target_": "torch.optim.Adam", "_partial_": True}
MLP = {"_target_": "mtkd.students.MLP", "hidden": [4]}
TEACHER = {
    "model": MLP,
    "seed": 1,
    "trainer": {"max_epochs": 1, "batch_size": 64},
    "optimizer": ADAM,
}
SMALL = {
    "base": ["configs/base.yaml", "configs/data/digits.yaml"],
    "student": MLP,
    "teachers": {"a": TEACHER, "b": TEACHER | {"seed": 2}},
    "endpoint": "accuracy",
    "grid": {},
    "controls": [],
}


def write(folder, study):
    """A study file; JSON is YAML."""
    folder.mkdir()
    (folder / "study.yaml").write_text(json.dumps(study))
    return folder


class WithoutHidden(instantiate(MLP).__class__):
    """A student that tells its logits only."""

    def forward(self, batch):
        from mtkd.outputs import ModelOutput

        return ModelOutput(logits=super().forward(batch).dense())


@pytest.mark.parametrize("folder", STUDIES, ids=lambda folder: folder.name)
def test_every_shipped_study_can_be_built(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # own_data writes the files that stand for yours
    plan = make_plan(folder)
    assert (folder / "README.md").read_text().count("**Question.**") == 1
    assert plan.config["question"].endswith("?")
    if folder.name in FETCHED:
        with pytest.raises(ConfigError, match=f"there is no file .* {FETCHED[folder.name]}"):
            check_plan(plan)
        return
    formulas = check_plan(plan)
    assert set(formulas) == {trial.cell_name for trial in plan.trials}
    assert plan.warnings == []


@pytest.mark.parametrize("key", ["loss", "weighting"])
def test_every_shipped_loss_and_weighting_is_one(key):
    kind = {"loss": DistillationLoss, "weighting": TeacherWeighting}[key]
    files = sorted((SHIPPED / "configs" / key).glob("*.yaml"))
    built = [instantiate(load(file)[key], file.name) for file in files]
    assert all(isinstance(one, kind) for one in built)
    package = __import__(kind.__module__.rpartition(".")[0], fromlist=["__all__"])
    final = {name for name in package.__all__ if not vars(package)[name].__abstractmethods__}
    assert {type(one).__name__ for one in built} == final


def test_every_shipped_file_is_a_piece_of_a_study():
    pieces = sorted((SHIPPED / "configs").glob("*/*.yaml"))
    assert len(pieces) > 40
    for file in pieces:
        assert list(load(file)) in ([file.parent.name], [file.stem])


def test_the_formula_says_what_is_minimised(tmp_path):
    grid = {"committee": [["a", "b"], ["a"]], "hard_share": [0.25]}
    plan = make_plan(write(tmp_path / "s", SMALL | {"grid": grid, "controls": ["labels_only"]}))
    formulas = check_plan(plan)
    both = formulas["forward_kl-uniform-a+b-hard_share=0.25"]
    assert "0.25 CE(labels, q)" in both
    assert "0.75 sum_k w_k D(p_k, q)" in both
    assert "T^2 KL(p_T || q_T), T = 2" in both
    assert formulas["labels_only"] == "CE(labels, q)"


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("data.train", 0, "config.data: Digits: digits has 1797 items, got train 0"),
        ("data.train", 1700, "each needs at least 1, and so does test"),
        ("student.classes", 7, "config.student: MLP speaks about 7 classes, config.data has 10;"),
        ("student.inputs", 63, "config.student: MLP does not take the data:"),
        ("student.hidden", [], "config.student: MLP: hidden must list at least one"),
        ("teachers.a.model.classes", 9, "config.teachers.a.model: MLP speaks about 9 classes"),
        ("loss.temperature", 0, "config.loss: ForwardKL: temperature must be positive"),
        (
            "loss",
            {"_target_": "mtkd.losses.JensenShannon", "share": 1.0},
            "config.loss: JensenShannon: share must be strictly between 0 and 1, got 1.0",
        ),
        (
            "weighting",
            {"_target_": "mtkd.weighting.Uniform", "granularity": "batches"},
            "config.weighting: Uniform: granularity must be one of",
        ),
        (
            "weighting",
            {"_target_": "mtkd.weighting.StudentEntropy", "order": ["a", "c"]},
            "config.weighting: StudentEntropy",
        ),
        (
            "weighting",
            {"_target_": "mtkd.weighting.Fixed", "weights": {"a": 1.0}},
            "config.weighting: Fixed",
        ),
        ("optimizer.lr", -1, "config.optimizer: Invalid learning rate: -1"),
        (
            "domains",
            ["clean", {"shift": "gausian_noise", "severity": 1}],
            "config.domains: unknown",
        ),
        ("domains", ["clean", {"shift": "rotate", "severity": 9}], "config.domains:"),
        (
            "teachers.a.relabel",
            [{"_target_": "mtkd.data.Relabel", "source": 8, "target": 10}],
            "config.teachers.a.relabel.0: target 10 is no class",
        ),
        (
            "teachers.a.relabel",
            [{"_target_": "mtkd.data.Relabel", "source": 8, "target": 3, "part": "left"}],
            "config.teachers.a.relabel.0: unknown part",
        ),
    ],
)
def test_what_cannot_work_is_told_before_training(tmp_path, path, value, words):
    full = load(write(tmp_path / "whole", SMALL))
    study = set_path(copy.deepcopy(full), path.split("."), value)
    with pytest.raises(ConfigError) as caught:
        check_plan(make_plan(write(tmp_path / "s", study)))
    assert words in str(caught.value)


@pytest.mark.parametrize("where", ["", "teachers.a."])
def test_a_learning_rate_that_is_0_in_the_last_epochs_is_told(tmp_path, where):
    cosine = {"_target_": "mtkd.schedules.warmup_cosine", "_partial_": True, "optimizer": ADAM}
    full = set_path(load(write(tmp_path / "whole", SMALL)), ["data", "train"], 130)

    def formulas(name, steps, **trainer):
        study = copy.deepcopy(full)
        node = {"max_epochs": 3, "batch_size": 64, "accumulate_grad_batches": 2} | trainer
        for key, value in {"optimizer": cosine | {"steps": steps}, "trainer": node}.items():
            study = set_path(study, f"{where}{key}".split("."), value)
        return check_plan(make_plan(write(tmp_path / name, study)))

    # Three batches are two steps: what is left at the end of an epoch is one.
    assert formulas("s", 6)
    assert formulas("t", 5, max_steps=5)
    assert formulas("u", 5, limit_train_batches=1)
    with pytest.raises(ConfigError) as caught:
        formulas("v", 5)
    assert str(caught.value) == (
        f"config.{where}optimizer.steps is 5, but config.{where}trainer makes 6 steps, the last of "
        "them at a learning rate of 0; set optimizer.steps: 6"
    )


def test_a_gate_needs_a_student_that_shows_its_hidden_state(tmp_path):
    gate = {"_target_": "mtkd.weighting.LearnedGate"}
    student = {"_target_": f"{__name__}.WithoutHidden", "hidden": [4]}
    plan = make_plan(write(tmp_path / "s", SMALL | {"weighting": gate, "student": student}))
    words = r"LearnedGate reads the student's hidden state, but config\.student .*WithoutHidden"
    with pytest.raises(ConfigError, match=words):
        check_plan(plan)


def test_building_does_not_touch_the_random_numbers_of_the_caller(tmp_path):
    import torch

    plan = make_plan(write(tmp_path / "s", SMALL))
    torch.manual_seed(0)
    before = torch.get_rng_state()
    check_plan(plan)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_student_that_writes_needs_teachers_that_read(tmp_path):
    writing = {"_target_": "mtkd.onpolicy.OnPolicy", "prompt_tokens": 3}
    plan = make_plan(write(tmp_path / "s", SMALL | {"on_policy": writing}))
    with pytest.raises(ConfigError, match=r"on_policy: a, b cannot answer .* set live: true"):
        check_plan(plan)


@pytest.mark.parametrize(
    ("grid", "end"),
    [
        ({"loss.temperature": [1, 0]}, "got 0 (in forward_kl-uniform-a+b-loss.temperature=0)"),
        ({"hard_share": [0.1, 0.2], "loss.temperature": [0]}, "must be positive and finite, got 0"),
    ],
)
def test_what_only_some_cells_have_is_told_with_the_first_of_them(tmp_path, grid, end):
    plan = make_plan(write(tmp_path / "s", SMALL | {"grid": grid}))
    with pytest.raises(ConfigError) as caught:
        check_plan(plan)
    assert str(caught.value).endswith(end)
