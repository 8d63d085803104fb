"""Grids, committees, seeds and controls to trials; and studies that cannot be meant so."""

import copy
import json

import pytest

from mtkd.config import ConfigError, set_path
from mtkd.study.domains import expand_domains
from mtkd.study.grid import label_of
from mtkd.study.keys import INHERITANCE, OTHER_ENDPOINTS
from mtkd.study.plan import make_plan
from tests.study.studies import STUDY, teacher, write_study

UNIFORM = {"_target_": "mtkd.weighting.Uniform"}


def plan_of(folder, *overrides, **changes):
    return make_plan(write_study(folder / "s", **changes), overrides)


def names(plan):
    return [trial.name for trial in plan.trials]


def test_products_of_a_list_are_united_and_duplicates_run_once(tmp_path):
    grid = [
        {"committee": ["a", ["a", "b"]]},
        {"committee": [["b", "a"]], "hard_share": {"half": 0.5, "none": 0.0}},
    ]
    plan = plan_of(tmp_path, grid=grid, seed=3, controls=[])
    assert names(plan) == [
        "forward_kl-uniform-a-seed3",
        "forward_kl-uniform-a+b-seed3",
        "forward_kl-uniform-a+b-hard_share=half-seed3",
        "forward_kl-uniform-a+b-hard_share=none-seed3",
    ]
    assert plan.trials[1].id == plan.trials[2].id
    assert len(plan.runs) == 3
    assert plan.runs[plan.trials[2].id].name == "forward_kl-uniform-a+b-seed3"


def test_a_node_as_value_replaces_and_a_dotted_axis_follows_it(tmp_path):
    base = {"_target_": "mtkd.losses.JensenShannon", "share": 0.2, "temperature": 3.0}
    grid = {
        "loss.temperature": [2.0, 4.0],
        "loss": [{"js": {"_target_": "mtkd.losses.JensenShannon"}}],
    }
    plan = plan_of(tmp_path, loss=base, grid=grid, seed=0, controls=["uniform"])
    assert [trial.config["loss"] for trial in plan.trials] == [
        {"_target_": "mtkd.losses.JensenShannon", "temperature": 2.0},
        {"_target_": "mtkd.losses.JensenShannon", "temperature": 4.0},
        base,
    ]
    assert plan.trials[0].cell["loss.temperature"] == "2"


def test_controls_share_seed_and_student_with_the_cells(tmp_path):
    controls = ["labels_only", "other_seed", "label_smoothing", "best_single_teacher", "uniform"]
    grid = {
        "student.size": [1, 2],
        "weighting": [{"t": {"_target_": "mtkd.weighting.TeacherEntropy"}}],
    }
    plan = plan_of(tmp_path, grid=grid, controls=controls)
    assert len(plan.trials) == 4 * (1 + 3 + 2 + 1)
    found = {(t.control, t.seed, t.cell["student.size"]): t.config for t in plan.trials}
    for seed in (0, 1):
        for size in ("1", "2"):
            alone = found["labels_only", seed, size]
            assert (alone["seed"], alone["student"]["size"]) == (seed, int(size))
            assert (alone["committee"], alone["hard_share"]) == ([], 1.0)
            assert found["other_seed", seed, size] == alone | {"seed": seed + 1000}
            assert found["label_smoothing", seed, size] == alone | {"label_smoothing": 0.1}
            uniform = found["uniform", seed, size]
            assert (uniform["committee"], uniform["weighting"]) == (["a", "b"], UNIFORM)
    singles = [t for t in plan.trials if t.control == "best_single_teacher"]
    assert [t.config["committee"] for t in singles[::4]] == [["a"], ["b"]]
    assert {t.cell["committee"] for t in singles} == {"a", "b"}


def test_seeds_of_a_product_come_before_those_of_the_study(tmp_path):
    plan = plan_of(tmp_path, grid=[{"committee": ["a"]}, {"seed": [7]}], controls=[])
    assert [trial.seed for trial in plan.trials] == [0, 1, 7]
    plan = plan_of(tmp_path, "seed=[4]", grid={"committee": ["a"]}, controls=[])
    assert [trial.seed for trial in plan.trials] == [4]


def test_the_placebo_is_trained_and_teaches_nobody(tmp_path):
    plan = plan_of(tmp_path)
    assert {name: teacher.placebo for name, teacher in plan.teachers.items()} == {
        "a": False,
        "b": False,
        "p": True,
    }
    assert all("p" not in trial.config["teachers"] for trial in plan.trials)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ({"_target_": "mtkd.losses.ForwardKL"}, "forward_kl"),
        ({"_target_": "mtkd.losses.LogitMSE"}, "logit_mse"),
        ({"_target_": "mtkd.losses.SortedL1"}, "sorted_l1"),
        ({"_target_": "mtkd.students.MLP"}, "mlp"),
        (["a", "b"], "a+b"),
        ([], "none"),
        (0.003, "0.003"),
        (2.0, "2"),
        ("logits", "logits"),
    ],
)
def test_labels_say_what_a_value_is(value, label):
    assert label_of(value) == label


