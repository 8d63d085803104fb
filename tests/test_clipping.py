"""Gradients are clipped under mixed precision too, with fused optimizers where that is right."""

import functools

import pytest
import torch
from pytorch_lightning.plugins.precision import MixedPrecision

from tests.test_distiller import RATE, Rows, fit, module


def fused():
    """A distiller whose optimizer Lightning takes for one that unscales gradients itself."""
    made = module()
    made.make_optimizer = functools.partial(torch.optim.SGD, lr=RATE, fused=True)
    return made


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_a_fused_optimizer_takes_a_clipped_step(precision):
    trained = fit(fused(), size=8, precision=precision, gradient_clip_val=0.01).student.head
    start = Rows().head
    moved = torch.cat([trained.weight - start.weight, (trained.bias - start.bias)[:, None]], 1)
    assert moved.norm().item() == pytest.approx(RATE * 0.01, rel=1e-4)


def test_values_are_clipped_one_by_one():
    options = {"precision": "bf16-mixed", "gradient_clip_algorithm": "value"}
    trained = fit(fused(), size=8, gradient_clip_val=0.01, **options).student.head
    moved = (trained.weight - Rows().head.weight).abs().max().item()
    assert moved == pytest.approx(RATE * 0.01, rel=1e-4)


def test_with_a_scaler_it_is_refused_as_ever():
    scaled = MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu"))
    with pytest.raises(RuntimeError, match="does not allow for gradient clipping"):
        fit(fused(), size=8, plugins=[scaled], gradient_clip_val=0.01)
