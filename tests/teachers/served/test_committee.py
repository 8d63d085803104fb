"""A served teacher beside a recorded one, in the objective."""

import math

import torch

from mtkd.losses import ForwardKL, ReverseKL
from mtkd.objective import distillation_objective
from mtkd.outputs import ModelOutput
from mtkd.recipe import Recipe
from mtkd.signals import coarse_grain
from mtkd.teachers import CachedTeacher
from mtkd.weighting import Fixed
from tests.language.families import CLASSES
from tests.teachers.served.test_values import expected, padded

SHARE = 0.25
"""Of the labels."""


def pooled(logits, kept):
    """Probabilities of the kept classes and of all others together, by hand."""
    p = logits.softmax(dim=-1)
    head = p.gather(-1, kept)
    return torch.cat([head, 1 - head.sum(dim=-1, keepdim=True)], dim=-1)


def objective(signals, logits, batch, loss=None):
    weighting = Fixed({"served": 3, "recorded": 1})
    weighting.prepare(("served", "recorded"), None)
    recipe = Recipe(loss or ForwardKL(), weighting, hard_share=SHARE, chunk=4)
    at = batch["mask"]
    examples = at.nonzero()[:, 0]
    parts = [signal.map(lambda values: values[at]) for signal in signals]
    student = ModelOutput(logits=logits[at])
    return distillation_objective(student, parts, batch["labels"][at], examples, recipe)


def committee(fake):
    torch.manual_seed(3)
    batch = padded("left")
    said = torch.randn(3, 8, CLASSES, dtype=torch.float64)
    recorded = CachedTeacher(batch["example_id"], ModelOutput(logits=said), "recorded")
    logits = torch.randn(3, 8, CLASSES, dtype=torch.float64, requires_grad=True)
    return batch, said, logits, [fake.teacher()(batch), recorded(batch)]


def test_the_loss_is_the_one_on_kept_classes_and_tail(fake):
    batch, said, logits, signals = committee(fake)
    at, log_q = batch["mask"], logits.log_softmax(dim=-1)
    p = pooled(expected(fake, batch).double(), signals[0].kept)[at]
    q = pooled(logits, signals[0].kept)[at]
    served = (p * (p / q).log()).sum()
    recorded = (said.softmax(-1) * (said.log_softmax(-1) - log_q)).sum(dim=-1)[at].sum()
    hard = -log_q[at].gather(-1, batch["labels"][at].unsqueeze(-1)).sum()
    wanted = SHARE * hard + (1 - SHARE) * (0.75 * served + 0.25 * recorded)
    found = objective(signals, logits, batch)
    torch.testing.assert_close(found.loss, wanted, atol=2e-4, rtol=0)
    (one,) = torch.autograd.grad(found.loss, logits)
    (other,) = torch.autograd.grad(wanted, logits)
    torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


def test_a_teacher_that_is_sure_costs_a_reverse_loss_no_more_than_rounding_says(fake):
    """The student's tail mass is charged ln(1e6) at most, not 1e4 as for an impossible class."""
    fake.network.model.lm_head.weight.data.mul_(100)
    batch, _, logits, signals = committee(fake)
    at = batch["mask"]
    served = signals[0].map(lambda values: values[at])
    student = logits.detach()[at]
    distance = ReverseKL()(*served.view(student, batch["labels"][at], 1.0))
    q = coarse_grain(student, served.kept)
    head = (q[:, :-1].exp() * (q[:, :-1] - served.log_probs)).sum(dim=-1)
    tail = q[:, -1].exp() * (q[:, -1] + math.log(1e6))
    torch.testing.assert_close(distance, head + tail, atol=1e-4, rtol=0)
