"""Arithmetic that stands for slower arithmetic."""

import math

import pytest
import torch

import mtkd.functional
from mtkd.functional import (
    IMPOSSIBLE,
    entropy,
    log_probs,
    logits_entropy,
    normalized_entropy,
)

LOGITS = torch.tensor(
    [[1.0, 2.0, -0.5], [300.0, 0.0, -300.0], [4.0, 4.0, 4.0], [0.0, 1.0, IMPOSSIBLE]]
)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_entropy_of_logits_is_that_of_their_log_probabilities(dtype):
    logits = LOGITS.to(dtype)
    log_p = log_probs(logits)
    torch.testing.assert_close(logits_entropy(logits), entropy(log_p))
    torch.testing.assert_close(logits_entropy(logits, normalized=True), normalized_entropy(log_p))
    assert logits_entropy(logits).dtype == log_p.dtype


def test_its_values_and_its_bounds():
    found = logits_entropy(LOGITS[1:])
    p = 1 / (1 + math.exp(-1))
    two = -p * math.log(p) - (1 - p) * math.log(1 - p)
    torch.testing.assert_close(found, torch.tensor([0.0, math.log(3), two]))
    assert logits_entropy(LOGITS[2], normalized=True) == pytest.approx(1)
    assert logits_entropy(torch.zeros(4, 1), normalized=True).tolist() == [0] * 4


@pytest.mark.parametrize("normalized", [False, True])
def test_models_taken_one_by_one_have_the_same_entropies(normalized, monkeypatch):
    logits = torch.randn(3, 2, 4, 5)
    together = logits_entropy(logits, normalized)
    monkeypatch.setattr(mtkd.functional, "CACHED", 8)
    assert torch.equal(logits_entropy(logits, normalized), together)
    assert together.shape == (3, 2, 4)


def test_its_gradient():
    logits = torch.randn(4, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(logits_entropy, (logits,))
