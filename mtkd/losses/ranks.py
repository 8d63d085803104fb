"""Classes from the likeliest to the least likely; equally likely ones by class index."""

import numpy as np
import torch
from torch import Tensor

FEW = 128
"""Likeliest classes that usually hold the head of a distribution."""

DEEP = 32
"""Classes of which only the likeliest is looked at where the likeliest of all are wanted."""


def sorted_log_probs(log_p: Tensor) -> Tensor:
    """`log_p` sorted downwards along its last axis; gradients flow."""
    if not plain(log_p):
        return log_p.sort(dim=-1, descending=True).values
    falling = -log_p
    falling.numpy().sort(axis=-1)
    return falling.neg_()


def ranked(log_p: Tensor) -> tuple[Tensor, Tensor]:
    """Sorted values and the class at each rank, both `[..., classes]`; gradients flow.

    On a CPU torch sorts one element after the other, NumPy eight at a time: it gets numbers with
    the log-probability in front and the class behind, which also settles ties.
    """
    if not plain(log_p) or log_p.dtype != torch.float32 or bool((log_p > 0).any()):
        found = log_p.sort(dim=-1, descending=True, stable=True)
        return found.values, found.indices
    # A log-probability is not positive: without its sign it grows as the class falls in rank. In
    # float64 its last 29 bits are free, and the first of them is left 0, so rounding drops them.
    keys = log_p.abs().numpy().astype(np.float64)
    bits = keys.view(np.int64)
    bits |= np.arange(log_p.shape[-1])
    keys.sort(axis=-1)
    values = torch.from_numpy(keys.astype(np.float32)).neg_()
    bits &= 2**28 - 1
    return values, torch.from_numpy(bits)


@torch.no_grad()
def head(log_p: Tensor, mass: float) -> Tensor:
    """1 for the likeliest classes that together hold at most `mass`, else 0, `[..., classes]`.

    The likeliest class is one of them even if it holds more. Numbers of the type of `log_p`:
    on a CPU torch takes twenty times as long to multiply by booleans.
    """
    classes = log_p.shape[-1]
    for count in (min(FEW, classes), min(8 * FEW, classes), classes):
        best = _largest(log_p, count)
        inside = (best.exp().cumsum(dim=-1) <= mass).sum(dim=-1, keepdim=True).clamp(min=1)
        last = best.gather(-1, inside - 1)
        # Otherwise the head, or classes that are as likely as its last one, may lie further down.
        if bool(((inside < count) & (best[..., -1:] < last)).all()):
            break
    chosen = torch.ge(log_p, last, out=torch.empty_like(log_p))
    equal_ones_left_out = (best >= last).sum(dim=-1, keepdim=True) > inside
    if bool(equal_ones_left_out.any()):
        level = log_p == last
        left = inside - (best > last).sum(dim=-1, keepdim=True)
        chosen.mul_(~level | (level.cumsum(dim=-1) <= left))
    return chosen


def _largest(log_p: Tensor, count: int) -> Tensor:
    """The `count` largest values, sorted downwards."""
    if not plain(log_p):
        return log_p.topk(count, dim=-1).values
    if count == log_p.shape[-1]:
        return sorted_log_probs(log_p)
    part = np.partition(_with_largest(log_p, count).numpy(), -count, axis=-1)[..., -count:]
    return torch.from_numpy(np.sort(part, axis=-1)[..., ::-1].copy())


def _with_largest(log_p: Tensor, count: int) -> Tensor:
    """Part of the values, the `count` largest among them.

    They stand in at most as many columns of a table, in those whose largest values are largest.
    """
    columns = log_p.shape[-1] // DEEP
    if columns <= 2 * count:
        return log_p
    table, rest = log_p[..., : DEEP * columns], log_p[..., DEEP * columns :]
    table = table.unflatten(-1, (DEEP, columns))
    largest = table.amax(dim=-2, keepdim=True).numpy()
    chosen = torch.from_numpy(np.argpartition(largest, -count, axis=-1)[..., -count:])
    chosen = chosen.expand(*table.shape[:-1], count)
    return torch.cat([table.gather(-1, chosen).flatten(-2), rest], dim=-1)


def plain(log_p: Tensor) -> bool:
    """Whether NumPy may read the values."""
    if torch.compiler.is_compiling():
        return False
    return log_p.device.type == "cpu" and not (torch.is_grad_enabled() and log_p.requires_grad)
