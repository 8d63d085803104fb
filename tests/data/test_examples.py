"""What an `Examples` promises, and what it says when it cannot."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from mtkd.data import Examples, content_ids


def some(items=10, classes=4, **more):
    inputs = torch.arange(items * 6, dtype=torch.float32).reshape(items, 2, 3)
    return Examples(inputs, torch.arange(items) % classes, classes, **more)


def order_of(batches):
    return torch.cat([batch["inputs"][:, 0, 0] / 6 for batch in batches]).long().tolist()


class TestIds:
    def test_are_blake2b_of_the_rows_bytes(self):
        # printf '\0\0\0\0\0\0\200\77' | b2sum -l 64, read as a little-endian signed integer
        ids = content_ids(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
        assert ids.dtype == torch.int64
        assert ids.tolist() == [-3487953676846245994, 6855828697283317471]

    def test_follow_the_content_not_the_place(self):
        data = some()
        rows = torch.tensor([7, 2, 2])
        assert data.take(rows).ids.tolist() == data.ids[rows].tolist()
        assert len(set(data.ids.tolist())) == len(data)

    def test_see_every_element_and_ignore_strides(self):
        inputs = some().inputs
        changed = inputs.clone()
        changed[3, 1, 2] += 1e-3
        assert (content_ids(changed) != content_ids(inputs)).nonzero().flatten().tolist() == [3]
        turned = inputs.transpose(1, 2).contiguous().transpose(1, 2)
        assert content_ids(turned).tolist() == content_ids(inputs).tolist()


class TestBatches:
    def test_hold_every_item_once_and_keep_the_short_last_one(self):
        batches = list(some().batches(4, seed=1, epoch=0))
        assert [len(batch["labels"]) for batch in batches] == [4, 4, 2]
        assert sorted(order_of(batches)) == list(range(10))

    def test_keep_the_rows_of_an_item_together(self):
        data = some()
        (batch,) = data.batches(100, seed=3, epoch=5)
        rows = (batch["inputs"][:, 0, 0] / 6).long()
        assert list(batch) == ["inputs", "labels", "mask", "example_id"]
        assert torch.equal(batch["inputs"], data.inputs[rows])
        assert torch.equal(batch["labels"], data.labels[rows])
        assert torch.equal(batch["example_id"], data.ids[rows])

    def test_mask_is_true_where_there_is_a_label(self):
        data = Examples(torch.zeros(3, 2), torch.tensor([1, -1, 0]), 2)
        (batch,) = data.in_order(3)
        assert batch["mask"].tolist() == [True, False, True]

    def test_order_depends_on_seed_and_epoch_only(self):
        data, other = some(50), some(50, classes=7)
        orders = {
            (seed, epoch): tuple(order_of(data.batches(8, seed, epoch)))
            for seed in range(3)
            for epoch in range(3)
        }
        assert len(set(orders.values())) == 9
        for (seed, epoch), order in orders.items():
            assert order_of(other.batches(5, seed, epoch)) == list(order)

    def test_global_generators_change_nothing_and_are_left_alone(self):
        torch.manual_seed(0)
        np.random.seed(0)
        before = torch.get_rng_state(), np.random.get_state()[1].tolist()
        first = order_of(some().batches(4, 1, 1))
        assert torch.equal(before[0], torch.get_rng_state())
        assert before[1] == np.random.get_state()[1].tolist()
        torch.manual_seed(1)
        np.random.seed(1)
        assert order_of(some().batches(4, 1, 1)) == first

    def test_shuffle_all_places(self):
        # The mean place of an item over many epochs is the middle, for first and last items too.
        places = np.array([np.argsort(order_of(some().batches(4, 0, e))) for e in range(150)])
        assert np.abs(places.mean(axis=0) - 4.5).max() < 0.9

    def test_in_order_is_in_order(self):
        batches = list(some().in_order(3))
        assert order_of(batches) == list(range(10))
        assert [len(batch["labels"]) for batch in batches] == [3, 3, 3, 1]

    @pytest.mark.parametrize("size", [0, -2])
    def test_size_must_be_positive(self, size):
        for batches in (lambda: some().in_order(size), lambda: some().batches(size, 0, 0)):
            with pytest.raises(ValueError, match=rf"at least 1 item, got size {size}$"):
                batches()


class TestTake:
    def test_takes_positions_and_masks_with_their_metadata(self):
        data = some(metadata={"row": np.arange(10), "even": np.arange(10) % 2 == 0})
        by_place = data.take(torch.tensor([9, 0]), "two")
        assert (by_place.name, by_place.classes, len(by_place)) == ("two", 4, 2)
        assert by_place.metadata["row"].tolist() == [9, 0]
        assert by_place.metadata["even"].tolist() == [False, True]
        assert by_place.labels.tolist() == [1, 0]
        by_mask = data.take(data.labels == 3)
        assert by_mask.metadata["row"].tolist() == [3, 7]
        assert by_mask.name == "examples"

    def test_of_nothing_is_an_empty_split(self):
        with pytest.raises(ValueError, match="nothing is empty"):
            some().take(torch.zeros(10, dtype=torch.bool), "nothing")


def edited(inputs=None, labels=None, metadata=None):
    good = some(6, name="digits/train")
    return lambda: Examples(
        good.inputs if inputs is None else inputs(good.inputs.clone()),
        good.labels if labels is None else labels(good.labels.clone()),
        4,
        "digits/train",
        metadata or {},
    )


def put(row, value):
    def edit(tensor):
        tensor[row] = value
        return tensor

    return edit


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            edited(inputs=lambda x: x[:0], labels=lambda y: y[:0]),
            "digits/train is empty, expected at least one item; check the split",
        ),
        (
            edited(inputs=put(2, float("nan"))),
            "digits/train: 1 of 6 rows hold NaN or infinite inputs, first row 2; "
            "repair or remove them",
        ),
        (
            edited(inputs=put(slice(4, 6), -float("inf"))),
            "digits/train: 2 of 6 rows hold NaN or infinite inputs, first row 4; "
            "repair or remove them",
        ),
        (
            edited(labels=put(slice(1, 3), 4)),
            "digits/train: the label of row 1 is 4, expected 0 to 3, or -1 for none of them; "
            "2 of 6 labels are wrong",
        ),
        (
            edited(labels=put(5, -2)),
            "digits/train: the label of row 5 is -2, expected 0 to 3, or -1 for none of them; "
            "1 of 6 labels are wrong",
        ),
        (
            edited(labels=lambda y: y[:5]),
            "digits/train: labels has shape (5,), expected (6,): one for each row of the inputs",
        ),
        (
            edited(labels=lambda y: y[:, None]),
            "digits/train: labels has shape (6, 1), expected (6,): one for each row of the inputs",
        ),
        (
            edited(metadata={"ink": np.zeros(7)}),
            "digits/train: ink has shape (7,), expected (6,): one for each row of the inputs",
        ),
        (
            edited(inputs=lambda x: x.double()),
            "digits/train: inputs are torch.float64; call .float() on them",
        ),
        (
            edited(labels=lambda y: y.int()),
            "digits/train: labels are torch.int32, expected torch.int64",
        ),
    ],
)
def test_words_of_errors(make, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the whole sentence is compared)
        make()
    assert str(error.value) == words


def test_one_feature_a_row_and_tokens_are_fine():
    assert len(Examples(torch.zeros(3), torch.zeros(3, dtype=torch.int64), 1)) == 3
    tokens = torch.ones(3, 5, dtype=torch.int64)
    assert len(Examples(tokens, torch.full((3,), -1), 1).ids.unique()) == 1


def test_epochs_do_not_repeat_each_other():
    orders = [order_of(some(50).batches(50, 0, epoch)) for epoch in range(20)]
    assert all(first != second for first, second in pairwise(orders))
