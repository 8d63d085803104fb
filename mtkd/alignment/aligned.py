"""A teacher that has its own tokenizer, heard where both have read the same text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mtkd.alignment.backend import AnyTokenizer, backend
from mtkd.alignment.coverage import Coverage
from mtkd.alignment.exchange import entry, question, understood
from mtkd.alignment.padded import SameTokens
from mtkd.alignment.positions import aligned_positions
from mtkd.alignment.reader import ByteReader
from mtkd.alignment.translate import SharedTokens, Translation
from mtkd.alignment.vocabulary import same_vocabulary, shared_tokens
from mtkd.signals import Signal
from mtkd.teachers import Batch, TeacherSource


class Aligned(TeacherSource):
    """Another source, over its own vocabulary and positions, translated to the student's.

    The batch must carry, beside what `Batch` lists, `text_bytes [batch, bytes]` and
    `spans [batch, length, 2]` of the student's tokens; `ByteReader(student_tokenizer).batch(texts)`
    makes all of it. The texts are tokenised again for the teacher, and `source` is asked about
    `ByteReader(teacher_tokenizer).batch(texts)` with the batch's `example_id`.

    The teacher speaks where a prefix of its tokens ends at the same byte as the student's, and
    is silent elsewhere. With the student's own vocabulary, padded or not, the signal is complete
    and exact. Otherwise it is partial: tokens of both vocabularies with the same bytes carry the
    teacher's probability of that token, the tail carries all else, and nothing is renormalised
    or cut. A token is compared as a token: a teacher that has `the` and not `there` gives `the`
    the mass of both (as the matched part of GOLD, https://github.com/huggingface/trl).

    Args:
        source: Gives complete signals over the teacher's vocabulary and positions.
        student_tokenizer: What `spans` were made with.
        teacher_tokenizer: What the teacher was trained with.
        classes: Classes of the student model; at least its tokenizer's.
        k: How many of the most likely shared tokens are kept where vocabularies differ; None:
            all of them. With all of them the student's tail is only the tokens the teacher
            lacks, and the teacher's other mass pushes on just these.
        temperature: Divides the teacher's logits where vocabularies differ; the loss must have
            the same one, because a pooled tail cannot be softened afterwards.
        equivalents: See `shared_tokens`; end-of-text tokens belong here.

    Attributes:
        comparison: How the vocabularies relate.
        coverage: Share of positions aligned and of mass on shared tokens, so far.

    Raises:
        ValueError: The vocabularies share nothing; `k` or `classes` is too small.
    """

    def __init__(
        self,
        source: TeacherSource,
        student_tokenizer: AnyTokenizer,
        teacher_tokenizer: AnyTokenizer,
        classes: int,
        k: int | None = 64,
        temperature: float = 1.0,
        equivalents: Mapping[str, str] | None = None,
    ) -> None:
        if k is not None and k < 1:
            raise ValueError(f"k must be positive, or None for all shared tokens, got {k}")
        if temperature <= 0:
            raise ValueError(f"a teacher's temperature must be positive, got {temperature}")
        self.comparison = same_vocabulary(student_tokenizer, teacher_tokenizer, classes)
        self.source, self.coverage = source, Coverage()
        self.student, self.teacher = ByteReader(student_tokenizer), ByteReader(teacher_tokenizer)
        self.translation: Translation
        pairs: dict[int, int] = {}
        if self.comparison.same:
            self.translation = SameTokens(classes, self.student.vocabulary)
        else:
            pairs = shared_tokens(student_tokenizer, teacher_tokenizer, equivalents)
            self.translation = SharedTokens(classes, pairs, k, temperature)
        what = [backend(t).to_str() for t in (student_tokenizer, teacher_tokenizer)]
        what += [str(pairs), str((classes, k, temperature))]
        super().__init__(f"{source.identity}/aligned={_digest(what)}")

    def observe(self, batch: Batch) -> Signal:
        spans = entry(batch, "spans")
        asked = question(batch, self.teacher)
        places = aligned_positions(spans, asked["spans"])
        if self._openings_differ():
            places = places.masked_fill(spans[..., 1] == 0, -1)
        heard = understood(self.source.observe(asked), asked, self.teacher)
        if heard.present is not None:
            spoken = heard.present.gather(1, places.clamp(min=0))
            places = places.masked_fill(~spoken, -1)
        signal, masses = self.translation(heard.output, places)
        self._count(batch, places, masses)
        return signal

    def _openings_differ(self) -> bool:
        """Whether only one side puts a space before a text: first tokens then differ by it."""
        ours, theirs = self.student.surface, self.teacher.surface
        return (ours.prefixed, ours.kind == "words") != (theirs.prefixed, theirs.kind == "words")

    def _count(self, batch: Batch, places: Tensor, masses: Tensor) -> None:
        counted = batch["mask"].bool() if "mask" in batch else torch.ones_like(places).bool()
        aligned = counted & (places >= 0)
        mass = float(masses[counted[places >= 0]].sum(dtype=torch.float64))
        self.coverage.add(int(counted.sum()), int(aligned.sum()), mass)


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:10]
