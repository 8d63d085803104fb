"""The objective through `torch.compile`: the same numbers, few graphs, one sentence without it."""

import functools
import shutil

import pytest
import torch
from torch._dynamo.testing import CompileCounter

import mtkd.objective.block
import mtkd.objective.walk
from mtkd.losses import ForwardKL, JensenShannon, LogitMSE
from mtkd.objective.judging import compiled_settle
from mtkd.recipe import AGGREGATIONS, Recipe
from mtkd.weighting import TeacherEntropy
from tests.test_objective import build
from tests.test_walk import CLASSES, HEADS, LOSSES, World, softened


@pytest.fixture
def through(monkeypatch):
    """Compile with a backend of one's own, and forget it afterwards."""
    monkeypatch.setitem(mtkd.objective.block.TILE, "cpu", 2 * CLASSES)
    monkeypatch.setattr(mtkd.objective.walk, "SMALL", 0)

    def use(backend):
        plain = torch.compile
        compiled_settle.cache_clear()
        torch._dynamo.reset()
        monkeypatch.setattr(torch, "compile", functools.partial(plain, backend=backend))

    yield use
    compiled_settle.cache_clear()
    torch._dynamo.reset()


def same(recipe, **finish):
    world = World(**finish).labelled()
    expected = world.found(recipe)
    compiled = Recipe(**{**vars(recipe), "compile": True})
    torch.testing.assert_close(world.found(compiled), expected)


@pytest.mark.parametrize("cls", LOSSES, ids=lambda cls: cls.__name__)
def test_compiled_equals_plain_for_every_loss(cls, through):
    through("eager")
    same(Recipe(softened(cls), build(TeacherEntropy), hard_share=0.3, chunk=4))


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("finish", HEADS)
def test_compiled_equals_plain_for_every_mixture_and_head(aggregation, finish, through):
    through("eager")
    same(Recipe(ForwardKL(2.0), build(TeacherEntropy), aggregation, 0.3, 0.1, 4), **finish)


def test_tiles_of_other_lengths_share_what_was_compiled(through):
    counter = CompileCounter()
    through(counter)
    recipe = Recipe(JensenShannon(), build(TeacherEntropy), chunk=4, compile=True)
    for rows in (2, 3, 4, 2, 1, 3):
        mtkd.objective.block.TILE["cpu"] = rows * CLASSES
        World().labelled().found(recipe)
    assert 1 <= counter.frame_count <= 4


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_the_default_compiler_gives_the_same(through):
    through("inductor")
    same(Recipe(JensenShannon(), build(TeacherEntropy), chunk=4))


def test_a_machine_that_cannot_compile_says_so(through):
    def broken(graph, inputs):
        raise RuntimeError("no compiler found")

    through(broken)
    recipe = Recipe(ForwardKL(), build(TeacherEntropy), chunk=4, compile=True)
    with pytest.raises(ValueError, match=r"trainer\.compile: true, but .* use compile: false"):
        World().labelled().found(recipe)


def test_a_loss_without_a_slope_is_left_to_autograd(through):
    counter = CompileCounter()
    through(counter)
    World().labelled().found(Recipe(LogitMSE(), build(TeacherEntropy), chunk=4, compile=True))
    assert counter.frame_count == 0
