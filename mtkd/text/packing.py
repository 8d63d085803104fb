"""Documents to rows of tokens: one in a row, several beside each other, or one stream."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from mtkd.alignment.texts import FILL
from mtkd.text.documents import Document

PACKINGS = ("none", "documents", "stream")


def as_rows(
    documents: Sequence[Document], length: int, packing: str, padding: int
) -> dict[str, Tensor]:
    """Rows of tokens, padded on the right.

    Args:
        documents: Each of at most `length` tokens; at least one.
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
        `text_bytes [n, bytes]` (255 after the end).
    """
    if packing == "stream":
        return _stream(documents, length, padding)
    if packing == "documents":
        groups = best_fit([len(document.ids) for document in documents], length)
        rows = _filled([[documents[i] for i in group] for group in groups], length, padding)
        rows["positions"] = _positions([[len(documents[i].ids) for i in g] for g in groups], length)
        return rows
    width = max(len(document.ids) for document in documents)
    rows = _filled([[document] for document in documents], width, padding)
    rows["record"] = torch.tensor([document.record for document in documents])
    if documents[0].spans is not None:
        rows |= _texts(documents, width)
    return rows


def best_fit(sizes: Sequence[int], length: int) -> list[list[int]]:
    """Numbers of the documents that share a row, each in exactly one.

    The longest first, each into the fullest row that still has room for it; the earlier document
    where two are equally long.
    """
    room: list[tuple[int, int]] = []  # (free places, row), sorted
    rows: list[list[int]] = []
    for number in sorted(range(len(sizes)), key=lambda i: (-sizes[i], i)):
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


def _filled(groups: Sequence[Sequence[Document]], width: int, padding: int) -> dict[str, Tensor]:
    inputs = torch.full((len(groups), width), padding, dtype=torch.int32)
    labels, mask = torch.full_like(inputs, -1), torch.zeros_like(inputs)
    for row, group in enumerate(groups):
        ids = np.concatenate([document.ids for document in group])
        inputs[row, : len(ids)] = torch.from_numpy(ids)
        labels[row, : len(ids)] = torch.from_numpy(np.concatenate([d.labels for d in group]))
        mask[row, : len(ids)] = 1
    return {"inputs": inputs, "labels": labels, "attention_mask": mask}


def _positions(sizes: Sequence[Sequence[int]], width: int) -> Tensor:
    """`[n, width]`, counted from 0 in each document of a row and in what pads it."""
    rows = [np.concatenate([np.arange(n) for n in (*row, width - sum(row))]) for row in sizes]
    return torch.from_numpy(np.stack(rows)).int()


def _stream(documents: Sequence[Document], length: int, padding: int) -> dict[str, Tensor]:
    whole = {name: [getattr(d, name) for d in documents] for name in ("ids", "labels")}
    ids, labels = (torch.from_numpy(np.concatenate(whole[name])).int() for name in whole)
    missing = -len(ids) % length
    inputs = torch.nn.functional.pad(ids, (0, missing), value=padding).reshape(-1, length)
    labels = torch.nn.functional.pad(labels, (0, missing), value=-1).reshape(-1, length)
    mask = torch.ones_like(inputs)
    mask[-1, length - missing :] = 0
    learnt = (labels >= 0).any(dim=1)
    rows = {"inputs": inputs, "labels": labels, "attention_mask": mask}
    return {name: tensor[learnt] for name, tensor in rows.items()}


def _texts(documents: Sequence[Document], width: int) -> dict[str, Tensor]:
    spans = torch.full((len(documents), width, 2), -1, dtype=torch.int32)
    texts = [document.text.encode() for document in documents]
    size = max(map(len, texts))
    for row, document in enumerate(documents):
        assert document.spans is not None
        spans[row, : len(document.ids)] = torch.from_numpy(document.spans)
    filled = b"".join(text.ljust(size, bytes([FILL])) for text in texts)
    flat = torch.from_numpy(np.frombuffer(filled, dtype=np.uint8).copy())
    return {"spans": spans, "text_bytes": flat.reshape(len(texts), size)}