def test_domains_have_the_names_of_their_files():
    listed = ["clean", {"shift": "rotate", "severity": [1, 3]}, {"out_of_distribution": "inverted"}]
    assert expand_domains(listed) == [
        {"name": "clean", "kind": "clean", "shift": None, "severity": None},
        {"name": "rotate@1", "kind": "shift", "shift": "rotate", "severity": 1},
        {"name": "rotate@3", "kind": "shift", "shift": "rotate", "severity": 3},
        {"name": "inverted", "kind": "ood", "shift": "inverted", "severity": None},
    ]


@pytest.mark.parametrize(
    ("loss", "aggregations", "warned"),
    [
        ("ForwardKL", ["distances", "probabilities"], True),
        ("ReverseKL", ["distances", "logits"], True),
        ("ForwardKL", ["distances", "logits"], False),
        ("ReverseKL", ["distances", "probabilities"], False),
        ("Jeffreys", ["distances", "probabilities", "logits"], False),
    ],
)
def test_comparing_two_that_are_the_same_is_warned_of(tmp_path, loss, aggregations, warned):
    grid = {"aggregation": aggregations}
    plan = plan_of(tmp_path, loss={"_target_": f"mtkd.losses.{loss}"}, grid=grid)
    same = (
        f"the grid compares aggregation {aggregations[0]} with {aggregations[1]} for {loss}, "
        "where both have the same gradient; drop one"
    )
    assert plan.warnings == ([same] if warned else [])


def test_what_is_the_same_only_for_one_teacher_is_not_warned_of(tmp_path):
    grid = {"aggregation": ["distances", "probabilities"], "committee": ["a"]}
    assert plan_of(tmp_path, grid=grid).warnings == []


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


BASE_KEYS = "loss, weighting, aggregation, hard_share, label_smoothing, optimizer, trainer, seed"
FILES = (
    "a file of configs/data such as configs/data/digits.yaml, a file of configs/student such as "
    "configs/student/mlp.yaml, a file of configs/teachers such as configs/teachers/planted.yaml"
)
NEEDS = (
    "; the endpoint inheritance/dd_ceir also needs placebo: configs/teachers/placebo.yaml and "
    "controls: [labels_only]"
)
GRID = {"grid": {"seed": [0, 1]}}
LACKING = {
    "a grid only": (
        GRID,
        f"config lacks data, student, {BASE_KEYS}, endpoint, tau, wandb, teachers; put into base "
        f"configs/base.yaml (for {BASE_KEYS}, endpoint, tau, wandb), {FILES}{NEEDS}",
    ),
    "with the base": (
        GRID | {"base": ["configs/base.yaml"]},
        f"config lacks data, student, teachers; put into base {FILES}{NEEDS}",
    ),
    "with a placebo": (
        GRID | {"base": ["configs/base.yaml"], "placebo": {"p": teacher()}},
        f"config lacks data, student, teachers; put into base {FILES}; the endpoint "
        "inheritance/dd_ceir also needs controls: [labels_only]",
    ),
    "with another endpoint": (
        GRID | {"base": ["configs/base.yaml", "configs/data/digits.yaml"], "endpoint": "nll"},
        f"config lacks student, teachers; put into base {FILES.partition(', ')[2]}",
    ),
    "one key": (
        {key: value for key, value in STUDY.items() if key != "tau"},
        "config lacks tau; put into base configs/base.yaml (for tau)",
    ),
    "one key, labels alone": (
        {k: v for k, v in STUDY.items() if k != "student"} | {"teachers": {}, "endpoint": "nll"},
        f"config lacks student, teachers; put into base {FILES.partition(', ')[2]}",
    ),
}


@pytest.mark.parametrize("case", LACKING)
def test_all_that_a_study_lacks_is_told_at_once_and_where_it_comes_from(tmp_path, case):
    study, words = LACKING[case]
    file = write_study(tmp_path / "s") / "study.yaml"
    file.write_text(json.dumps(study))
    with pytest.raises(ConfigError) as caught:
        make_plan(file)
    assert str(caught.value) == words


