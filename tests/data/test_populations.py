"""Shifts of the population: who stays, who goes, and by which chance."""

import numpy as np
import pytest
import torch

from mtkd.data import Digits, Examples
from mtkd.data.coordinates import principal_coordinate
from mtkd.data.populations import (
    covariate_tilt,
    hold_out_classes,
    label_shift,
    sub_population,
)
from mtkd.data.spurious import spurious_feature

TEST = Digits().test


def labelled(labels, classes=3, inputs=None, **more):
    inputs = torch.arange(float(len(labels)))[:, None] if inputs is None else inputs
    return Examples(inputs, torch.tensor(labels), classes, "toy", **more)


def shares(examples):
    return np.bincount(examples.labels, minlength=examples.classes) / len(examples)


class TestHoldOut:
    def test_parts_the_classes_and_unlabels_the_held_out(self):
        known, unseen = hold_out_classes(labelled([0, 2, 1, 2, 0]), [2])
        assert known.labels.tolist() == [0, 1, 0]
        assert known.inputs.flatten().tolist() == [0, 2, 4]
        assert unseen.labels.tolist() == [-1, -1]
        assert unseen.inputs.flatten().tolist() == [1, 3]
        assert (known.name, unseen.name) == ("toy/known classes", "toy/held-out classes")
        assert known.classes == 3

    @pytest.mark.parametrize(
        ("held_out", "words"),
        [
            ([2, 3, -1], r"held_out names \[-1, 3\], expected classes 0 to 2"),
            ([], "toy/held-out classes is empty"),
            ([0, 1], "toy/known classes is empty"),
        ],
    )
    def test_words_of_errors(self, held_out, words):
        with pytest.raises(ValueError, match=words):
            hold_out_classes(labelled([0, 1, 0]), held_out)


def test_sub_population_is_a_part_and_its_complement():
    inside, outside = sub_population(TEST, "left_heavy")
    heavy = TEST.metadata["left_heavy"]
    assert torch.equal(inside.inputs, TEST.inputs[torch.from_numpy(heavy)])
    assert inside.metadata["left_heavy"].all()
    assert not outside.metadata["left_heavy"].any()
    assert len(inside) + len(outside) == len(TEST)
    with pytest.raises(ValueError, match="unknown part of digits/test 'left'; did you mean left_h"):
        sub_population(TEST, "left")


class TestLabelShift:
    def test_follows_the_drawn_shares_as_far_as_items_reach(self):
        shifted = label_shift(TEST, 1.0, seed=3)
        drawn = np.random.default_rng(3).dirichlet(np.ones(10))
        np.testing.assert_allclose(shares(shifted), drawn, atol=10 / len(shifted))
        full = np.bincount(shifted.labels, minlength=10) == np.bincount(TEST.labels)
        assert full.sum() == 1
        assert len(shifted.ids.unique()) == len(shifted)

    def test_takes_random_items_of_a_class(self):
        one, other = label_shift(TEST, 50.0, seed=0), label_shift(TEST, 50.0, seed=1)
        assert set(one.ids.tolist()) != set(other.ids.tolist())
        places = [np.flatnonzero(TEST.labels == 4).tolist().index(row) for row in self.rows(one, 4)]
        assert max(places) > len(places) - 1

    @staticmethod
    def rows(shifted, label):
        place = {item: row for row, item in enumerate(TEST.ids.tolist())}
        return [place[item] for item in shifted.ids[shifted.labels == label].tolist()]

    def test_concentration_makes_shares_equal(self):
        def spread(concentration):
            return np.mean([shares(label_shift(TEST, concentration, s)).std() for s in range(10)])

        assert spread(100.0) < spread(3.0) < spread(0.5)

    def test_leaves_out_what_has_no_label(self):
        assert (label_shift(labelled([0, -1, 1, -1, 0, 1]), 100.0).labels >= 0).all()

    def test_words_of_errors(self):
        with pytest.raises(ValueError, match="concentration must be positive, got 0"):
            label_shift(TEST, 0)


