"""Weights every exported rule must give: over teachers, over positions."""

import pytest
import torch

from mtkd.weighting import LearnedGate
from tests.weighting.rules import GRANULARITIES, RULES, TEACHERS, WIDTH, batch, build

close = torch.testing.assert_close
every_rule = pytest.mark.parametrize("cls", RULES, ids=lambda cls: cls.__name__)
every_granularity = pytest.mark.parametrize("granularity", GRANULARITIES)
# A gate's embeddings belong to places, not to names.
BY_NAME = [cls for cls in RULES if cls is not LearnedGate]

# Columns: everybody, each alone, two of three, nobody.
PRESENT = torch.tensor(
    [[1, 1, 0, 0, 1, 0, 0, 1], [1, 0, 1, 0, 1, 1, 0, 1], [1, 0, 0, 1, 0, 1, 0, 1]], dtype=torch.bool
)
EXAMPLES = torch.tensor([7, 7, -3, -3, 7, -3, 90, 90])


@every_rule
class TestWeightsAreADistribution:
    @every_granularity
    def test_over_the_teachers_that_are_present(self, cls, granularity):
        weighting = build(cls, granularity=granularity)
        weights = weighting(*batch(8), present=PRESENT, examples=EXAMPLES)
        assert weights.shape == (3, 8)
        assert (weights >= 0).all()
        assert (weights[~PRESENT] == 0).all()
        close(weights.sum(0), PRESENT.any(0).to(weights.dtype))

    def test_and_a_lone_teacher_has_all_of_it(self, cls):
        weights = build(cls)(*batch(8), present=PRESENT)
        assert (weights[PRESENT & (PRESENT.sum(0) == 1)] == 1).all()
        assert (weights[:, PRESENT.sum(0) == 0] == 0).all()

    def test_also_with_a_single_teacher_in_all(self, cls):
        data = batch(8, teachers=1)
        assert (build(cls, ("medium",))(*data) == 1).all()

    @every_granularity
    def test_also_without_positions(self, cls, granularity):
        assert build(cls, granularity=granularity)(*batch(0)).shape == (3, 0)

    @every_granularity
    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_also_at_extreme_logits(self, cls, granularity, dtype):
        student, teachers, labels, hidden = batch(4, dtype=dtype)
        student[0], student[1] = student[0].sign() * 1e4, 0
        teachers[0] = teachers[0].sign() * 1e4
        teachers[1, :2] = 0
        teachers[2, 1:] = torch.tensor([1e4, -1e4, -1e4, -1e4, -1e4])
        weights = build(cls, granularity=granularity)(student, teachers, labels, 1e4 * hidden)
        assert weights.isfinite().all()
        close(weights.sum(0), torch.ones(4, dtype=dtype))


@pytest.mark.parametrize("cls", BY_NAME, ids=lambda cls: cls.__name__)
class TestTeachersByName:
    @every_granularity
    def test_that_are_absent_might_as_well_not_exist(self, cls, granularity):
        data = batch(8)
        present = PRESENT.clone()
        present[1] = False
        whole = build(cls, granularity=granularity)
        part = build(cls, ("small", "large"), granularity=granularity)
        weights = whole(*data, present=present, examples=EXAMPLES)
        pair = data._replace(teachers=data.teachers[[0, 2]])
        close(weights[[0, 2]], part(*pair, present=present[[0, 2]], examples=EXAMPLES))

    def test_keep_their_weight_when_their_order_changes(self, cls):
        data, order = batch(8), [2, 0, 1]
        shuffled = build(cls, [TEACHERS[place] for place in order])
        weights = build(cls)(*data)
        assert weights.std(0).max() > 0.01 or cls.__name__ == "Uniform"
        close(shuffled(*data._replace(teachers=data.teachers[order])), weights[order])


@every_rule
class TestTeachers:
    def test_that_are_absent_are_not_read(self, cls):
        data = batch(8)
        spoilt = data.teachers.masked_fill(~PRESENT[..., None], float("nan"))
        weighting = build(cls, granularity="batch")
        weights = weighting(*data._replace(teachers=spoilt), present=PRESENT)
        close(weights, weighting(*data, present=PRESENT))

    def test_are_looked_at_one_at_a_time(self, cls):
        data, weighting = batch(2, 3), build(cls)
        together = weighting.evidence(*data)
        alone = [weighting.evidence(*data._replace(teachers=one[None])) for one in data.teachers]
        if len(together) == 1:
            assert all(torch.equal(each, together) for each in alone)
        else:
            close(torch.cat(alone), together)

    def test_must_be_as_many_as_were_prepared(self, cls):
        with pytest.raises(ValueError, match="weighs 3 teachers at 4 positions"):
            build(cls).weights(torch.zeros(2, 4, WIDTH + 3), None)


@every_rule
class TestPositions:
    def test_have_any_number_of_axes(self, cls):
        data = batch(2, 3)
        weighting = build(cls, granularity="position")
        flat = [tensor.flatten(-3, -2) for tensor in (data.student, data.teachers)]
        weights = weighting(*flat, data.labels.flatten(), data.hidden.flatten(0, 1))
        close(weighting(*data), weights.unflatten(1, (2, 3)))
        one = data.student[0, 0], data.teachers[:, 0, 0], data.labels[0, 0], data.hidden[0, 0]
        close(weighting(*one), weights[:, 0])

    def test_broadcast(self, cls):
        data, weighting = batch(4), build(cls)
        repeated = data._replace(
            student=data.student[:1].expand(4, -1),
            labels=data.labels[:1].expand(4),
            hidden=data.hidden[:1].expand(4, -1),
        )
        close(
            weighting(data.student[0], data.teachers, data.labels[0], data.hidden[0]),
            weighting(*repeated),
        )

    def test_of_one_example_share_their_weights(self, cls):
        weights = build(cls, granularity="example")(*batch(8), examples=EXAMPLES)
        for example in EXAMPLES.unique():
            of_it = weights[:, example == EXAMPLES]
            assert (of_it == of_it[:, :1]).all()

    def test_of_one_batch_share_their_weights(self, cls):
        weights = build(cls, granularity="batch")(*batch(2, 3))
        assert (weights == weights[:, :1, :1]).all()

    def test_that_are_their_own_example_are_just_positions(self, cls):
        data = batch(8)
        expected = build(cls, granularity="position")(*data)
        by_example = build(cls, granularity="example")
        close(by_example(*data), expected)
        close(by_example(*data, examples=torch.arange(8).flip(0)), expected)

    def test_of_other_examples_do_not_matter(self, cls):
        data, weighting = batch(2, 3), build(cls, granularity="example")
        first = [data.student[:1], data.teachers[:, :1], data.labels[:1], data.hidden[:1]]
        close(weighting(*data)[:, :1], weighting(*first))
