"""What happens to a transformers model's logits behind its output head."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mtkd.language.head import output_head
from mtkd.language.probing import probing

PROBES = (0.0, 2.0**-10, -3.0, 11.0, 45.0, -130.0, 2.0**20)
"""What the head is made to say when its finish is measured: a slope, a curve and a limit."""


def measured_finish(model: Any) -> tuple[float, float | None]:
    """Scale and soft-cap of `model`, read off what it does to known numbers behind its head.

    Every family names these settings differently, and one divides where another multiplies.
    So the head is made to say `PROBES` and the logits are compared: a family that does
    anything else is refused, instead of being distilled from wrong logits.

    Returns:
        Factor on the raw logits, and the largest magnitude of a logit or None.

    Raises:
        ValueError: The model does something else, does not call its head exactly once, or has a
            weight behind it, which would not learn.
    """
    head, calls = output_head(model), []
    raw = torch.tensor(PROBES, device=head.weight.device)

    def say(layer: nn.Module, arguments: object, output: Tensor) -> Tensor:
        calls.append(output.shape)
        torch.set_grad_enabled(True)  # until probing ends
        return raw.reshape(-1, 1, 1).expand(len(PROBES), 1, output.shape[-1]).clone()

    handle = head.register_forward_hook(say)
    try:
        with probing(model):
            tokens = torch.zeros(len(PROBES), 1, dtype=torch.long, device=raw.device)
            logits = model(input_ids=tokens).logits
    finally:
        handle.remove()
    expected = (len(PROBES), 1, head.weight.shape[0])
    if [tuple(shape) for shape in calls] != [expected] or tuple(logits.shape) != expected:
        raise ValueError(
            f"{type(model).__name__} does not make its logits by one call of its output head; "
            "write a model that returns mtkd.outputs.ModelOutput(logits=...)"
        )
    _check_no_weight(model, logits)
    return _fitted(logits.detach().double(), type(model).__name__)


def _check_no_weight(model: Any, logits: Tensor) -> None:
    """Refuse weights that reach `logits` past the head: they would stay as they are."""
    if not logits.requires_grad:
        return
    weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    slopes = torch.autograd.grad(logits.sum(), list(weights.values()), allow_unused=True)
    names = [name for name, slope in zip(weights, slopes, strict=True) if slope is not None]
    raise ValueError(
        f"{type(model).__name__} changes its logits behind its output head by {names[0]}, which "
        "would not learn; write a model that returns mtkd.outputs.ModelOutput(logits=...)"
    )


def _fitted(logits: Tensor, name: str) -> tuple[float, float | None]:
    """Scale and soft-cap from the logits `[probe, 1, classes]` given for `PROBES`."""
    low, high = logits.amin(dim=(1, 2)).tolist(), logits.amax(dim=(1, 2)).tolist()
    scale, softcap = high[1] / PROBES[1], None
    if math.isclose(scale, 1.0, rel_tol=1e-6):
        scale = 1.0
    if not math.isclose(high[-1], scale * PROBES[-1], rel_tol=1e-5):
        softcap = high[-1]
    wanted = [scale * probe for probe in PROBES]
    if softcap:
        wanted = [softcap * math.tanh(value / softcap) for value in wanted]
    for least, most, value in zip(low, high, wanted, strict=True):
        if not all(math.isclose(v, value, rel_tol=1e-5, abs_tol=1e-9) for v in (least, most)):
            raise ValueError(
                f"{name} turns raw logits {_listed(PROBES)} into {_listed(high)}, which no scale "
                "and soft-cap explain; write a model that returns "
                "mtkd.outputs.ModelOutput(logits=...)"
            )
    return scale, softcap


def _listed(values: Sequence[float]) -> str:
    return f"[{', '.join(f'{value:.3g}' for value in values)}]"
