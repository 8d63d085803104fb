"""A teacher with another tokenizer, from names in a config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tokenizers import Tokenizer

from mtkd.alignment.aligned import Aligned
from mtkd.alignment.backend import AnyTokenizer
from mtkd.alignment.ends import declared_end, paired_ends
from mtkd.teachers import TeacherSource

FILE = "tokenizer.json"


def aligned_source(
    source: TeacherSource,
    student_tokenizer: str | Path | AnyTokenizer,
    teacher_tokenizer: str | Path | AnyTokenizer,
    classes: int,
    k: int | None = 64,
    temperature: float = 1.0,
    equivalents: Mapping[str, str] | None = None,
    rest: str = "tail",
    texts: str | Path | Sequence[str] = (),
    most: int = 4,
    local_files_only: bool = True,
    end: str | None = None,
) -> Aligned:
    """`Aligned`, with tokenizers and texts given as objects or as paths.

    Args:
        source: As in `Aligned`, like the arguments that are not listed here.
        student_tokenizer: See `tokenizer_at`.
        teacher_tokenizer: See `tokenizer_at`.
        classes: As in `Aligned`.
        k: As in `Aligned`.
        temperature: As in `Aligned`.
        equivalents: As in `Aligned`.
        rest: As in `Aligned`.
        texts: As in `Aligned`, or a UTF-8 text file, each line of which is a text.
        most: As in `Aligned`.
        local_files_only: Whether hub names are looked up in the local cache only.
        end: The student's token that ends a text; None: the one its tokenizer declares. It is
            paired with the one that the teacher's declares, unless `equivalents` names either.

    Raises:
        ValueError: A file is missing or unreadable, or `Aligned` refuses what it holds.
    """
    student = tokenizer_at(student_tokenizer, local_files_only=local_files_only)
    teacher = tokenizer_at(teacher_tokenizer, local_files_only=local_files_only)
    ends = end or declared_end(student_tokenizer), declared_end(teacher_tokenizer)
    return Aligned(
        source,
        student,
        teacher,
        classes,
        k=k,
        temperature=temperature,
        equivalents=paired_ends(equivalents, (student, ends[0]), (teacher, ends[1])),
        rest=rest,
        texts=_lines(Path(texts)) if isinstance(texts, str | Path) else texts,
        most=most,
    )


def tokenizer_at(
    where: str | Path | AnyTokenizer, *, local_files_only: bool = True
) -> AnyTokenizer:
    """The tokenizer at a path, in the hub, or `where` itself if it is one already.

    Args:
        where: A `tokenizer.json`, a folder that holds one (as `save_pretrained` writes it), a hub
            name, or a tokenizer. Only JSON is read: no pickle, and no code that comes with it.
        local_files_only: Whether a hub name is looked up in the local cache only.

    Raises:
        ValueError: No `tokenizer.json` there, or it is damaged.
    """
    if not isinstance(where, str | Path):
        return where
    path = Path(where)
    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        file = _from_hub(str(where), local_files_only)
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises bare Exceptions
        raise ValueError(f"{file} is no tokenizer ({error}); expected a {FILE}") from None


def _from_hub(name: str, local_files_only: bool) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    advice = f"give a {FILE} or a folder that holds one"
    try:
        return Path(hf_hub_download(name, FILE, local_files_only=local_files_only))
    except HFValidationError:
        raise ValueError(f"there is no {FILE} at {Path(name).absolute()}; {advice}") from None
    except (OSError, HfHubHTTPError) as error:
        asked = "set local_files_only=False to download it" if local_files_only else str(error)
        raise ValueError(
            f"there is no {FILE} at {Path(name).absolute()}, and none of a hub model {name!r} in "
            f"the local cache; {advice}, or {asked}"
        ) from None


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"the texts at {path.absolute()} cannot be read ({error}); give a UTF-8 text file"
        ) from None
    return [line for line in lines if line.strip()]
