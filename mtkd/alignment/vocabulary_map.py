"""Which student tokens a text begins with, given the teacher token that it begins with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtkd.alignment.backend import AnyTokenizer
from mtkd.alignment.first_token import FirstTokens
from mtkd.alignment.reader import ByteReader
from mtkd.alignment.together import count_next_tokens
from mtkd.alignment.vocabulary import matched_tokens


@dataclass(frozen=True)
class VocabularyMap:
    """Sparse weights from teacher tokens to student tokens, sorted by teacher, then student.

    Attributes:
        teacher: `[pair]` teacher token ids.
        student: `[pair]` student token ids.
        weight: `[pair]` float32 in (0, 1]. Those of one teacher token sum to at most 1; what
            lacks is its mass that goes to no single token of the student.
    """

    teacher: Tensor
    student: Tensor
    weight: Tensor

    def matrix(self, classes: int, teacher_classes: int) -> Tensor:
        """Sparse `[classes, teacher_classes]`, its columns summing to at most 1."""
        places = torch.stack([self.student, self.teacher])
        size = (classes, teacher_classes)
        return torch.sparse_coo_tensor(places, self.weight, size, check_invariants=False).coalesce()

    def columns(self) -> list[str]:
        """The three columns as text, for a content hash."""
        return [str(values.tolist()) for values in (self.teacher, self.student, self.weight)]

    @property
    def reachable(self) -> int:
        """Number of student tokens that get mass from some teacher token."""
        return len(self.student.unique())


def vocabulary_map(
    student_tokenizer: AnyTokenizer,
    teacher_tokenizer: AnyTokenizer,
    *,
    texts: Sequence[str] = (),
    most: int = 4,
    equivalents: Mapping[str, str] | None = None,
) -> VocabularyMap:
    """P(student's next token | teacher's next token), from bytes and, if given, from texts.

    Where both prefixes are equal, the student's next token is the first one of the same text, so
    q(s) = sum over t of p(t) P(s | t) by the law of total probability. Without texts, P is the
    bytes' own answer: t itself where the student has it, else the first token of t's bytes as the
    student reads them; later ones are other positions' business by the chain rule. `there`
    goes to `the` with `re` to follow. With texts, P is counted where both tokenizers have read
    the same prefix, and the bytes' answer counts as one more observation: the teacher's `the`
    then also goes to `there`, as often as such texts went on so.

    NeMo-RL's X-Token (Sreenivas et al. 2026, https://arxiv.org/abs/2605.21699) has the same
    sparse form with 4 entries a row, for student tokens over teacher tokens; it also weighs a
    token's later pieces, and normalises rows. Here rows are cut at `most` without normalising:
    what is cut away stays in the tail.

    Args:
        student_tokenizer: Whose tokens get the mass.
        teacher_tokenizer: Whose tokens give it.
        texts: A sample of what the models will read.
        most: Largest number of student tokens for one teacher token.
        equivalents: See `mtkd.alignment.shared_tokens`.

    Raises:
        ValueError: `most` is not positive, or no token of the teacher goes anywhere.
    """
    if most < 1:
        raise ValueError(f"most must be at least 1 student token, got {most}")
    student, teacher = ByteReader(student_tokenizer), ByteReader(teacher_tokenizer)
    same = matched_tokens(student_tokenizer, teacher_tokenizer, equivalents)
    weights = _by_bytes(student, teacher, same)
    for (theirs, own), count in count_next_tokens(student, teacher, texts).items():
        weights[theirs][own] = weights[theirs].get(own, 0.0) + count
    if not weights:
        raise ValueError(
            f"none of the teacher's {len(teacher.vocabulary)} tokens begins with one of the "
            f"student's {len(student.vocabulary)}; this teacher cannot speak to this student: "
            "remove it from the committee"
        )
    return _sparse(weights, most)


def _by_bytes(
    student: ByteReader, teacher: ByteReader, same: Mapping[int, int]
) -> dict[int, dict[int, float]]:
    """The bytes' own answer: one student token, weight 1, for each teacher token that has one."""
    weights: dict[int, dict[int, float]] = defaultdict(dict)
    weights.update({theirs: {own: 1.0} for own, theirs in same.items()})
    first = FirstTokens(student)
    for index in teacher.surface.spoken.keys() - weights.keys():
        begun = first(teacher.surface.spoken[index])
        if begun is not None:
            weights[index] = {begun: 1.0}
    return weights


def _sparse(weights: Mapping[int, Mapping[int, float]], most: int) -> VocabularyMap:
    """The `most` heaviest of each row, as shares of the whole row."""
    triples = []
    for teacher in sorted(weights):
        row = weights[teacher]
        whole = sum(row.values())
        heaviest = sorted(row, key=lambda own: (-row[own], own))[:most]
        triples += [(teacher, own, row[own] / whole) for own in sorted(heaviest)]
    teachers, students, shares = zip(*triples, strict=True)
    return VocabularyMap(torch.tensor(teachers), torch.tensor(students), torch.tensor(shares))
