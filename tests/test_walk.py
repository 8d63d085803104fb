"""The walk by chunks, tiles and known slopes against everything at once by autograd."""

import inspect
from dataclasses import replace

import pytest
import torch

import mtkd.losses
import mtkd.objective.block
import mtkd.objective.criterion
import mtkd.objective.walk
from mtkd.functional import log_probs
from mtkd.losses import (
    CorrelationKD,
    Divergence,
    ForwardKL,
    JensenShannon,
    LogitMSE,
    ReverseKL,
)
from mtkd.objective import distillation_objective
from mtkd.objective.block import TeacherBuffers
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.recipe import AGGREGATIONS, Recipe
from mtkd.signals import CompleteSignal, top_k
from mtkd.weighting import LearnedGate, TeacherEntropy, Uniform
from tests.test_objective import WEIGHTINGS, build

POSITIONS, CLASSES, WIDTH, TEACHER_WIDTH, COUNT = 11, 6, 4, 3, 3
EXPORTED = [getattr(mtkd.losses, name) for name in mtkd.losses.__all__]
LOSSES = [cls for cls in EXPORTED if not inspect.isabstract(cls)]
HEADS = [{}, {"scale": 0.7}, {"softcap": 2.0}, {"scale": 1.3, "softcap": 1.5}]


@pytest.fixture(autouse=True)
def _tiles_of_two_rows(monkeypatch):
    monkeypatch.setitem(mtkd.objective.block.TILE, "cpu", 2 * CLASSES)
    monkeypatch.setattr(mtkd.objective.walk, "SMALL", 0)


class World:
    """Student and teachers as hidden states and heads, and what an objective made of them."""

    def __init__(self, count=COUNT, dtype=torch.float64, biased=True, **finish):
        rng = torch.Generator().manual_seed(0)

        def draw(*shape):
            return torch.randn(*shape, generator=rng, dtype=torch.float64).to(dtype)

        self.leaves = [draw(POSITIONS, WIDTH), draw(CLASSES, WIDTH)]
        self.leaves += [draw(CLASSES)] if biased else []
        for leaf in self.leaves:
            leaf.requires_grad_()
        self.finish = finish
        heads = [OutputHead(draw(CLASSES, TEACHER_WIDTH), draw(CLASSES)) for _ in range(count)]
        heads[0] = replace(heads[0], scale=1.5, softcap=4.0)
        self.signals = [
            CompleteSignal(ModelOutput(hidden=2 * draw(POSITIONS, TEACHER_WIDTH), head=head))
            for head in heads
        ]
        self.labels = torch.randint(CLASSES, (POSITIONS,), generator=rng)
        self.labels[4] = -1
        self.examples = torch.arange(POSITIONS) // 3

    def student(self):
        head = OutputHead(*self.leaves[1:], **self.finish)
        return ModelOutput(hidden=self.leaves[0], head=head)

    def found(self, recipe, **options):
        """Loss, its parts and gradients of the leaves, from the objective."""
        arguments = self.student(), self.signals, self.labels, self.examples, recipe
        made = distillation_objective(*arguments, **options)
        return [made.loss.detach(), made.hard, made.soft, *self._gradients(made.loss)]

    def plain(self, recipe):
        """The same from all logits at once, by autograd."""
        logits, labels = self.student().dense(), self.labels
        hard = torch.nn.functional.cross_entropy(
            logits,
            labels,
            ignore_index=-1,
            reduction="sum",
            label_smoothing=recipe.label_smoothing,
        )
        soft = self._soft(recipe, logits)
        value = recipe.hard_share * hard + (1 - recipe.hard_share) * soft
        return [value.detach(), hard.detach(), soft.detach(), *self._gradients(value)]

    def _soft(self, recipe, logits):
        teachers = torch.stack([signal.output.dense() for signal in self.signals])
        weights = recipe.weighting(
            logits.detach(), teachers, self.labels, self.leaves[0].detach(), None, self.examples
        ).detach()
        loss, temperature = recipe.loss, recipe.loss.temperature
        if recipe.aggregation == "distances":
            return (weights * loss(logits, teachers, self.labels)).sum()
        if recipe.aggregation == "logits":
            mixed = (weights[..., None] * teachers).sum(0)
        else:
            shares = weights[..., None] * log_probs(teachers, temperature).exp()
            mixed = temperature * shares.sum(0).log()
        return loss(logits, mixed, self.labels).sum()

    def _gradients(self, value):
        wanted = [leaf for leaf in self.leaves if leaf.requires_grad]
        return torch.autograd.grad(value, wanted)

    def labelled(self):
        """The same world with a label everywhere, for losses and rules that need one."""
        self.labels = self.labels.clamp(min=0)
        return self


