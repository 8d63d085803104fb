"""economics.yaml: what its keys mean."""

import re
from pathlib import Path

import pytest

from mtkd.config import load
from mtkd.economics import analyse_file, make_plan, read_values
from mtkd.economics.keys import SECTIONS
from tests.economics.cases import config

EXAMPLE = Path(__file__).parents[2] / "configs" / "economics.yaml"


def plan(changes=None):
    return make_plan(read_values(config(changes)))


def price(*removed, **stated):
    """The teacher's price, said in another way than CONFIG does."""
    changes = {"teacher.price_per_request": ...}
    changes |= {name.replace("__", "."): value for name, value in stated.items()}
    return plan(changes).case.teacher_price


class TestPrices:
    def test_by_token_count_both_directions(self):
        found = price(
            teacher__price_per_million_input_tokens=3.0,
            teacher__price_per_million_output_tokens=15.0,
            traffic__input_tokens=500,
            traffic__output_tokens=20,
        )
        assert found == pytest.approx(0.0015 + 0.0003)

    def test_of_a_host_are_paid_by_the_hours_it_works(self):
        found = price(
            teacher__price_per_hour=12.0,
            teacher__requests_per_hour=4000,
            teacher__utilisation=0.25,
        )
        assert found == pytest.approx(0.012)

    def test_student_may_cost_a_fixed_fee_only(self):
        case = plan({"student.price_per_request": ...}).case
        assert (case.student_price, case.hosting) == (0.0, 300)


class TestTraining:
    def test_adds_up_to_the_rule_of_thumbs_example(self):
        found = plan()
        assert found.training == {
            "teacher's answers": pytest.approx(6000),
            "compute": pytest.approx(4 * 1.5 * 168 * 2.5),
            "filtering": 1000,
            "labour": 17480,
            "evaluation": 3000,
            "teacher's training": 0,
        }
        assert found.case.training_cost == pytest.approx(30_000)
        assert found.not_stated == ()

    def test_hours_may_be_said_directly(self):
        changes = {"training.gpus": ..., "training.weeks": ..., "training.gpu_hours": 10}
        assert plan(changes).training["compute"] == 25

    def test_a_new_teacher_is_shared_by_its_students(self):
        changes = {"training.teacher_training": 9000, "training.students": 3}
        assert plan(changes).training["teacher's training"] == 0
        changes["training.teacher_already_exists"] = False
        assert plan(changes).training["teacher's training"] == 3000

    def test_everything_left_out_is_named(self):
        left_out = {
            "training.filtering": ...,
            "operation.fallback_share": None,
            "teacher.price_drop": ...,
        }
        assert plan(left_out).not_stated == (
            "training.filtering", "operation.fallback_share", "teacher.price_drop",
        )  # fmt: skip


def test_every_operating_figure_reaches_the_case():
    changes = {
        "operation.fallback_share": 0.1,
        "operation.monitoring_per_month": 11,
        "operation.refresh_cost": 12,
        "operation.refresh_every_months": 13,
        "operation.horizon_months": 14,
        "operation.discount_per_year": 0.15,
        "teacher.price_drop": 0.16,
        "teacher.price_drop_months": 17,
    }
    case = plan(changes).case
    found = (
        case.fallback_share, case.monitoring, case.refresh_cost, case.refresh_months,
        case.horizon, case.discount, case.price_drop, case.price_drop_months,
    )  # fmt: skip
    assert found == (0.1, 11, 12, 13, 14, 0.15, 0.16, 17)


class TestTheExample:
    def test_names_every_key_there_is(self):
        example = load(EXAMPLE)
        assert {name: set(node) for name, node in example.items() if name != "question"} == {
            name: set(keys) for name, keys in SECTIONS.items()
        }

    def test_has_a_comment_for_every_section(self):
        for section in SECTIONS:
            assert re.search(rf"^{section}:( +#|\n.*\n?.*#)", EXAMPLE.read_text(), re.MULTILINE)

    def test_is_the_12_months_of_the_rule_of_thumb(self):
        found = analyse_file(EXAMPLE)
        assert found.outcome.months == found.outcome.static_months == 12.0
        assert found.outcome.verdict == "think carefully"

    def test_follows_the_command_line(self):
        assert analyse_file(EXAMPLE, ["operation.fallback_share=.1"]).outcome.months == (
            pytest.approx(30_000 / 2200)
        )


@pytest.mark.parametrize("share", [0, 1])
def test_the_ends_of_a_share_are_allowed(share):
    assert plan({"operation.fallback_share": share}).case.fallback_share == share
    assert plan({"teacher.price_drop": share}).case.price_drop == share


def test_an_empty_section_is_as_good_as_none():
    assert read_values(config({"evidence": None}))["evidence.domain_gap"] is None
