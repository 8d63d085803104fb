"""What is done once on the CPU and once on the pretended device, and must come to the same.

`python -m tests.device.cases` does all of it and prints what went wrong, by case, as JSON.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from functools import partial
from itertools import product

import torch

from mtkd.losses import CorrelationKD, ForwardKL, JensenShannon
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.recipe import AGGREGATIONS, Recipe
from mtkd.signals import CompleteSignal, top_k
from mtkd.weighting import InverseCrossEntropy, LearnedGate, TeacherEntropy, Uniform
from mtkd.weighting.pooling import GRANULARITIES
from tests.device import pretended
from tests.device.teaching import read, recorded, trained
from tests.test_objective import CLASSES, LOSSES, WEIGHTINGS, WIDTH, build

POSITIONS = 12
CHUNKS = {"chunks": 5, "one chunk": 2 * POSITIONS}
FIRST_HALF = torch.arange(POSITIONS) < POSITIONS // 2
ROUTES = {
    "the first speaks here and there": (FIRST_HALF, None, None),
    "the last speaks here and there": (None, None, FIRST_HALF),
    "two speak in turn, the last always": (FIRST_HALF, ~FIRST_HALF, None),
}


def objective(
    device, loss, weighting, *, chunk=5, headed=True, kept=(None,) * 3, present=(None,) * 3, **mix
):
    """Loss and gradients on `device`, in float64.

    Args:
        headed: The student says hidden states and a head, not logits.
        kept: Classes that each teacher speaks about; None: all.
        present: Where each teacher speaks; None: always.
        mix: The aggregation.
    """
    rng = torch.Generator().manual_seed(1)

    def draw(*shape):
        return torch.randn(*shape, generator=rng, dtype=torch.float64).to(device)

    shapes = [(POSITIONS, WIDTH), (CLASSES, WIDTH), (CLASSES,)]
    leaves = [draw(*shape).requires_grad_() for shape in (shapes if headed else shapes[:1])]
    if headed:
        student = ModelOutput(hidden=leaves[0], head=OutputHead(*leaves[1:], softcap=3.0))
    else:
        leaves = [draw(POSITIONS, CLASSES).requires_grad_()]
        student = ModelOutput(logits=leaves[0], hidden=draw(POSITIONS, WIDTH))
    signals = []
    for k, speaks in zip(kept, present, strict=True):
        output = ModelOutput(hidden=draw(POSITIONS, 3), head=OutputHead(draw(CLASSES, 3)))
        signal = top_k(output.dense(), k) if k else CompleteSignal(output)
        signals.append(signal if speaks is None else signal.silenced(speaks.to(device)))
    labels = torch.randint(CLASSES, (POSITIONS,), generator=rng).to(device)
    examples = (torch.arange(POSITIONS) // 3).to(device)
    recipe = Recipe(loss.to(device), weighting.to(device), **mix, hard_share=0.3, chunk=chunk)
    made = distillation_objective(student, signals, labels, examples, recipe, detail=True)
    own = list(weighting.parameters()) if made.own.requires_grad else []
    (made.loss + made.own).backward()
    found = [made.loss, made.hard, made.soft, *made.described.values()]
    return [value.detach().cpu() for value in found + [t.grad for t in leaves + own]]


def _cases() -> dict[str, Callable]:
    half = torch.randn(4, CLASSES, generator=torch.Generator().manual_seed(0)).half()
    headed = ModelOutput(hidden=half, head=OutputHead(torch.eye(CLASSES).half()))
    found: dict[str, Callable] = {
        "recorder": read,
        "fit": trained,
        "recorded logits": partial(recorded, output=ModelOutput(logits=half)),
        "recorded hidden states": partial(recorded, output=headed),
    }

    def add(name, loss=ForwardKL, weighting=Uniform, granularity="example", **options):
        def case(device):
            return objective(device, loss().double(), build(weighting, granularity), **options)

        found[name] = case

    for way, chunk in CHUNKS.items():
        for loss in LOSSES:
            add(f"{loss.__name__}, {way}", loss=loss, chunk=chunk)
        add(f"LearnedGate, {way}", weighting=LearnedGate, chunk=chunk)
        add(f"logits, {way}", weighting=TeacherEntropy, headed=False, chunk=chunk)
    for rule, granularity in product(WEIGHTINGS, GRANULARITIES):
        add(f"{rule.__name__} by {granularity}", weighting=rule, granularity=granularity)
    for name, present in ROUTES.items():
        for loss in (ForwardKL, JensenShannon, CorrelationKD):
            add(f"{loss.__name__}, {name}", loss=loss, present=present)
        add(f"some classes, {name}", kept=(3, None, 2), present=present)
    add("some classes", loss=JensenShannon, weighting=InverseCrossEntropy, kept=(3, 3, None))
    for mix in AGGREGATIONS:
        add(f"mixed by {mix}", weighting=TeacherEntropy, aggregation=mix)
    return found


CASES = _cases()


def wrong(case: Callable) -> str:
    """What goes wrong in one case; empty: nothing."""
    try:
        with pretended.Pretending():
            found = case(pretended.NAME)
        torch.testing.assert_close(found, case("cpu"))
    except Exception:  # the parent process shows it as that case's failure
        return traceback.format_exc()
    return ""


if __name__ == "__main__":
    pretended.start()
    print(json.dumps({name: wrong(case) for name, case in CASES.items()}))
