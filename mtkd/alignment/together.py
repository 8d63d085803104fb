"""Two tokenizers on the same texts: where they meet, and what each says next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from mtkd.alignment.positions import aligned_positions
from mtkd.alignment.reader import ByteReader


def common_positions(
    student: ByteReader, teacher: ByteReader, spans: Tensor, teacher_spans: Tensor
) -> Tensor:
    """`aligned_positions`, without the one before the text where only one side adds a space.

    First tokens then differ by that space, and so do the distributions over them.
    """
    places = aligned_positions(spans, teacher_spans)
    ours, theirs = student.surface, teacher.surface
    if (ours.prefixed, ours.kind == "words") == (theirs.prefixed, theirs.kind == "words"):
        return places
    return places.masked_fill(spans[..., 1] == 0, -1)


def count_next_tokens(
    student: ByteReader, teacher: ByteReader, texts: Sequence[str]
) -> Counter[tuple[int, int]]:
    """How often the teacher's next token and the student's next token begin the same text.

    Returns:
        `(teacher token id, student token id)` to the number of places in `texts` where both have
        read the same prefix and go on with these tokens.
    """
    counts: Counter[tuple[int, int]] = Counter()
    for text in texts:
        ours, theirs = student.read(text), teacher.read(text)
        spans, others = (torch.tensor(r.spans).reshape(-1, 2) for r in (ours, theirs))
        places = common_positions(student, teacher, spans, others).tolist()
        for own, other in enumerate(places[:-1]):
            if 0 <= other < len(theirs.ids) - 1:
                counts[theirs.ids[other + 1], ours.ids[own + 1]] += 1
    return counts