class TestCovariateTilt:
    @pytest.mark.parametrize("up", [(3, 4), (-3, 4), (4, -3), (4, 3)])
    @pytest.mark.parametrize("turn", [1, -1])
    def test_coordinate_by_hand(self, up, turn):
        # Along one direction with a little across; its largest entry, 4, points up.
        direction = np.array(up) / 5
        across = np.array([direction[1], -direction[0]])
        along = turn * np.array([-2.0, -1, 0, 3])
        points = np.outer(along, direction) + np.outer([0.1, -0.1, -0.1, 0.1], across)
        coordinate = principal_coordinate(
            labelled([0] * 4, inputs=torch.tensor(points, dtype=torch.float32))
        )
        np.testing.assert_allclose(coordinate, along / along.std(), atol=0.02)
        assert (coordinate.mean(), coordinate.std()) == pytest.approx((0, 1))

    @pytest.mark.parametrize("strength", [-2.0, 0.0, 2.0])
    def test_prefers_one_end(self, strength):
        kept = covariate_tilt(TEST, strength, share=0.3, seed=1)
        coordinate = principal_coordinate(TEST)
        stayed = np.isin(TEST.ids, kept.ids)
        assert len(kept) == stayed.sum() == 299
        low, high = coordinate[stayed].mean() < -0.5, coordinate[stayed].mean() > 0.5
        assert (low, high) == (strength < 0, strength > 0)

    def test_chance_is_exponential_in_the_coordinate(self):
        # Two kinds of items, z = -1 and 1: the first one drawn is of the upper kind with chance
        # e / (e + 1/e) = .881.
        data = labelled([0] * 4, inputs=torch.tensor([[0.0], [1.0], [0.0], [1.0]]))
        first = [covariate_tilt(data, 1.0, 0.25, seed).inputs.item() for seed in range(600)]
        assert np.mean(first) == pytest.approx(0.881, abs=0.04)

    def test_keeps_all_if_told_to(self):
        assert torch.equal(covariate_tilt(TEST, 3.0, share=1.0).ids, TEST.ids)

    def test_words_of_errors(self):
        for share in (0, 1.5):
            with pytest.raises(ValueError, match=f"above 0 and at most 1, got {share}"):
                covariate_tilt(TEST, 1.0, share)
        with pytest.raises(ValueError, match="toy holds one input only"):
            covariate_tilt(labelled([0, 0], inputs=torch.ones(2, 3)), 1.0)


class TestSpuriousFeature:
    @pytest.mark.parametrize("correlation", [0.95, 0.3, 0.0, -0.95])
    def test_has_the_declared_correlation(self, correlation):
        balanced = label_shift(TEST, 1e9)
        hint = spurious_feature(balanced, correlation).inputs[:, 0, -1]
        measured = np.corrcoef(hint, balanced.labels)[0, 1]
        assert measured == pytest.approx(correlation, abs=0.06)
        assert hint.std() == pytest.approx(0.15, rel=0.08)
        assert hint.mean() == pytest.approx(0.5, abs=0.02)

    def test_perfect_hint_by_hand(self):
        # Classes 0, 1, 2: standard deviation sqrt(8 / 12).
        hint = spurious_feature(labelled([0, 1, 2, -1]), 1.0).inputs[:, -1]
        step = 0.15 / (2 / 3) ** 0.5
        np.testing.assert_allclose(hint, [0.5 - step, 0.5, 0.5 + step, 0.5], atol=1e-6)

    def test_adds_one_column_and_keeps_the_rest(self):
        hinted = spurious_feature(TEST, 0.9)
        assert hinted.inputs.shape == (997, 8, 9)
        assert torch.equal(hinted.inputs[..., :-1], TEST.inputs)
        assert (hinted.inputs[:, :, -1] == hinted.inputs[:, :1, -1]).all()
        assert hinted.inputs.dtype == torch.float32
        assert 0 <= hinted.inputs.min() <= hinted.inputs.max() <= 1

    def test_noise_belongs_to_the_item(self):
        rows = torch.tensor([40, 7])
        part, whole = spurious_feature(TEST.take(rows), 0.5), spurious_feature(TEST, 0.5)
        assert torch.equal(part.inputs, whole.inputs[rows])
        assert not torch.equal(spurious_feature(TEST, 0.5, seed=1).inputs, whole.inputs)

    def test_words_of_errors(self):
        with pytest.raises(ValueError, match=r"correlation must be in \[-1, 1\], got 1.2"):
            spurious_feature(TEST, 1.2)
        with pytest.raises(ValueError, match="toy has one class"):
            spurious_feature(labelled([0, 0], 1), 0.5)


@pytest.mark.parametrize(
    "shift",
    [
        lambda data: hold_out_classes(data, [8, 9])[0],
        lambda data: sub_population(data, "left_heavy")[1],
        lambda data: label_shift(data, 1.0),
        lambda data: covariate_tilt(data, 1.0),
        lambda data: spurious_feature(data, 0.5),
    ],
)
class TestEveryPopulation:
    def test_is_repeatable_and_leaves_its_source_alone(self, shift):
        before = (TEST.inputs.clone(), TEST.labels.clone())
        one, other = shift(TEST), shift(TEST)
        assert torch.equal(one.inputs, other.inputs)
        assert torch.equal(one.labels, other.labels)
        assert torch.equal(before[0], TEST.inputs)
        assert torch.equal(before[1], TEST.labels)

    def test_keeps_items_labels_and_metadata_together(self, shift):
        shifted = shift(TEST)
        place = {int(row): number for number, row in enumerate(TEST.metadata["row"])}
        rows = [place[int(row)] for row in shifted.metadata["row"]]
        assert torch.equal(shifted.inputs[..., :8], TEST.inputs[rows])
        assert torch.equal(shifted.labels, TEST.labels[rows])
        assert len(set(rows)) == len(rows)
