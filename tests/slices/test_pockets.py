"""Laws of the search: silent without a regression, exact about one that was planted."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from mtkd.slices import Request, Status, discovery_half, find_pockets
from mtkd.slices.always import confusion, mean_confidence
from tests.slices.worlds import permuted, predictions, world

PLANTED = {"age": "2", "side": "1"}


def names(found, *statuses):
    return {one.slice.name for one in found if one.status in statuses}


def confirmed(*comparisons, **options):
    return names(find_pockets(comparisons, Request(**options)), Status.CONFIRMED)


def test_equal_models_rarely_give_a_pocket():
    """100 draws at level .2: more than 28 of them with any claim have probability 1 %."""
    draws, level = 100, 0.2
    claims = sum(bool(confirmed(world(400, seed), level=level)) for seed in range(draws))
    assert claims <= binom.ppf(0.99, draws, level)


def test_a_planted_pocket_is_found_and_nothing_that_overlaps_it():
    found = find_pockets([world(3000, 1, PLANTED)], Request())
    about_items = {
        one.slice.name
        for one in found
        if one.status is Status.CONFIRMED and one.slice.kind in ("class", "metadata", "conjunction")
    }
    assert about_items == {"age = 2 and side = 1"}
    explained = {one.slice.name: one.because.name for one in found if one.because}
    assert explained["age = 2"] == explained["side = 1"] == "age = 2 and side = 1"


@pytest.mark.parametrize("pocket", [{"colour": "3"}, {"age": "1", "colour": "2", "side": "4"}])
def test_it_is_as_narrow_as_what_was_planted(pocket):
    found = confirmed(world(6000, 2, pocket, effect=0.6, rate=0.05))
    inside = {name for name in found if "=" in name and "label" not in name}
    assert inside == {" and ".join(f"{name} = {value}" for name, value in pocket.items())}


def test_a_regression_that_is_the_same_everywhere_is_no_pocket():
    found = find_pockets([world(3000, 3, extra=0.08)], Request())
    assert "all items" in names(found, Status.CONFIRMED)
    assert len(names(found, Status.CONFIRMED)) == 1


def test_the_order_of_items_does_not_matter():
    given = world(1500, 4, PLANTED)
    order = np.random.default_rng(9).permutation(1500)
    # repr: NaN equals nothing, not even itself.
    assert list(map(repr, find_pockets([permuted(given, order)], Request()))) == list(
        map(repr, find_pockets([given], Request()))
    )


def test_numbers_come_from_the_half_that_was_not_searched():
    given = world(2000, 5, PLANTED)
    half = discovery_half(given.origins)
    for one in find_pockets([given], Request()):
        if one.slice.name == "age = 2 and side = 1":
            members = (given.columns["age"] == "2") & (given.columns["side"] == "1") & ~half
            assert one.counts.n == members.sum()
            assert one.counts.worse == (given.worse & members).sum()
            assert one.counts.better == (given.better & members).sum()


def test_halves_hang_on_the_id_alone():
    ids = np.arange(20_000).astype(str)
    half = discovery_half(ids)
    assert 0.48 < half.mean() < 0.52
    np.testing.assert_array_equal(discovery_half(ids[::-1]), half[::-1])
    np.testing.assert_array_equal(discovery_half(ids[:7]), half[:7])


def test_a_shifted_item_lies_in_the_half_of_its_origin():
    clean, noise = world(900, 6), world(900, 7, domain="noise")
    noise = replace(noise, origins=clean.ids)
    np.testing.assert_array_equal(discovery_half(noise.origins), discovery_half(clean.origins))


def test_each_domain_has_slices_of_its_own_and_one_family_of_claims():
    both = find_pockets([world(3000, 1, PLANTED), world(3000, 8, domain="noise")], Request())
    alone = find_pockets([world(3000, 1, PLANTED)], Request())
    worst = min(one.p_holm for one in alone if one.status is Status.CONFIRMED)
    of_both = min(one.p_holm for one in both if one.status is Status.CONFIRMED)
    assert {one.slice.domain for one in both} == {"clean", "noise"}
    assert of_both >= worst


def test_what_was_said_counts_for_both_models_alike():
    """Swapping student and reference changes no slice."""
    given = world(800, 10, PLANTED)
    swapped = replace(given, student=given.reference, reference=given.student)
    for attribute in (confusion, mean_confidence):
        one, two = attribute(given), attribute(swapped)
        assert one.values == two.values
        for value in one.values:
            np.testing.assert_array_equal(one.members(value), two.members(value))


def test_a_teachers_confident_mistakes_are_a_slice():
    given = world(3000, 11)
    random = np.random.default_rng(0)
    bad = random.random(3000) < 0.1
    teacher = predictions(given.student.labels, bad, random)
    said = predictions(given.student.labels, bad, random)
    found = find_pockets([replace(given, student=said, teachers={"big": teacher})], Request())
    assert "big confidently wrong" in names(found, Status.CONFIRMED)


def test_sliceline_finds_the_planted_pocket_too():
    pytest.importorskip("sliceline")
    found = confirmed(world(3000, 1, PLANTED), search="sliceline")
    assert "age = 2 and side = 1" in found


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"level": 0.7}, "--level must lie in (0, 0.5), got 0.7"),
        ({"smallest": 0}, "--smallest must be a whole number from 1, got 0"),
        ({"most": -1}, "--most must be a whole number from 1, got -1"),
        ({"search": "luck"}, "--search must be one of counted, sliceline, got 'luck'"),
    ],
)
def test_requests_that_cannot_be_meant_so(options, said):
    with pytest.raises(ValueError, match=r"^--") as error:
        Request(**options)
    assert str(error.value) == said
