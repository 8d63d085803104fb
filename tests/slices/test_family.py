"""What is claimed together, and what explains what."""

from dataclasses import replace

import numpy as np
import pytest

from mtkd.metrics import holm
from mtkd.slices import Request, Status, discovery_half, find_pockets
from tests.slices.worlds import predictions, world

PLANTED = {"age": "2", "side": "1"}


def test_claims_are_corrected_for_all_that_was_tested_and_for_the_larger_p_value():
    both = [world(2500, 3, PLANTED, extra=0.04, effect=0.3), world(2500, 8, domain="noise")]
    found = find_pockets(both, Request(level=0.2))
    tested = [one for one in found if one.status in (Status.CONFIRMED, Status.OPEN)]
    larger = [float(np.fmax(one.p, one.p_rest)) for one in tested]
    assert len(tested) > 3
    assert any(one.p_rest > one.p for one in tested)
    np.testing.assert_allclose([one.p_holm for one in tested], holm(larger))
    for one in tested:
        assert (one.status is Status.CONFIRMED) == (one.p_holm <= 0.2)


def test_one_flip_outside_does_not_make_a_pocket_wider():
    """Outside the pocket nobody errs but for one item of age 2: alone, age 2 has a lower p."""
    made = world(2400, 5, PLANTED, rate=0.0, effect=1.0)
    outside = (made.columns["age"] == "2") & (made.columns["side"] == "3")
    item = int(np.flatnonzero(outside & discovery_half(made.origins))[0])
    wrong = made.student.wrong | (np.arange(2400) == item)
    student = predictions(made.student.labels, wrong, np.random.default_rng(0))
    found = find_pockets([replace(made, student=student)], Request())
    because = {one.slice.name: one.because.name for one in found if one.because}
    assert because["age = 2"] == "age = 2 and side = 1"


def test_at_most_so_many_go_on_and_the_others_are_named():
    student = world(4000, 1, {"age": "2"}, effect=0.6)
    second = (student.columns["colour"] == "3") & (np.arange(4000) % 2 == 0)
    worse = predictions(
        student.student.labels, student.student.wrong | second, np.random.default_rng(1)
    )
    found = find_pockets([replace(student, student=worse)], Request(most=1))
    over = {one.slice.name for one in found if one.status is Status.OVER}
    assert over & {"age = 2", "colour = 3"}


def test_small_slices_are_said_to_be_small():
    found = find_pockets([world(60, 1)], Request())
    small = {one.status for one in found if "age" in one.slice.name}
    assert small == {Status.SMALL}


@pytest.mark.parametrize("size", [1, 2, 3])
def test_hardly_any_items_are_no_obstacle(size):
    found = find_pockets([world(size, 1)], Request())
    assert not [one for one in found if one.status is Status.CONFIRMED]