def softened(cls):
    """A loss of the class, at temperature 2 where it has one to set."""
    adjustable = "temperature" in inspect.signature(cls).parameters
    return cls(temperature=2.0) if adjustable else cls()


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("make", [lambda cls: cls(), softened], ids=["as it comes", "T = 2"])
@pytest.mark.parametrize("cls", LOSSES)
def test_every_loss_under_every_aggregation(cls, make, aggregation):
    world = World(softcap=2.0, scale=1.3).labelled()
    recipe = Recipe(make(cls), build(TeacherEntropy), aggregation, 0.3, 0.1, chunk=5)
    if aggregation == "probabilities" and recipe.loss.unsoftened and recipe.loss.temperature != 1:
        with pytest.raises(ValueError, match="NormalizedKD reads teachers unsoftened too, but"):
            world.found(recipe)
    else:
        torch.testing.assert_close(world.found(recipe), world.plain(recipe))


@pytest.mark.parametrize("chunk", [5, 2 * POSITIONS], ids=["chunks", "tiles of one chunk"])
@pytest.mark.parametrize("granularity", ["position", "example", "batch"])
@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("rule", WEIGHTINGS)
def test_every_weighting_under_every_aggregation(rule, aggregation, granularity, chunk):
    world = World().labelled()
    recipe = Recipe(JensenShannon(), build(rule, granularity), aggregation, 0.3, chunk=chunk)
    torch.testing.assert_close(world.found(recipe), world.plain(recipe))


@pytest.mark.parametrize("finish", HEADS, ids=str)
@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("loss", [ReverseKL(), ReverseKL(3.0), LogitMSE()])
def test_every_kind_of_head(loss, biased, finish):
    world = World(biased=biased, **finish)
    recipe = Recipe(loss, build(TeacherEntropy), hard_share=0.4, label_smoothing=0.2, chunk=4)
    torch.testing.assert_close(world.found(recipe), world.plain(recipe))


@pytest.mark.parametrize("frozen", [[0], [1], [2], [0, 1], [1, 2], [0, 2]], ids=str)
@pytest.mark.parametrize("loss", [ForwardKL(2.0), LogitMSE()])
def test_what_is_frozen_is_left_alone_and_the_rest_learns_as_before(loss, frozen):
    world = World()
    for index in frozen:
        world.leaves[index].requires_grad_(False)
    recipe = Recipe(loss, build(TeacherEntropy), chunk=4)
    torch.testing.assert_close(world.found(recipe), world.plain(recipe))


@pytest.mark.parametrize("hard_share", [0.0, 1.0])
@pytest.mark.parametrize("loss", [ForwardKL(), ForwardKL(2.0)])
def test_labels_alone_and_teachers_alone(loss, hard_share):
    world = World()
    recipe = Recipe(loss, build(Uniform), hard_share=hard_share, label_smoothing=0.1, chunk=4)
    found, expected = world.found(recipe), world.plain(recipe)
    torch.testing.assert_close([found[0], *found[3:]], [expected[0], *expected[3:]])


@pytest.mark.parametrize(
    ("chunk", "granularity"), [(6, "position"), (12, "example"), (12, "batch")]
)
@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_many_teachers_fill_no_more_rows_than_three(aggregation, chunk, granularity):
    world, weighting = World(count=7), TeacherEntropy(granularity=granularity)
    weighting.prepare([f"teacher {index}" for index in range(7)], WIDTH)
    recipe = Recipe(JensenShannon(temperature=2.0), weighting, aggregation, chunk=chunk)
    assert TeacherBuffers(world.signals, 6, together=False).size == 2
    assert TeacherBuffers(world.signals[:3], 6, together=False).size == 6
    torch.testing.assert_close(world.found(recipe), world.plain(recipe))


def test_teachers_of_one_kind_lie_side_by_side():
    world = World()
    head = world.signals[1].output.head
    single = replace(head, weight=head.weight.float(), bias=head.bias.float())
    other = ModelOutput(hidden=world.signals[1].output.hidden.float(), head=single)
    signals = [world.signals[0], CompleteSignal(other), world.signals[2]]
    made = TeacherBuffers(signals, 4, together=False).made(slice(3, 7))
    first, second, third = (signal.output.logits for signal in made)
    assert first.untyped_storage().data_ptr() == third.untyped_storage().data_ptr()
    assert second.dtype == torch.float32
    for logits, signal in zip((first, second, third), signals, strict=True):
        torch.testing.assert_close(logits, signal.output.dense()[3:7])


def test_a_partial_teacher_beside_complete_ones_leaves_all_to_autograd():
    world = World()
    whole = [signal.output.dense() for signal in world.signals]
    world.signals[1] = top_k(whole[1], 2, temperature=2.0)
    recipe = Recipe(ReverseKL(2.0), build(Uniform), hard_share=0.0, chunk=4)
    logits = world.student().dense()
    part = world.signals[1].view(logits, world.labels, 2.0)
    pairs = [(logits, whole[0]), part[:2], (logits, whole[2])]
    value = sum(recipe.loss(*pair, world.labels).sum() / 3 for pair in pairs)
    found = world.found(recipe)
    torch.testing.assert_close(
        [found[0], *found[3:]], [value.detach(), *torch.autograd.grad(value, world.leaves)]
    )


