"""The output head of a transformers model: where it is, and what happens behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from mtkd.language.probing import probing

PROBES = (0.0, 2.0**-10, -3.0, 11.0, 45.0, -130.0, 2.0**20)
"""What the head is made to say when its finish is measured: a slope, a curve and a limit."""


def output_head(model: Any) -> nn.Linear:
    """The linear layer that makes the logits.

    Raises:
        ValueError: There is none, or its weights are not plain numbers (quantised, LoRA).
    """
    head = model.get_output_embeddings()
    name = type(model).__name__
    if head is None:
        raise ValueError(
            f"{name} has no output head over tokens; use a causal or masked language model"
        )
    # A quantised weight may call itself a floating tensor, but it is one of a class of its own.
    plain = isinstance(head, nn.Linear) and type(head.weight) in (Tensor, nn.Parameter)
    if not (plain and head.weight.is_floating_point()):
        raise ValueError(
            f"the output head of {name} is a {type(head).__name__} without a plain weight matrix; "
            "leave the head out of quantisation and of LoRA's targets"
        )
    return head


@contextmanager
def caught(head: nn.Linear) -> Iterator[list[Tensor]]:
    """Hidden states `[..., length, width]` that arrive at the head, which gets no position.

    The model runs up to its head by its own code, whatever its family does on the way, and its
    logits are `[..., 0, classes]`. Outside of this context the model is as before.
    """
    seen: list[Tensor] = []

    def stop(layer: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor]:
        seen.append(arguments[0])
        return (arguments[0][..., :0, :],)

    handle = head.register_forward_pre_hook(stop)
    try:
        yield seen
    finally:
        handle.remove()


def measured_finish(model: Any) -> tuple[float, float | None]:
    """Scale and soft-cap of `model`, read off what it does to known numbers behind its head.

    Every family names these settings differently, and one divides where another multiplies.
    So the head is made to say `PROBES` and the logits are compared: a family that does
    anything else is refused, instead of being distilled from wrong logits.

    Returns:
        Factor on the raw logits, and the largest magnitude of a logit or None.

    Raises:
        ValueError: The model does something else, or does not call its head exactly once.
    """
    head, calls = output_head(model), []
    raw = torch.tensor(PROBES, device=head.weight.device)

    def say(layer: nn.Module, arguments: object, output: Tensor) -> Tensor:
        calls.append(output.shape)
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
    return _fitted(logits.double(), type(model).__name__)


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


def check_causal(model: Any) -> None:
    """Refuse a model that looks ahead: it would read the very label it predicts.

    Raises:
        ValueError: A hidden state changes when only a later token does.
    """
    head = output_head(model)
    classes = head.weight.shape[0]
    tokens = torch.tensor([[0, 1, 2], [0, 1, 3]], device=head.weight.device) % classes
    with probing(model), caught(head) as seen:
        model(input_ids=tokens)
    one, other = seen[0][:, :2].double()
    # Both rows come out bit by bit equal in practice; the room is for kernels that reorder sums.
    room = max(1e-5, 8 * torch.finfo(seen[0].dtype).eps)
    if float((one - other).abs().max()) > room * float(one.abs().max()):
        raise ValueError(
            f"{type(model).__name__} sees later tokens, so it is not causal; set is_decoder: true "
            "in its config, or use masked_model"
        )
