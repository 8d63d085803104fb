"""Every exported loss with its defaults, and variants that take other branches of the code."""

import inspect

import pytest
import torch

import mtkd.losses
from mtkd.losses import (
    AdaptiveKL,
    AlphaBeta,
    AlphaMixture,
    CorrelationKD,
    DecoupledKD,
    DistillationLoss,
    Divergence,
    ForwardKL,
    Jeffreys,
    JensenShannon,
    NormalizedKD,
    Renyi,
    ReverseKL,
    SkewedForwardKL,
    SkewedReverseKL,
    StandardizedKL,
    TemperatureMatching,
    TokenwiseKL,
    TotalVariation,
)

TEACHERS, BATCH, LENGTH, CLASSES = 2, 3, 2, 5

EXPORTED = [getattr(mtkd.losses, name) for name in mtkd.losses.__all__]
CLASSES_TO_USE = [cls for cls in EXPORTED if not inspect.isabstract(cls)]
VARIANTS: list[DistillationLoss] = [
    ForwardKL(2.5),
    StandardizedKL(1.0),
    TemperatureMatching(0.7),
    JensenShannon(0.2),
    SkewedForwardKL(0.7),
    SkewedReverseKL(0.7),
    AdaptiveKL(0.8),
    TokenwiseKL(3.0),
    AlphaBeta(1.0, 0.0),
    AlphaBeta(0.0, 0.5),
    AlphaBeta(1.5, 0.6),
    AlphaMixture(1.0, 0.3),
    AlphaMixture(3.0, 0.3),
    AlphaMixture(-4.0, 0.3),
    Renyi(3.0),
    CorrelationKD(sample_weight=0.0),
    CorrelationKD(batch_weight=0.0),
    DecoupledKD(target_weight=0.0, temperature=1.5),
    NormalizedKD(rest_weight=0.3, temperature=0.5),
]
LOSSES: list[DistillationLoss] = [cls() for cls in CLASSES_TO_USE] + VARIANTS
DIVERGENCES = [loss for loss in LOSSES if isinstance(loss, Divergence)]
NOT_ZERO_AT_EQUALITY = (NormalizedKD, TemperatureMatching)
"""Documented: the one wants the label, the other the softened teacher."""
DETACHED = (AdaptiveKL, TokenwiseKL)
"""Documented: their gradient is not that of their value."""
NEVER_MORE_WHEN_POOLED = [
    ForwardKL(),
    ReverseKL(),
    Jeffreys(),
    JensenShannon(0.2),
    SkewedForwardKL(0.3),
    SkewedReverseKL(0.3),
    TotalVariation(),
    Renyi(0.5),
    Renyi(3.0),
    AlphaMixture(-1.0, 0.3),
    TokenwiseKL(),
]
"""f-divergences (and increasing functions of them): the data processing inequality holds."""


def each(losses):
    """Parametrise a test over losses, with readable names."""
    return pytest.mark.parametrize(
        "loss", losses, ids=lambda loss: f"{type(loss).__name__}: {loss.formula}"
    )


def random_case(seed=0, scale=2.0, dtype=torch.float64):
    """Student, teachers (with their axis in front) and labels, on batch and length."""
    generator = torch.Generator().manual_seed(seed)
    student = torch.randn(BATCH, LENGTH, CLASSES, generator=generator, dtype=dtype) * scale
    teacher = (
        torch.randn(TEACHERS, BATCH, LENGTH, CLASSES, generator=generator, dtype=dtype) * scale
    )
    labels = torch.randint(0, CLASSES, (BATCH, LENGTH), generator=generator)
    return student, teacher, labels


def gradient(loss, student, teacher, labels):
    """Gradient of the sum of all values with respect to the student's logits."""
    student = student.detach().clone().requires_grad_()
    (result,) = torch.autograd.grad(loss(student, teacher, labels).sum(), student)
    return result
