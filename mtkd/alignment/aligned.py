"""A teacher that has its own tokenizer, heard where both have read the same text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mtkd.alignment.backend import AnyTokenizer, backend
from mtkd.alignment.coverage import Coverage
from mtkd.alignment.exchange import question, same_question, understood
from mtkd.alignment.padded import SameTokens
from mtkd.alignment.reader import ByteReader
from mtkd.alignment.rest import Rest, digest
from mtkd.alignment.together import common_positions
from mtkd.alignment.translate import Translation
from mtkd.alignment.vocabulary import same_vocabulary
from mtkd.signals import Signal
from mtkd.teachers import Batch, TeacherSource


class Aligned(TeacherSource):
    """Another source, over its own vocabulary and positions, translated to the student's.

    The batch must carry, beside what `Batch` lists, `text_bytes [batch, bytes]` and
    `spans [batch, length, 2]` of the student's tokens: `ByteReader(student_tokenizer).batch(texts)`
    makes all of it, `mtkd.alignment.passage_tensors` these two for chunks of longer texts. The
    texts are tokenised again for the teacher, and `source` is asked about
    `ByteReader(teacher_tokenizer).batch(texts)` with the batch's `example_id`.

    The teacher speaks where a prefix of its tokens ends at the same byte as the student's, and
    is silent elsewhere. With the student's own vocabulary, padded or not, the signal is complete
    and exact; with the very same tokenizer it reads the student's tokens, also where no text
    gives them back. Otherwise tokens of both vocabularies with the same bytes are compared exactly,
    and `rest` says what becomes of the teacher's mass on the others. Whatever it is, all of the
    teacher's mass is in the signal: nothing is renormalised or cut.

    - `tail`: pooled into one outcome, against all of the student's tokens that are not kept. A
      token is compared as a token: a teacher that has `the` and not `there` gives `the` the mass
      of both (as the matched part of GOLD, https://github.com/huggingface/trl).
    - `map`: sent to the student's token that such text begins with, see `vocabulary_map`; the
      tail keeps what goes nowhere.
    - `sorted`: kept token by token, for `mtkd.losses.vocabularies.SharedAndSorted`, which ranks
      it against the student's mass on tokens that the teacher lacks. See `UnionSignal`.

    Args:
        source: Gives complete signals over the teacher's vocabulary and positions.
        student_tokenizer: What `spans` were made with.
        teacher_tokenizer: What the teacher was trained with.
        classes: Classes of the student model; at least its tokenizer's.
        k: With `tail` and `map`, how many of the most likely student tokens are kept; None: all
            that the teacher reaches. With all of them the student's tail is only the tokens the
            teacher lacks, and the teacher's other mass pushes on just these.
        temperature: With `tail` and `map`, divides the teacher's logits where vocabularies
            differ; the loss must have the same one, because a pooled tail cannot be softened
            afterwards.
        equivalents: See `shared_tokens`; end-of-text tokens belong here, and `aligned_source`
            adds those that the tokenizers declare.
        rest: `tail`, `map` or `sorted`.
        texts: With `map`, a sample of texts that its weights are counted on.
        most: With `map`, largest number of student tokens for one teacher token.

    Attributes:
        comparison: How the vocabularies relate.
        coverage: Share of positions aligned and of mass that reaches single tokens, so far.

    Raises:
        ValueError: The vocabularies share nothing; an argument is out of its range.
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
        rest: str = "tail",
        texts: Sequence[str] = (),
        most: int = 4,
    ) -> None:
        way = Rest(rest, k, temperature, equivalents, texts, most)
        self.comparison = same_vocabulary(student_tokenizer, teacher_tokenizer, classes)
        self.source, self.coverage = source, Coverage()
        self.student, self.teacher = ByteReader(student_tokenizer), ByteReader(teacher_tokenizer)
        both = (student_tokenizer, teacher_tokenizer)
        self.translation: Translation
        if self.comparison.same:
            self.translation, named = SameTokens(classes, self.student.vocabulary), [str(classes)]
        else:
            self.translation, named = way.translation(*both, classes)
        what = [backend(tokenizer).to_str() for tokenizer in both]
        self._reads_the_same = self.comparison.same and what[0] == what[1]
        super().__init__(f"{source.identity}/aligned={digest([*what, *named])}")

    def observe(self, batch: Batch) -> Signal:
        if self._reads_the_same:
            asked, places = same_question(batch, self.teacher)
        else:
            asked = question(batch, self.student, self.teacher)
            padding = _in_front(batch)
            spans = batch["spans"].masked_fill(padding.unsqueeze(-1), 0), asked["spans"]
            places = common_positions(self.student, self.teacher, *spans).masked_fill(padding, -1)
        heard = understood(self.source.observe(asked), asked, self.teacher)
        if heard.present is not None:
            spoken = heard.present.gather(1, places.clamp(min=0))
            places = places.masked_fill(~spoken, -1)
        signal, masses = self.translation(heard.output, places)
        self._count(batch, places, masses)
        return signal

    def _count(self, batch: Batch, places: Tensor, masses: Tensor) -> None:
        counted = batch["mask"].bool() if "mask" in batch else torch.ones_like(places).bool()
        aligned = counted & (places >= 0)
        mass = float(masses[counted[places >= 0]].sum(dtype=torch.float64))
        self.coverage.add(int(counted.sum()), int(aligned.sum()), mass)


def _in_front(batch: Batch) -> Tensor:
    """`[batch, length]` booleans: padding on the left, behind which a text begins."""
    shown = batch.get("attention_mask", torch.ones_like(batch["inputs"]))
    return shown.cumsum(dim=1) == 0