def test_a_users_loss_of_five_lines_and_one_with_something_to_train():
    class Own(Divergence):
        def __init__(self):
            super().__init__(2.0)
            self.size = torch.nn.Parameter(torch.tensor(1.5, dtype=torch.float64))

        def divergence(self, student, teacher):
            return self.size**2 * (student.exp() - teacher.exp()).square().sum(-1)

    world, loss = World(), Own()
    world.leaves.append(loss.size)
    world.student = lambda: ModelOutput(hidden=world.leaves[0], head=OutputHead(*world.leaves[1:3]))
    recipe = Recipe(loss, build(TeacherEntropy), chunk=4)
    torch.testing.assert_close(world.found(recipe), world.plain(recipe))


def test_a_loss_that_knows_its_slope_and_has_something_to_train():
    class Own(ForwardKL):
        def __init__(self):
            super().__init__()
            self.size = torch.nn.Parameter(torch.tensor(1.5, dtype=torch.float64))

        def divergence(self, student, teacher):
            return self.size * super().divergence(student, teacher)

        def with_slope(self, student, teacher):
            return tuple(self.size * part for part in super().with_slope(student, teacher))

    world, loss = World(), Own()
    assert loss.has_slope
    world.leaves.append(loss.size)
    world.student = lambda: ModelOutput(hidden=world.leaves[0], head=OutputHead(*world.leaves[1:3]))
    recipe = Recipe(loss, build(TeacherEntropy), chunk=4)
    torch.testing.assert_close(world.found(recipe), world.plain(recipe))


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_a_gate_learns_whatever_is_mixed_and_whatever_is_described(aggregation):
    world, losses = World().labelled(), []
    for detail in (False, True):
        recipe = Recipe(ForwardKL(), build(LearnedGate), aggregation, chunk=4)
        arguments = world.student(), world.signals, world.labels, world.examples, recipe
        made = distillation_objective(*arguments, detail=detail)
        made.own.backward()
        losses.append((made.own.item(), recipe.weighting.query.grad.norm().item()))
    assert losses[0] == pytest.approx(losses[1])
    assert min(losses[0]) > 0


def test_gradients_are_handed_out_once():
    world = World()
    arguments = world.student(), world.signals, world.labels, world.examples
    made = distillation_objective(*arguments, Recipe(ForwardKL(), build(Uniform), chunk=4))
    made.loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="handed out already; call backward once"):
        made.loss.backward()


def test_a_factor_on_the_loss_reaches_every_gradient():
    world = World()
    recipe = Recipe(ForwardKL(), build(Uniform), chunk=4)
    arguments = world.student(), world.signals, world.labels, world.examples, recipe
    (3 * distillation_objective(*arguments).loss).backward()
    torch.testing.assert_close(
        [leaf.grad / 3 for leaf in world.leaves], list(world.found(recipe)[3:])
    )


def test_what_is_not_asked_for_is_not_made(monkeypatch):
    asked = []

    class Counted(ForwardKL):
        def with_slope(self, student, teacher):
            asked.append(student.log_probs.shape)
            return super().with_slope(student, teacher)

        def divergence(self, student, teacher):
            asked.append(student.shape)
            return super().divergence(student, teacher)

    monkeypatch.setattr(mtkd.objective.walk, "describe", lambda *given: pytest.fail("nobody asked"))
    world = World()
    world.found(Recipe(Counted(), build(Uniform), "probabilities", chunk=POSITIONS))
    assert len(asked) == -(-POSITIONS // 2)  # the mixture's, tile by tile


@pytest.mark.parametrize("loss", [ForwardKL(2.0), LogitMSE()])
@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_descriptions_are_made_before_logits_give_way_to_their_gradient(loss, aggregation):
    world = World()
    recipe = Recipe(loss, build(TeacherEntropy), aggregation, chunk=4)
    arguments = world.student(), world.signals, world.labels, world.examples, recipe
    learning = distillation_objective(*arguments, detail=True).described
    with torch.no_grad():
        looking = distillation_objective(*arguments, detail=True).described
    assert set(learning) == set(looking)
    torch.testing.assert_close(learning, looking)


@pytest.mark.parametrize(
    "loss", [ForwardKL(), JensenShannon(temperature=2.0), LogitMSE(), CorrelationKD()]
)
def test_bfloat16_loses_only_what_its_own_digits_lose(loss):
    half, recipe = World(dtype=torch.bfloat16), Recipe(loss, build(TeacherEntropy), chunk=4)
    exact = World()
    with torch.no_grad():
        for leaf, rounded in zip(exact.leaves, half.leaves, strict=True):
            leaf.copy_(rounded)
    exact.signals = [
        CompleteSignal(ModelOutput(hidden=s.hidden.double(), head=_doubled(s.head)))
        for s in (signal.output for signal in half.signals)
    ]
    found, expected = half.found(recipe), exact.found(recipe)
    for one, other in zip(found[3:], expected[3:], strict=True):
        assert one.dtype == torch.bfloat16
        assert (one.double() - other).norm() / other.norm() < 0.004
    assert found[0].dtype == torch.float32
    torch.testing.assert_close(found[0].double(), expected[0], rtol=1e-5, atol=0)


def _doubled(head):
    return replace(head, weight=head.weight.double(), bias=head.bias.double())
