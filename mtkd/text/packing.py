"""Documents to rows of tokens: one in a row, several beside each other, or one stream."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor

from mtkd.alignment.texts import FILL
from mtkd.text.documents import Document
from mtkd.text.joined import Joined

PACKINGS = ("none", "documents", "stream")


def as_rows(
    documents: Iterable[Document], length: int, packing: str, padding: int
) -> dict[str, Tensor]:
    """Rows of tokens, padded on the right.

    Args:
        documents: Each of at most `length` tokens; none of them is kept.
        packing: One of `PACKINGS`. `none`: a document a row, as long as the longest one.
            `documents`: as many as fit, and `positions` that start at 0 in each of them (and in
            the padding), so that attention can be kept inside of them. `stream`: one document
            after the other, cut every `length` tokens: attention does cross from one document
            into the next. Labels never cross.
        padding: Id that fills up rows.

    Returns:
        `inputs`, `labels` (-1 where nothing is learnt) and `attention_mask` (0 at padding),
        `[n, length]`; with `documents` also `positions [n, length]`; with `none` also
        `record [n]`, and, where documents have spans, `spans [n, length, 2]` and
        `text_bytes [n, bytes]` (255 after the end). Nothing where there are no documents.
    """
    joined = Joined(documents)
    if not joined.sizes:
        return {}
    if packing == "stream":
        return _stream(joined, length, padding)
    sizes = joined.sizes
    if packing == "documents":
        groups = best_fit(sizes, length)
        rows = _filled(joined, groups, length, padding)
        return {**rows, "positions": _positions(sizes, groups, length)}
    width = max(sizes)
    rows = _filled(joined, [[number] for number in range(len(sizes))], width, padding)
    rows["record"] = torch.tensor(joined.records)
    if joined.texts:
        rows |= _texts(joined, width)
    return rows


def best_fit(sizes: Sequence[int], length: int) -> list[list[int]]:
    """Numbers of the documents that share a row, each in exactly one.

    The longest first, each into the fullest row that still has room for it; the earlier document
    where two are equally long.
    """
    room: list[tuple[int, int]] = []  # (free places, row), sorted
    rows: list[list[int]] = []
    for number in sorted(range(len(sizes)), key=lambda i: -sizes[i]):
        at = bisect_left(room, (sizes[number], -1))
        if at == len(room):
            rows.append([])
            free, row = length, len(rows) - 1
        else:
            free, row = room.pop(at)
        rows[row].append(number)
        if free > sizes[number]:
            insort(room, (free - sizes[number], row))
    return rows


def _filled(
    joined: Joined, groups: Sequence[Sequence[int]], width: int, padding: int
) -> dict[str, Tensor]:
    used = torch.tensor([sum(joined.sizes[i] for i in group) for group in groups])
    return {
        "inputs": _placed(joined, "ids", groups, width, padding),
        "labels": _placed(joined, "labels", groups, width, -1),
        "attention_mask": (torch.arange(width) < used[:, None]).int(),
    }


def _placed(
    joined: Joined, name: str, groups: Sequence[Sequence[int]], width: int, fill: int
) -> Tensor:
    """A column, `[groups, width, ...]` int32."""
    values, starts = joined.take(name), joined.starts
    rows = np.full((len(groups), width, *values.shape[1:]), fill, dtype=np.int32)
    for row, group in zip(rows, groups, strict=True):
        at = 0
        for number in group:
            stop = at + joined.sizes[number]
            row[at:stop] = values[starts[number] : starts[number + 1]]
            at = stop
    return torch.from_numpy(rows)


def _positions(sizes: Sequence[int], groups: Sequence[Sequence[int]], width: int) -> Tensor:
    """`[groups, width]`, counted from 0 in each document of a row and in what pads it."""
    rows = np.empty((len(groups), width), dtype=np.int32)
    for row, group in zip(rows, groups, strict=True):
        inside = [sizes[number] for number in group]
        row[:] = np.concatenate([np.arange(n) for n in (*inside, width - sum(inside))])
    return torch.from_numpy(rows)


def _stream(joined: Joined, length: int, padding: int) -> dict[str, Tensor]:
    ids, labels = (torch.from_numpy(joined.take(name)) for name in ("ids", "labels"))
    missing = -len(ids) % length
    inputs = torch.nn.functional.pad(ids, (0, missing), value=padding).reshape(-1, length)
    labels = torch.nn.functional.pad(labels, (0, missing), value=-1).reshape(-1, length)
    mask = torch.ones_like(inputs)
    mask[-1, length - missing :] = 0
    learnt = (labels >= 0).any(dim=1)
    rows = {"inputs": inputs, "labels": labels, "attention_mask": mask}
    return rows if learnt.all() else {name: tensor[learnt] for name, tensor in rows.items()}


def _texts(joined: Joined, width: int) -> dict[str, Tensor]:
    groups = [[number] for number in range(len(joined.sizes))]
    rows = np.full((len(joined.texts), max(map(len, joined.texts))), FILL, dtype=np.uint8)
    for row, text in zip(rows, joined.texts, strict=True):
        row[: len(text)] = np.frombuffer(text, dtype=np.uint8)
    spans = _placed(joined, "spans", groups, width, -1)
    return {"spans": spans, "text_bytes": torch.from_numpy(rows)}
