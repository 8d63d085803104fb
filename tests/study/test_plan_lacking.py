"""What a study lacks is told at once; what an endpoint needs."""

import json

import pytest

from mtkd.config import ConfigError
from mtkd.study.keys import INHERITANCE, OTHER_ENDPOINTS
from mtkd.study.plan import make_plan
from tests.study.studies import STUDY, plan_of, teacher, write_study

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
