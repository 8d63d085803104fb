"""Label efficiency: the control's accuracy over the size of its training set."""

import json
import shutil

import pytest

from mtkd.scorecard.labels import crossing
from tests.scorecard.world import edit, make, said, trial

CURVE = [(100, 0.6), (200, 0.8), (400, 0.85)]


@pytest.mark.parametrize(
    ("target", "labels"),
    [(0.5, 100), (0.6, 100), (0.65, 125), (0.8, 200), (0.84, 360), (0.85, 400), (0.9, None)],
)
def test_between_two_sizes_accuracy_is_taken_as_straight(target, labels):
    assert crossing(CURVE, target) == (labels if labels is None else pytest.approx(labels))


def test_a_curve_that_falls_in_between_is_crossed_where_it_is_first_reached():
    assert crossing([(10, 0.7), (20, 0.6), (40, 0.8)], 0.7) == 10
    assert crossing([(10, 0.5), (20, 0.5), (40, 0.9)], 0.7) == pytest.approx(30)


@pytest.fixture
def sized(first, tmp_path):
    """The run with controls of 60, 90 and 120 labels: 30, 32 and 36 of 40 right."""
    run = shutil.copytree(first, tmp_path / "run")
    control = {"role": "control", "control": "labels_only", "committee": []}
    for size, wrong in ((90, 8), (120, 4)):
        folder = run / "trials" / f"more{size}"
        stored = said(40, {"sure": (), "unsure": range(wrong)}, 11_000)
        stored.save(folder / "predictions/clean.npz")
        data = {"train": {"items": size, "sha256": "0"}}
        (folder / "manifest.json").write_text(json.dumps({"data": data}))
        more = trial(f"more{size}", **control, cell={"data.train": str(size)})
        edit(run, lambda study, more=more: study["trials"].append(more))
    edit(run, lambda study: study["trials"][0]["cell"].update({"data.train": "60"}))
    edit(run, lambda study: study["trials"][1]["cell"].update({"data.train": "60"}))
    return run


def test_is_the_labels_the_control_needs_for_the_students_accuracy(sized):
    found = make(sized).version.by_name["label_efficiency"]
    assert found.value == pytest.approx((90 + 30 * (34 - 32) / (36 - 32)) / 60)
    assert "60: 0.750, 90: 0.800, 120: 0.900" in found.convention


def test_needs_controls_that_saw_the_same_items_and_reach_the_student(sized, first):
    one_size = make(first).version.by_name["label_efficiency"]
    assert (one_size.n, one_size.known) == (0, False)
    assert "found 1" in one_size.convention
    said(40, {"sure": (), "unsure": ()}, 77).save(sized / "trials/more120/predictions/clean.npz")
    found = make(sized).version.by_name["label_efficiency"]
    assert found.convention == (
        "the control does not reach 0.850 with any size (60: 0.750, 90: 0.800)"
    )