def test_what_the_sentence_asks_for_is_a_whole_study(tmp_path):
    asked = [f"configs/{name}.yaml" for name in ("base", "data/digits", "student/mlp")]
    study = {
        "base": [*asked, "configs/teachers/planted.yaml"],
        "placebo": "configs/teachers/placebo.yaml",
        "controls": ["labels_only"],
    }
    file = write_study(tmp_path / "s") / "study.yaml"
    file.write_text(json.dumps(study | GRID))
    assert len(make_plan(file).runs) == 4


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (
            {"placebo": None},
            "a placebo, but config.placebo is missing; add placebo: configs/teachers/placebo.yaml,",
        ),
        (
            {"controls": []},
            "the control labels_only, but config.controls lacks it; add controls: [labels_only],",
        ),
        (
            {"placebo": None, "controls": []},
            "a placebo and the control labels_only, but config.placebo is missing and "
            "config.controls lacks it; add placebo: configs/teachers/placebo.yaml and controls: "
            "[labels_only],",
        ),
    ],
)
def test_an_endpoint_needs_what_it_compares_with(tmp_path, missing, words):
    plan_of(tmp_path, endpoint="inheritance/dd_ceir")
    with pytest.raises(ConfigError) as caught:
        plan_of(tmp_path, endpoint="inheritance/dd_ceir", **missing)
    assert str(caught.value) == (
        f"config.endpoint inheritance/dd_ceir compares with {words} or choose another endpoint"
    )


@pytest.mark.parametrize("endpoint", ["excess_ceir", "inheritance/b/slope_wrong", "b/dd_ceir"])
def test_an_endpoint_may_name_its_teacher(tmp_path, endpoint):
    assert plan_of(tmp_path, endpoint=endpoint).config["endpoint"] == endpoint


def test_the_endpoints_are_those_that_results_have():
    from mtkd.metrics import Predictions
    from mtkd.results.plain import labelled_metrics
    from mtkd.results.results import SECONDARY

    assert set(INHERITANCE) == {"dd_ceir", *SECONDARY}
    said = labelled_metrics(Predictions([[0.9, 0.1], [0.4, 0.6]], [0, 0]), 0.9)
    assert {name for name in OTHER_ENDPOINTS if "difference" not in name} < set(said)


COSINE = {
    "_target_": "mtkd.schedules.warmup_cosine",
    "_partial_": True,
    "steps": 6,
    "optimizer": {"_target_": "torch.optim.SGD", "_partial_": True, "lr": 1.0},
}
STEPS = {"max_steps": 40, "max_epochs": -1, "batch_size": 4}


@pytest.mark.parametrize("where", ["", "teachers.a."])
def test_a_learning_rate_that_is_0_before_the_end_is_told(tmp_path, where):
    study = copy.deepcopy(STUDY)
    for key, value in {"optimizer": COSINE, "trainer": STEPS}.items():
        study = set_path(study, f"{where}{key}".split("."), value)
    words = (
        f"config.{where}optimizer.steps is 6, but config.{where}trainer makes 40 steps, the last "
        "of them at a learning rate of 0; set optimizer.steps: 40"
    )
    with pytest.raises(ConfigError) as caught:
        plan_of(tmp_path, **study)
    assert str(caught.value) == words
    for override in ("optimizer.last=0.1", "trainer.max_steps=6", "trainer.max_epochs=1"):
        plan_of(tmp_path, f"{where}{override}", **study)


def test_a_schedule_is_held_against_the_steps_of_each_cell(tmp_path):
    changes = {"optimizer": COSINE, "trainer": STEPS | {"max_steps": 6}, "grid": {}}
    plan_of(tmp_path, **changes)
    with pytest.raises(ConfigError, match=r"is 6, but config\.trainer makes 7 steps"):
        plan_of(tmp_path, **changes | {"grid": {"trainer.max_steps": [6, 7]}})
    with pytest.raises(ConfigError, match=r"is 6, but config\.trainer makes 9 steps"):
        plan_of(tmp_path, **changes, controls=[{"longer": {"trainer.max_steps": 9}}])


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


def test_no_grid_is_one_cell_for_each_seed(tmp_path):
    plan = plan_of(tmp_path, "grid={}", controls=[])
    assert names(plan) == ["forward_kl-uniform-a+b-seed0", "forward_kl-uniform-a+b-seed1"]


def test_a_control_of_ones_own_changes_labels_only(tmp_path):
    longer = {"twice_as_long": {"trainer.max_epochs": 2}}
    plan = plan_of(tmp_path, controls=["labels_only", longer])
    trials = {trial.control: trial for trial in plan.trials if trial.seed == 0 and trial.control}
    assert trials["twice_as_long"].config["trainer"]["max_epochs"] == 2
    assert trials["twice_as_long"].config["committee"] == []
    assert trials["labels_only"].config["trainer"]["max_epochs"] == 1
    assert trials["twice_as_long"].cell == trials["labels_only"].cell


def test_a_labelled_domain_without_severity_is_a_shift(tmp_path):
    plan = plan_of(tmp_path, domains=["clean", {"domain": "gui"}])
    gui = {"name": "gui", "kind": "shift", "shift": "gui", "severity": None}
    assert plan.domains[1] == gui


def test_steps_may_be_given_instead_of_epochs(tmp_path):
    steps = {"max_steps": 5, "max_epochs": -1, "batch_size": 4}
    assert plan_of(tmp_path, trainer=steps).runs
    with pytest.raises(ConfigError, match=r"config\.trainer\.max_epochs must be at least 1"):
        plan_of(tmp_path, trainer={"max_epochs": -1, "batch_size": 4})


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
