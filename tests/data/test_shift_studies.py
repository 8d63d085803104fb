"""Population shifts in a study's config: what is shipped works, what cannot work is told."""

from pathlib import Path

import pytest

from mtkd.config import ConfigError
from mtkd.study.check import check_plan
from mtkd.study.plan import make_plan

FOLDER = Path(__file__).parents[2] / "experiments" / "shift"
STUDIES = sorted(path.name for path in FOLDER.glob("*.yaml") if path.name != "base.yaml")
HELD_OUT = FOLDER / "held_out_classes.yaml"


@pytest.mark.parametrize("name", STUDIES)
def test_shipped_studies_are_sound(name):
    plan = make_plan(FOLDER / name)
    assert len(check_plan(plan)) == len({trial.cell_name for trial in plan.trials})
    shifts = plan.config["data"]["shifts"]
    assert set(shifts) <= {domain["name"] for domain in plan.domains}


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (
            "domains=[clean, {domain: held_out}, {out_of_distribution: inverted}]",
            r"config\.domains: 198 of 198 items of held_out have no label; list it as "
            r"{out_of_distribution: held_out}",
        ),
        (
            "data.shifts={held: {_target_: mtkd.data.Tilt, strength: 1}}",
            r"unknown domain 'held_out'; .*: held$",
        ),
        (
            "data.shifts.held_out.classes=[8]",
            r"config\.teachers\.planted\.relabel\.0: .* changes no label: digits/train/known",
        ),
        (
            "data.shifts.held_out.classes=[12]",
            r"config\.data: Shifted: shifts\.held_out: held_out names \[12\], expected classes",
        ),
        ("data.shifts.held_out.class=[2]", r"HeldOutClasses.*class"),
        (
            "expectations=[{claim: x, statistic: ece, domain: clean, cell: {committee: clean}, "
            "minus: {control: labels}, between: [0, 1]}]",
            r"config\.expectations\.0\.minus\.control: there is no 'labels'",
        ),
        ("data.shifts.held_out={}", r"config\.data: Shifted: shifts\.held_out must be a popul"),
        (
            "data.shifts.rare={_target_: mtkd.data.LabelShift, concentration: -1}",
            r"config\.data\.shifts\.rare: LabelShift: concentration must be positive, got -1",
        ),
    ],
)
def test_what_cannot_work_is_told_before_training(override, words):
    with pytest.raises(ConfigError, match=words):
        check_plan(make_plan(HELD_OUT, [override]))


def test_a_hint_needs_a_larger_input():
    spurious = FOLDER / "spurious_column.yaml"
    with pytest.raises(ConfigError, match=r"config\.student: MLP does not take the data"):
        check_plan(make_plan(spurious, ["student.inputs=64"]))
