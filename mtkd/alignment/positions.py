"""Which positions of two tokenisations have read the same text."""

from __future__ import annotations

import torch
from torch import Tensor


def aligned_positions(student_spans: Tensor, teacher_spans: Tensor) -> Tensor:
    """For each student position, the teacher position whose prefix is the same text.

    A position's prefix is its token and all before it; the next-token distributions of two
    positions are comparable when both prefixes end at the same byte. A token without text after
    some text (EOS, `[SEP]`) pairs with nothing: its prefix says more than the text. Before the
    text, the last token without text (BOS, `[CLS]`) of one side pairs with that of the other.

    Args:
        student_spans: `[..., length, 2]` integers, byte offsets of each token in the text;
            `(-1, -1)` where padded or not known (see `Reading`).
        teacher_spans: `[..., length of the teacher, 2]`, of the same text.

    Returns:
        `[..., length]` integers, -1 where no teacher position fits. One to one.
    """
    student, teacher = _prefix_ends(student_spans), _prefix_ends(teacher_spans)
    size = 2 + max((int(ends.max()) for ends in (student, teacher) if ends.numel()), default=-1)
    places = torch.arange(teacher.shape[-1], device=teacher.device).expand(teacher.shape)
    # The last slot takes the positions that have no end; nothing reads it.
    at_byte = torch.full((*teacher.shape[:-1], size), -1, device=teacher.device)
    at_byte.scatter_(-1, torch.where(teacher < 0, size - 1, teacher), places)
    at_byte[..., -1] = -1
    return at_byte.gather(-1, torch.where(student < 0, size - 1, student))


def _prefix_ends(spans: Tensor) -> Tensor:
    """`[..., length]` byte at which a prefix of text ends; -1 where it is not one."""
    start, end = spans[..., 0], spans[..., 1]
    text = end > start
    before = ((start == 0) & (end == 0)).long().cumprod(dim=-1).bool()
    following = torch.zeros_like(before)
    following[..., :-1] = before[..., 1:]
    opening = before & ~following & text.any(dim=-1, keepdim=True)
    return torch.where(text, end, torch.where(opening, 0, -1))
