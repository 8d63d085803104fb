"""What two vocabularies share, compared token by token and never by size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mtkd.alignment.backend import AnyTokenizer, backend
from mtkd.alignment.surface import Surface, surface_of


@dataclass(frozen=True)
class VocabularyComparison:
    """How a teacher's vocabulary relates to the student's.

    Attributes:
        case: `identical` (same tokens, same ids), `padded` (the same, and at least one model
            has classes that no token uses), `extended` (shared tokens keep their ids, one side
            has more tokens) or `different`.
        student_tokens: Tokens of the student's tokenizer.
        teacher_tokens: Tokens of the teacher's tokenizer.
        shared: Token strings with the same id on both sides.
        moved: Token strings on both sides with different ids.
        student_padding: Classes of the student that no token uses.
        teacher_padding: Classes of the teacher that no token uses.
    """

    case: str
    student_tokens: int
    teacher_tokens: int
    shared: int
    moved: int
    student_padding: int
    teacher_padding: int

    @property
    def same(self) -> bool:
        """Whether class numbers mean the same tokens on both sides."""
        return self.case in ("identical", "padded")


def same_vocabulary(
    student_tokenizer: AnyTokenizer,
    teacher_tokenizer: AnyTokenizer,
    student_classes: int | None = None,
    teacher_classes: int | None = None,
) -> VocabularyComparison:
    """Compare two vocabularies by content: token string to id.

    Args:
        student_classes: Outputs of the student model; None: one above its largest token id.
        teacher_classes: Outputs of the teacher model, likewise.

    Raises:
        ValueError: A model has too few classes for its tokenizer.
    """
    student, teacher = (backend(t).get_vocab() for t in (student_tokenizer, teacher_tokenizer))
    both = student.keys() & teacher.keys()
    shared = sum(student[token] == teacher[token] for token in both)
    student_padding = _padding(student, student_classes, "student")
    teacher_padding = _padding(teacher, teacher_classes, "teacher")
    if shared < len(both) or not both:
        case = "different"
    elif student != teacher:
        case = "extended" if shared in (len(student), len(teacher)) else "different"
    else:
        case = "padded" if student_padding or teacher_padding else "identical"
    return VocabularyComparison(
        case,
        student_tokens=len(student),
        teacher_tokens=len(teacher),
        shared=shared,
        moved=len(both) - shared,
        student_padding=student_padding,
        teacher_padding=teacher_padding,
    )


def _padding(vocabulary: Mapping[str, int], classes: int | None, who: str) -> int:
    needed = max(vocabulary.values(), default=-1) + 1
    if classes is not None and classes < needed:
        raise ValueError(
            f"the {who} model has {classes} classes, its tokenizer needs {needed}; this is the "
            "tokenizer of another model: load the one the model was trained with"
        )
    return (needed if classes is None else classes) - len(set(vocabulary.values()))


def shared_tokens(
    student: AnyTokenizer, teacher: AnyTokenizer, equivalents: Mapping[str, str] | None = None
) -> dict[int, int]:
    """Student token id to the id of the teacher's token with the same bytes; one to one.

    Special tokens are matched by their content. Of several tokens with the same bytes the one
    with the lowest id is taken, a whole token before a byte of a fallback.

    Args:
        student: Tokenizer of the student.
        teacher: Tokenizer of the teacher.
        equivalents: Student token to teacher token, for pairs that mean the same but are
            written differently, such as `{"<eos>": "</s>"}`.

    Raises:
        ValueError: `equivalents` names an unknown token, or nothing is shared.
    """
    pairs = matched_tokens(student, teacher, equivalents)
    if not pairs:
        sizes = [len(backend(tokenizer).get_vocab()) for tokenizer in (teacher, student)]
        raise ValueError(
            f"none of the teacher's {sizes[0]} tokens has the bytes of one of the student's "
            f"{sizes[1]}; this teacher cannot speak to this student: remove it from the committee"
        )
    return pairs


def matched_tokens(
    student: AnyTokenizer, teacher: AnyTokenizer, equivalents: Mapping[str, str] | None = None
) -> dict[int, int]:
    """`shared_tokens`, empty where nothing is shared."""
    ours, theirs = _by_content(surface_of(student)), _by_content(surface_of(teacher))
    pairs = {ours[key]: theirs[key] for key in ours.keys() & theirs.keys()}
    for own, other in (equivalents or {}).items():
        declared = _id(student, own, "student"), _id(teacher, other, "teacher")
        pairs = {s: t for s, t in pairs.items() if s != declared[0] and t != declared[1]}
        pairs[declared[0]] = declared[1]
    return dict(sorted(pairs.items()))


def _by_content(surface: Surface) -> dict[tuple[str, bytes], int]:
    order = sorted(surface.spoken, key=lambda index: (index in surface.fallback, index))
    content: dict[tuple[str, bytes], int] = {}
    for index in order:
        content.setdefault(("text", surface.spoken[index]), index)
    for index in sorted(surface.special):
        content.setdefault(("special", surface.special[index].encode()), index)
    return content


def _id(tokenizer: AnyTokenizer, token: str, who: str) -> int:
    index = backend(tokenizer).token_to_id(token)
    if index is None:
        raise ValueError(
            f"equivalents names {token!r}, which the {who}'s tokenizer does not have; write its "
            "tokens as they stand in its vocabulary"
        )
    return index
