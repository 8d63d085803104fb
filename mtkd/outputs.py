"""What a model says about a batch: logits, or hidden states and the head that makes logits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

WIDENED = 2**13
"""Classes whose half-precision weights are held in float32 at one time, where all logits are."""


@dataclass(frozen=True)
class OutputHead:
    """The last layer of a model, kept apart so that logits exist only chunk by chunk.

    logits = softcap * tanh(scale * (hidden @ weight.T + bias) / softcap)

    Attributes:
        weight: `[classes, width]`.
        bias: `[classes]` or None.
        scale: Factor on the raw logits (Cohere's logit scale, Granite's inverse scaling).
        softcap: Largest magnitude of a logit (Gemma's final soft-capping), or None.
    """

    weight: Tensor
    bias: Tensor | None = None
    scale: float = 1.0
    softcap: float | None = None

    def raw(self, hidden: Tensor) -> Tensor:
        """The matrix product alone, `[..., width]` to `[..., classes]`, in float32 or wider.

        Neither half precision nor autocast reaches the product; weights in half precision are
        widened `WIDENED` rows at a time.
        """
        half = torch.promote_types(hidden.dtype, self.weight.dtype)
        wide = torch.promote_types(half, torch.float32)
        hidden, bias = hidden.to(wide), None if self.bias is None else self.bias.to(wide)
        with torch.autocast(hidden.device.type, enabled=False):
            if self.weight.dtype == wide:
                return F.linear(hidden, self.weight, bias)
            parts = [F.linear(hidden, rows.to(wide)) for rows in self.weight.split(WIDENED)]
            made = torch.cat(parts, dim=-1)
            return made if bias is None else made + bias

    def finish(self, raw: Tensor) -> Tensor:
        """Logits from the matrix product; the identity for most models."""
        scaled = raw if self.scale == 1.0 else raw * self.scale
        return scaled if self.softcap is None else self.softcap * (scaled / self.softcap).tanh()

    def finish_in_place(self, raw: Tensor) -> Tensor:
        """`raw` made into logits where it lies; without a graph."""
        if self.scale != 1.0:
            raw.mul_(self.scale)
        return raw if self.softcap is None else raw.div_(self.softcap).tanh_().mul_(self.softcap)

    def slope(self, logits: Tensor) -> Tensor | float:
        """d logits / d raw, element by element, told from the logits."""
        if self.softcap is None:
            return self.scale
        return self.scale * (1 - (logits / self.softcap).square())


@dataclass(frozen=True)
class ModelOutput:
    """Either `logits`, or `hidden` with `head`; with logits, `hidden` may come along.

    Attributes:
        logits: `[..., classes]` or None.
        hidden: `[..., width]`, the state the head reads; a learned weighting reads it too.
        head: Turns `hidden` into logits; None when `logits` are given.
    """

    logits: Tensor | None = None
    hidden: Tensor | None = None
    head: OutputHead | None = None

    def __post_init__(self) -> None:
        if self.logits is None and (self.hidden is None or self.head is None):
            raise ValueError(
                "a model output needs logits, or hidden states and a head; got neither"
            )
        if self.logits is not None and self.head is not None:
            raise ValueError("a model output has logits or a head, not both; drop one")

    @property
    def body(self) -> Tensor:
        """The tensor the positions are counted on: logits, or the hidden states behind them."""
        if self.logits is not None:
            return self.logits
        assert self.hidden is not None
        return self.hidden

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the positions, `[batch]` or `[batch, length]`."""
        return tuple(self.body.shape[:-1])

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self.head.weight.shape[0] if self.head is not None else self.body.shape[-1]

    def dense(self) -> Tensor:
        """All logits at once, `[..., classes]`: for small models and for tests."""
        if self.head is None:
            return self.body
        return self.head.finish(self.head.raw(self.body))

    def softened(self, temperature: float) -> ModelOutput:
        """The same output with its logits divided by `temperature`; none are made for it."""
        if self.head is None:
            assert self.logits is not None
            wide = torch.promote_types(self.logits.dtype, torch.float32)
            return replace(self, logits=self.logits.to(wide) / temperature)
        softcap = None if self.head.softcap is None else self.head.softcap / temperature
        head = replace(self.head, scale=self.head.scale / temperature, softcap=softcap)
        return replace(self, head=head)

    def to(self, device: torch.device) -> ModelOutput:
        """The same output on another device, its head included."""
        moved = self.map(lambda values: values.to(device))
        if self.head is None:
            return moved
        bias = None if self.head.bias is None else self.head.bias.to(device)
        return replace(
            moved, head=replace(self.head, weight=self.head.weight.to(device), bias=bias)
        )

    def map(self, change: Callable[[Tensor], Tensor]) -> ModelOutput:
        """`change` applied to logits and hidden states (a slice, a selection, a detach)."""
        return ModelOutput(
            None if self.logits is None else change(self.logits),
            None if self.hidden is None else change(self.hidden),
            self.head,
        )


def answered(model: nn.Module, batch: Mapping[str, Tensor], who: str) -> ModelOutput:
    """What `model` says about `batch`; `who` names it in a sentence.

    Raises:
        TypeError: It cannot read a batch, or returns something else than a `ModelOutput`.
    """
    try:
        output = model(batch)
    except (TypeError, AttributeError) as error:
        if not re.search(rf"\b{type(batch).__name__}\b", str(error)):
            raise
        raise TypeError(
            f"{who} was called with the whole batch ({', '.join(batch)}): "
            f'{str(error).splitlines()[0]}; read batch["inputs"] in forward, return ModelOutput('
            "logits=...); wrap a transformers model as mtkd.language.TokenModel(model, "
            "causal=True), a classifier of whole sequences as mtkd.language.SequenceModel(model)"
        ) from error
    if not isinstance(output, ModelOutput):
        raise TypeError(
            f"{who} returned a {type(output).__name__}, expected a mtkd.outputs.ModelOutput; "
            "return ModelOutput(logits=...)"
        )
    return output
