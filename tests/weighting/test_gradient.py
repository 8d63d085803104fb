"""Capped min-norm weights against other solvers, and their gradients against autograd."""

import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from mtkd.weighting import GradientMinNorm
from mtkd.weighting.min_norm import min_norm
from tests.weighting.rules import batch

close = torch.testing.assert_close


def solve(vectors: torch.Tensor, cap: float) -> torch.Tensor:
    return min_norm(vectors, torch.ones(vectors.shape[:2], dtype=torch.bool), cap)


def by_slsqp(vectors: np.ndarray, cap: float) -> np.ndarray:
    gram = vectors @ vectors.T / np.trace(vectors @ vectors.T)
    result = minimize(
        lambda w: w @ gram @ w,
        np.full(len(gram), 1 / len(gram)),
        jac=lambda w: 2 * gram @ w,
        bounds=[(0, cap)] * len(gram),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    # 8: it cannot improve any more at this tolerance.
    assert result.success or result.status == 8
    return result.x


@pytest.mark.parametrize("teachers", [2, 3, 5, 7])
@pytest.mark.parametrize("slack", [1.0, 0.6, 0.3, 0.0])
def test_agrees_with_scipy_on_random_problems(teachers, slack):
    cap = 1 / teachers + slack * (1 - 1 / teachers)
    rng = torch.Generator().manual_seed(teachers)
    shift = torch.randn(12, 1, 9, generator=rng, dtype=torch.float64)
    vectors = torch.randn(12, teachers, 9, generator=rng, dtype=torch.float64) + shift
    weights = solve(vectors, cap)
    close(weights.sum(1), torch.ones(12, dtype=torch.float64))
    assert weights.min() >= 0
    assert weights.max() <= cap
    for ours, problem in zip(weights, vectors.numpy(), strict=True):
        np.testing.assert_allclose(ours, by_slsqp(problem, cap), atol=2e-5)


@pytest.mark.parametrize("cap", [1.0, 0.5, 0.45])
def test_is_as_short_as_anything_on_a_fine_grid(cap):
    steps = 200
    grid = [
        (i / steps, j / steps, (steps - i - j) / steps)
        for i, j in itertools.product(range(steps + 1), repeat=2)
        if i + j <= steps and max(i, j, steps - i - j) <= cap * steps
    ]
    points = torch.tensor(grid, dtype=torch.float64)
    rng = torch.Generator().manual_seed(1)
    vectors = torch.randn(20, 3, 2, generator=rng, dtype=torch.float64) + 0.5
    weights = solve(vectors, cap)
    lengths = torch.einsum("pk,gkc->gpc", points, vectors).norm(dim=-1)
    length = torch.einsum("gk,gkc->gc", weights, vectors).norm(dim=-1)
    assert (length <= lengths.amin(1) + 1e-9).all()
    # The anchor: not shorter than a grid of this step can come near.
    assert (length >= lengths.amin(1) - vectors.norm(dim=-1).amax() / steps).all()


def test_two_vectors_by_hand():
    vectors = torch.tensor([[[3.0, 0.0], [0.0, 1.0]]], dtype=torch.float64)
    # w (3, 0) + (1 - w) (0, 1): 9 w^2 + (1 - w)^2 is least at w = 1/10.
    close(solve(vectors, 1.0), torch.tensor([[0.1, 0.9]], dtype=torch.float64))
    close(solve(vectors, 0.7), torch.tensor([[0.3, 0.7]], dtype=torch.float64))


def test_of_equally_short_mixtures_it_takes_the_one_nearest_to_uniform():
    # 0 = v1/2 + v2/2 = v3: w = (a, a, 1 - 2a), nearest to (1/3, 1/3, 1/3) at a = 1/3.
    vectors = torch.tensor([[[1.0, 0.0], [-1.0, 0.0], [0.0, 0.0]]], dtype=torch.float64)
    close(solve(vectors, 1.0), torch.full((1, 3), 1 / 3, dtype=torch.float64), rtol=0, atol=1e-6)
    close(solve(0 * vectors, 1.0), torch.full((1, 3), 1 / 3, dtype=torch.float64))


def test_length_does_not_matter():
    vectors = torch.randn(5, 3, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for factor in (1e-6, 1e6):
        close(solve(factor * vectors, 0.6), solve(vectors, 0.6), rtol=0, atol=1e-7)


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_evidence_is_the_gradient_of_the_distillation_loss(temperature):
    student, teachers, labels, _ = batch(4)
    student.requires_grad_()
    expected = []
    for teacher in teachers:
        soft = (teacher / temperature).softmax(-1)
        loss = -(temperature**2) * (soft * (student / temperature).log_softmax(-1)).sum()
        expected.append(torch.autograd.grad(loss, student)[0])
    evidence = GradientMinNorm(temperature=temperature).evidence(student, teachers, labels, None)
    close(evidence, torch.stack(expected))


def test_the_gradients_of_a_batch_are_averaged_before_the_weights_are_sought():
    data = batch(6)
    weighting = GradientMinNorm(cap=0.6)
    gradients = weighting.evidence(*data).mean(1)
    expected = torch.tensor(by_slsqp(gradients.numpy(), 0.6))
    close(weighting(*data), expected[:, None].expand(3, 6), rtol=0, atol=1e-5)


def test_the_smallest_cap_is_uniform():
    for cap in (1 / 3, 0.1):
        weights = GradientMinNorm(cap=cap)(*batch(6))
        close(weights, torch.full((3, 6), 1 / 3, dtype=torch.float64))


def test_the_cap_is_never_exceeded_unless_too_few_teachers_are_present():
    present = torch.tensor([[True, True], [True, True], [True, False]])
    weights = GradientMinNorm(cap=0.4, granularity="position")(*batch(2), present=present)
    assert weights[:, 0].max() <= 0.4 + 1e-12
    # Two teachers at most .4 each would leave .2 to nobody: 1/2 each.
    close(weights[:, 1], torch.tensor([0.5, 0.5, 0], dtype=torch.float64))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cap": 0.0}, r"cap must lie in \(0, 1\], got 0.0"),
        ({"cap": 1.5}, r"cap must lie in \(0, 1\], got 1.5"),
        ({"temperature": 0.0}, "temperature must be positive, got 0.0"),
        ({"temperature": float("nan")}, "temperature must be positive, got nan"),
    ],
)
def test_arguments_out_of_range_raise(options, words):
    with pytest.raises(ValueError, match=words):
        GradientMinNorm(**options)


def test_too_many_teachers_raise_before_training():
    with pytest.raises(ValueError, match="takes at most 8, got 9; use fewer"):
        GradientMinNorm().prepare([str(number) for number in range(9)], None)
