"""Grids, committees, seeds and controls to trials."""

import pytest

from mtkd.config import ConfigError
from mtkd.study.domains import expand_domains
from mtkd.study.grid import label_of
from tests.study.studies import plan_of

UNIFORM = {"_target_": "mtkd.weighting.Uniform"}


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
