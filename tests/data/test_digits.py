"""The digits: sizes, a fixed split, parts and domains."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from mtkd.data import Digits
from mtkd.data.shifts import CORRUPTIONS, corrupt

SOURCE = load_digits()


@pytest.fixture(scope="module")
def digits():
    return Digits()


def splits(data):
    return {"train": data.train, "validation": data.validation, "test": data.test}


class TestSplit:
    def test_has_the_declared_sizes(self, digits):
        sizes = {name: len(split) for name, split in splits(digits).items()}
        assert sizes == {"train": 600, "validation": 200, "test": 997}
        assert [len(split) for split in splits(Digits(50, 7)).values()] == [50, 7, 1740]
        assert (digits.classes, digits.input_shape) == (10, (8, 8))

    @pytest.mark.parametrize("seed", [0, 7])
    def test_shares_no_item_and_loses_none(self, seed):
        data = Digits(split_seed=seed)
        rows = np.concatenate([data.metadata(name)["row"] for name in splits(data)])
        assert sorted(rows) == list(range(1797))
        ids = torch.cat([split.ids for split in splits(data).values()])
        assert len(ids.unique()) == 1797

    def test_is_the_same_for_ever(self, digits):
        first = {name: digits.metadata(name)["row"][:5].tolist() for name in splits(digits)}
        assert first == {
            "train": [1081, 1707, 927, 713, 262],
            "validation": [1594, 1501, 609, 743, 670],
            "test": [391, 165, 1210, 1524, 1237],
        }

    def test_seed_moves_items_and_sizes_only_cut(self, digits):
        assert set(Digits(split_seed=1).train.ids.tolist()) != set(digits.train.ids.tolist())
        assert torch.equal(Digits(train=100).train.ids, digits.train.ids[:100])

    def test_holds_the_source_rows_scaled_to_one(self, digits):
        for name, split in splits(digits).items():
            rows = digits.metadata(name)["row"]
            np.testing.assert_array_equal(split.inputs, SOURCE.images[rows] / 16)
            np.testing.assert_array_equal(split.labels, SOURCE.target[rows])
            assert (split.inputs.min(), split.inputs.max()) == (0, 1)
            assert split.inputs.dtype == torch.float32
            assert split.name == f"digits/{name}"

    @pytest.mark.parametrize(("train", "validation"), [(0, 200), (600, 0), (1700, 97), (-5, 10)])
    def test_refuses_an_empty_split(self, train, validation):
        with pytest.raises(ValueError, match="each needs at least 1") as error:
            Digits(train, validation)
        assert str(error.value).startswith(
            f"digits has 1797 items, got train {train} and validation {validation};"
        )


class TestMetadata:
    def test_left_heavy_is_half_of_each_class_of_the_whole_set(self, digits):
        heavy = np.zeros(1797, dtype=bool)
        for name in splits(digits):
            metadata = digits.metadata(name)
            heavy[metadata["row"]] = metadata["left_heavy"]
        left, everything = SOURCE.images[:, :, :4].sum((1, 2)), SOURCE.images.sum((1, 2))
        for label in range(10):
            members = SOURCE.target == label
            share = (left / everything)[members]
            np.testing.assert_array_equal(heavy[members], share > np.median(share))
            assert 0 <= members.sum() - 2 * heavy[members].sum() <= 2

    def test_does_not_depend_on_the_split(self, digits):
        one, other = digits.metadata("test"), Digits(split_seed=5).metadata("test")
        known = dict(zip(one["row"], one["left_heavy"], strict=True))
        assert all(
            known.get(row, heavy) == heavy
            for row, heavy in zip(other["row"], other["left_heavy"], strict=True)
        )

    def test_ink_is_the_mean_grey_level(self, digits):
        images = SOURCE.images[digits.metadata("validation")["row"]]
        np.testing.assert_allclose(digits.metadata("validation")["ink"], images.mean((1, 2)) / 16)

    def test_unknown_split(self, digits):
        with pytest.raises(ValueError, match=r"unknown split 'tset'; did you mean test\? There"):
            digits.metadata("tset")


class TestDomains:
    def test_clean_is_the_test_split(self, digits):
        clean = digits.domain("clean")
        assert torch.equal(clean.inputs, digits.test.inputs)
        assert torch.equal(clean.labels, digits.test.labels)

    @pytest.mark.parametrize("name", CORRUPTIONS)
    def test_corruptions_keep_labels_order_and_metadata(self, name):
        few = Digits(1650, 97)
        shifted = few.domain(name, 2)
        assert torch.equal(shifted.labels, few.test.labels)
        assert np.array_equal(shifted.metadata["row"], few.metadata("test")["row"])
        assert (shifted.ids != few.test.ids).float().mean() > 0.7
        assert torch.equal(shifted.inputs, corrupt(few.test.inputs, few.test.ids, name, 2))
        assert shifted.name == f"digits/test/{name}@2"

    def test_inverted_is_the_negative_without_labels(self, digits):
        inverted = digits.domain("inverted")
        assert torch.equal(inverted.inputs, 1 - digits.test.inputs)
        assert (inverted.labels == -1).all()
        assert inverted.name == "digits/test/inverted"

    def test_permuted_moves_all_pixels_alike(self, digits):
        before, after = digits.test.inputs.flatten(1), digits.domain("permuted").inputs.flatten(1)
        order = np.random.RandomState(0).permutation(64)
        assert (order != np.arange(64)).sum() > 50
        assert torch.equal(after, before[:, torch.from_numpy(order)])
        assert (digits.domain("permuted").labels == -1).all()

    @pytest.mark.parametrize(
        ("name", "severity", "words"),
        [
            ("rotat", 3, "unknown domain 'rotat'; did you mean rotate"),
            ("clena", None, "unknown domain 'clena'; did you mean clean"),
            ("permutated", None, "unknown domain 'permutated'; did you mean permuted"),
            ("rotate", None, "domain 'rotate' needs a severity from 1 to 5, got none"),
            ("rotate", 6, "severity must be a whole number from 1 to 5, got 6"),
            ("clean", 1, "domain 'clean' has no severity, got 1; leave it out"),
            ("inverted", 2, "domain 'inverted' has no severity, got 2; leave it out"),
        ],
    )
    def test_words_of_errors(self, digits, name, severity, words):
        with pytest.raises(ValueError) as error:  # noqa: PT011 (the sentence is compared)
            digits.domain(name, severity)
        assert str(error.value).startswith(words)
