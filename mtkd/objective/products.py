"""The matrix products of an output head, made in place and summed in float32 or wider.

Half precision never reaches a sum: on a CPU half-precision weights are widened, a few rows of
the vocabulary at a time, because most CPUs only imitate half-precision products. Those with
bfloat16 units are let use them on the widened numbers, which lose nothing by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from mtkd.functional import widen

WIDENED = 1024
"""Classes whose half-precision weights are held in float32 at one time."""

PIECE = 512
"""Classes whose logits a CPU makes in one call: the library packs the weights it is given for its
kernel, and of so few they are still in the cache when it multiplies them. Of a few hundred rows
this takes 5 to 15 % less time than one call, and in float32 each logit is the same to the last
bit. With bfloat16 weights, which `WIDENED` cuts, it gains nothing."""


def zeros(shape: Sequence[int], dtype: torch.dtype, device: torch.device) -> Tensor:
    """A new table of zeros in float32 or float64.

    On a CPU NumPy makes it, which asks Linux for large pages: a table of a hundred megabytes is
    there, and written to, in less than half of the time that torch's own takes.
    """
    if device.type != "cpu":
        return torch.zeros(shape, dtype=dtype, device=device)
    return torch.from_numpy(np.zeros(shape, dtype=str(dtype).removeprefix("torch.")))


def multiply_head(out: Tensor, hidden: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    """out = hidden @ weight.T + bias, `[position, classes]`."""
    if _native(out, hidden, weight):
        torch.mm(hidden, weight.t(), out_dtype=out.dtype, out=out)
    elif weight.dtype == out.dtype:
        _multiply(out, hidden.to(out.dtype), weight)
    else:
        wide = hidden.to(out.dtype)
        with _bfloat16_units(hidden, weight):
            for classes, rows in _widened(weight, out.dtype):
                torch.mm(wide, rows.t(), out=out[:, classes])
    if bias is not None:
        out.add_(bias)


def _multiply(out: Tensor, hidden: Tensor, weight: Tensor) -> None:
    """out = hidden @ weight.T, all of one type."""
    if out.device.type != "cpu":
        torch.mm(hidden, weight.t(), out=out)
        return
    for start in range(0, len(weight), PIECE):
        rows = slice(start, start + PIECE)
        torch.mm(hidden, weight[rows].t(), out=out[:, rows])


def operand(weight: Tensor, hidden: Tensor) -> Tensor:
    """`weight` as it multiplies `hidden`, without a graph: on a GPU in half precision, if
    autocast asks for it.

    The hidden states do not tell: under autocast a last normalisation leaves them in float32.
    """
    if hidden.is_cuda and torch.is_autocast_enabled("cuda"):
        return weight.detach().to(torch.get_autocast_dtype("cuda"))
    return weight.detach()


def alike(hidden: Tensor, weight: Tensor) -> Tensor:
    """`hidden` as it meets `weight`: on a GPU, half precision meets half precision."""
    half = weight.dtype in (torch.bfloat16, torch.float16)
    return hidden.to(weight.dtype) if hidden.is_cuda and half else hidden


def multiply_back(out: Tensor, gradient: Tensor, weight: Tensor) -> None:
    """out = gradient @ weight, `[position, width]`: what the hidden states receive."""
    if _native(out, weight, weight):
        torch.mm(gradient.to(weight.dtype), weight, out_dtype=out.dtype, out=out)
    elif weight.dtype == out.dtype:
        torch.mm(gradient, weight, out=out)
    else:
        out.zero_()
        with _bfloat16_units(weight):
            for classes, rows in _widened(weight, out.dtype):
                out.addmm_(gradient[:, classes], rows)


def add_outer(out: Tensor, gradient: Tensor, hidden: Tensor) -> None:
    """out += gradient.T @ hidden, `[classes, width]`: what the weights receive."""
    if _native(out, hidden, hidden):
        half = gradient.to(hidden.dtype)
        torch.addmm(out, half.t(), hidden, out_dtype=out.dtype, out=out)
    else:
        with _bfloat16_units(hidden):
            out.addmm_(gradient.t(), widen(hidden).to(out.dtype))


def _native(out: Tensor, left: Tensor, right: Tensor) -> bool:
    """Whether the device itself multiplies halves and sums them in float32."""
    halves = left.dtype == right.dtype and left.dtype in (torch.bfloat16, torch.float16)
    return out.is_cuda and halves and out.dtype == torch.float32


def _widened(weight: Tensor, dtype: torch.dtype) -> Iterator[tuple[slice, Tensor]]:
    """`WIDENED` rows of `weight` at a time in `dtype`, in one buffer, and which they are."""
    size = min(WIDENED, len(weight))
    buffer = torch.empty(size, weight.shape[1], dtype=dtype, device=weight.device)
    for start in range(0, len(weight), size):
        rows = weight[start : start + size]
        yield slice(start, start + len(rows)), buffer[: len(rows)].copy_(rows)


@contextmanager
def _bfloat16_units(*operands: Tensor) -> Iterator[None]:
    """Let a CPU's bfloat16 units, if it has any, multiply where `operands` were bfloat16.

    A gradient that meets such an operand is rounded to bfloat16, the sum is not.
    """
    flags = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before = flags.fp32_precision
    if all(operand.dtype == torch.bfloat16 for operand in operands):
        flags.fp32_precision = "bf16"
    try:
        yield
    finally:
        flags.fp32_precision = before
