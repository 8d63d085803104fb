"""Studies that cannot be meant so, each told in one sentence."""

import copy

import pytest

from mtkd.config import ConfigError, set_path
from tests.study.studies import STUDY, plan_of, teacher

CLAIM = {"claim": "c", "statistic": "dd_ceir", "teacher": "a", "domain": "clean", "between": [0, 1]}


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("gird", {}, "config has no key 'gird'; did you mean grid?"),
        ("hard_share", "half", "config.hard_share must be a number, got 'half'"),
        ("hard_share", 1.5, "config.hard_share must be within [0, 1], got 1.5"),
        ("label_smoothing", 1.0, "config.label_smoothing must be within [0, 1), got 1.0"),
        ("aggregation", "logit", "got 'logit'; did you mean logits?"),
        ("tau", 1, "config.tau must lie strictly between 0 and 1, got 1"),
        ("seed", -1, "config.seed must be whole numbers from 0, got [-1]"),
        ("seed", "one", "config.seed must be a whole number or a list or a mapping, got 'one'"),
        (
            "wandb.mode",
            "of",
            "config.wandb.mode must be one of offline, online, disabled; got 'of'",
        ),
        ("wandb.modus", "x", "config.wandb has no key 'modus'; did you mean mode?"),
        ("trainer.max_epoch", 3, "config.trainer has no key 'max_epoch'; did you mean max_epochs"),
        ("trainer.batch_size", 0, "config.trainer.batch_size must be at least 1, got 0"),
        ("trainer.max_epochs", "3", "config.trainer.max_epochs must be a whole number or null"),
        ("trainer.logger", True, "config.trainer.logger: a study sets it itself; use wandb.mode"),
        ("trainer.default_root_dir", "x", "trainer.default_root_dir: a study sets it itself; use"),
        ("teachers.a.trainer.logger", False, "config.teachers.a.trainer.logger: a study sets it"),
        ("log_every", 0, "config.log_every must be at least 1 step, got 0"),
        ("log_every", -3, "config.log_every must be at least 1 step, got -3"),
        ("endpoint", "foo", "config.endpoint foo: there is no 'foo'. There is: dd_ceir, excess_c"),
        ("endpoint", "inheritance/nll", "there is no 'nll'. There is: dd_ceir, excess_ceir, tra"),
        ("endpoint", "inheritance/p/excess_ceir", "there is no 'p'. There is: a, b."),
        ("teachers.a.sed", 1, "config.teachers.a has no key 'sed'; did you mean seed?"),
        ("teachers.a", {"seed": 1}, "config.teachers.a lacks 'model'"),
        ("teachers.a.temperature", 0, "config.teachers.a.temperature must be positive, got 0"),
        ("teachers.a.label_smoothing", 1, "teachers.a.label_smoothing must be within [0, 1)"),
        ("teachers.a.model.siz", 1, "config.teachers.a.model: Model: got an unexpected keyword"),
        ("placebo", {"a": teacher()}, "config.placebo must hold one node under a name that no"),
        ("controls", ["label_only"], "got 'label_only'; did you mean labels_only?"),
        ("committee", ["aa"], "config.committee names 'aa'; did you mean a? Teachers: a, b."),
        ("grid.committee", [["p"]], "config.committee names the placebo 'p', which must not teach"),
        ("grid.committee", [], "config.grid.committee must be values as a list, {range: n} or"),
        ("grid.committee", {"range": "x"}, "config.grid.committee must be values as a list"),
        ("grid.committe", [["a"]], "config.grid.committe is no axis; did you mean committee?"),
        ("grid.seed", [0.5], "config.grid.seed must be whole numbers from 0, got [0.5]"),
        ("grid.hard_share", [0.1, 0.1], "config.grid.hard_share has two values called '0.1'"),
        (
            "grid.trainer",
            {"max_epochs": [1, 2]},
            "config.grid.trainer: 'max_epochs' must be a mapping or the path of a YAML file, got "
            "[1, 2]; to vary one argument, make it an axis of its own, like "
            "'grid={trainer.max_epochs: [...]}'",
        ),
        ("grid.hard_share", [2], "config.hard_share must be within [0, 1], got 2"),
        (
            "grid",
            {"teachers.a.seed": [1]},
            "config.grid.teachers.a.seed: teachers cannot be an axis",
        ),
        ("grid.data", [{"_target_": "x.Y"}], "config.grid.data: data cannot be an axis"),
        ("grid", [3], "config.grid.0 must be a mapping, got 3"),
        (
            "grid.loss",
            [{"_target_": "mtkd.losses.Foo"}],
            "config.loss._target_: mtkd.losses has no",
        ),
        ("loss.temprature", 2, "config.loss: ForwardKL: got an unexpected keyword argument"),
        ("loss.temperature", "two", "config.loss: ForwardKL: temperature must be a number"),
        ("student", 3, "config.student must be a mapping, got 3"),
        ("domains", ["clean", "noise"], "config.domains.1 must be clean, {shift: name, severity:"),
        ("domains", ["clean", "clean"], "config.domains lists 'clean' more than once"),
        ("domains", [], "config.domains must list clean"),
        ("expectations", [CLAIM | {"cell": {"loss": "fwd"}}], "expectations.0.cell is no cell"),
        ("expectations", [CLAIM | {"control": "uniform"}], "there is no 'uniform'"),
        ("expectations", [CLAIM], "config.expectations.0 must be about a cell or a control"),
        ("expectations", [CLAIM | {"domain": "cleen"}], "no 'cleen'; did you mean clean? There is"),
        ("expectations", [CLAIM | {"teacher": "x"}], "config.expectations.0.teacher: there is no"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_sentence(tmp_path, path, value, words):
    study = set_path(copy.deepcopy(STUDY), path.split("."), value)
    with pytest.raises(ConfigError) as caught:
        plan_of(tmp_path, **study)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nan_is_no_share(tmp_path):
    with pytest.raises(ConfigError, match=r"config\.hard_share must be within \[0, 1\], got nan"):
        plan_of(tmp_path, "hard_share=.nan")


@pytest.mark.parametrize("override", ["committee=[a]", "grid.committee=[[a]]"])
def test_an_override_that_the_grid_would_undo_is_refused(tmp_path, override):
    if override.startswith("grid"):
        assert len(plan_of(tmp_path, override).trials) == 4
    else:
        words = r"would change no cell, since the grid sets committee in each; override grid\.comm"
        with pytest.raises(ConfigError, match=words):
            plan_of(tmp_path, override)


def test_a_teacher_may_be_used_as_it_is_but_not_half(tmp_path):
    as_it_is = {"a": teacher(trainer=None, optimizer=None)}
    assert plan_of(tmp_path, teachers=as_it_is, grid={"committee": ["a"]}).teachers["a"]
    with pytest.raises(ConfigError, match=r"config\.teachers\.a needs trainer and optimizer"):
        plan_of(tmp_path, teachers={"a": teacher(trainer=None)}, grid={"committee": ["a"]})


def test_a_control_that_says_nothing_useful_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"controls\.0\.mine must say what it changes"):
        plan_of(tmp_path, controls=[{"mine": {"loss.temperature": 2}}])
    with pytest.raises(ConfigError, match="uniform is a control that exists"):
        plan_of(tmp_path, controls=[{"uniform": {"trainer.max_epochs": 2}}])
