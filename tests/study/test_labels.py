"""Labels across the products of a grid: what a report gathers by them must be one student."""

import pytest

from mtkd.config import ConfigError
from mtkd.study.plan import make_plan
from tests.study.studies import MODEL, write_study

ONE = {"_target_": "mtkd.losses.ForwardKL", "temperature": 1.0}
FOUR = {"_target_": "mtkd.losses.ForwardKL", "temperature": 4.0}
REVERSE = {"_target_": "mtkd.losses.ReverseKL"}


def plan_of(folder, grid, **changes):
    return make_plan(write_study(folder / "s", grid=grid, **changes))


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ([{"loss": {"a": ONE}}, {"loss": {"a": REVERSE}}], "all called a-uniform-a+b; they differ"),
        ([{"loss": [ONE]}, {"loss": [FOUR]}], "differ in loss: name values with {label: value}"),
        ([{}, {"loss": [FOUR]}], "differ in loss"),
        ([{"loss": [ONE], "seed": [0]}, {"loss": [FOUR], "seed": [1]}], "differ in loss"),
        ([{"committee": {"x": ["a"]}}, {"committee": {"x": ["b"]}}], "differ in committee, teach"),
    ],
)
def test_one_label_for_different_values_is_refused(grid, words, tmp_path):
    with pytest.raises(ConfigError) as refused:
        plan_of(tmp_path, grid)
    assert words in str(refused.value)


def test_a_control_that_would_serve_two_students_is_refused(tmp_path):
    grid = [
        {"student": [MODEL | {"size": 24}], "loss": [ONE]},
        {"student": [MODEL | {"size": 48}], "loss": [REVERSE]},
    ]
    with pytest.raises(
        ConfigError, match="all called labels_only-student=model; they differ in st"
    ):
        plan_of(tmp_path, grid)
    for product, label in zip(grid, ("small", "large"), strict=True):
        product["student"] = {label: product["student"][0]}
    controls = [trial for trial in plan_of(tmp_path, grid).trials if trial.control]
    assert [trial.config["student"]["size"] for trial in controls] == [24, 24, 48, 48]


def test_values_that_mean_the_same_may_have_one_label(tmp_path):
    spelled = {"_target_": "mtkd.losses.ForwardKL"}  # 1 is the default
    plan = plan_of(
        tmp_path, [{"loss": [ONE]}, {"loss": [spelled], "committee": [["a"], ["a", "b"]]}]
    )
    assert len(plan.trials) == 2 + 2 + 2


def test_one_label_in_cells_that_differ_elsewhere_is_no_mistake(tmp_path):
    grid = [
        {"weighting": [{"_target_": "mtkd.weighting.StudentEntropy", "order": [one]}]}
        | {"committee": [[one]], "loss": {one: ONE}}
        for one in ("a", "b")
    ]
    assert len(plan_of(tmp_path, grid, controls=[]).trials) == 4


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("grid.loss.temperature=[1,4]", "grid={loss.temperature: [...]}"),
        ("grid.student.hidden=[[24],[48]]", "config.grid.student: 'hidden' must be a node with _t"),
        ("grid.loss=[reverse_kl]", "path of a YAML file, got 'reverse_kl'"),
        ("grid.on_policy.share=[0.5]", "config.grid.on_policy: 'share' must be a node"),
        ("grid={1: [2]}", "config.grid.1 is no axis"),
        ("controls=[{long: {}}, {long: {student.size: 2}}]", "config.controls names long twice"),
        ("controls=[labels_only, labels_only]", "config.controls names labels_only twice"),
        ("controls=[{long: {1: 2}}]", "config.controls.0.long must say what it changes"),
    ],
)
def test_what_cannot_be_meant_so_is_one_sentence(override, words, tmp_path):
    with pytest.raises(ConfigError) as refused:
        make_plan(write_study(tmp_path / "s", grid={}), [override])
    assert words in str(refused.value)


def test_an_axis_of_nodes_may_leave_the_writing_out(tmp_path):
    plan = plan_of(tmp_path, {"on_policy": {"none": None}}, controls=[])
    assert all("on_policy" not in trial.config for trial in plan.trials)
