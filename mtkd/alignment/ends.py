"""The tokens that end a text: they mean the same, however each tokenizer writes them."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtkd.alignment.backend import AnyTokenizer, backend

FILE = "tokenizer_config.json"


def declared_end(tokenizer: str | Path | AnyTokenizer) -> str | None:
    """The token that a tokenizer says to end a text with; None: it says none, or it is not known.

    Args:
        tokenizer: As `mtkd.alignment.tokenizer_at` takes it; of a hub name the cache is read.
    """
    if isinstance(tokenizer, str | Path):
        said = _settings_at(Path(tokenizer)).get("eos_token")
    else:
        said = getattr(tokenizer, "eos_token", None)
    token = said.get("content") if isinstance(said, dict) else said
    return token if isinstance(token, str) else None


def _settings_at(path: Path) -> dict[str, Any]:
    file: Path | str | None = (path if path.is_dir() else path.parent) / FILE
    if not path.exists():
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError

        try:
            cached = try_to_load_from_cache(str(path), FILE)
        except HFValidationError:
            cached = None
        file = cached if isinstance(cached, str) else None
    try:
        found = json.loads(Path(file).read_text(encoding="utf-8")) if file is not None else {}
    except (OSError, ValueError):  # beside a bare tokenizer.json there is none
        found = {}
    return found if isinstance(found, dict) else {}


def paired_ends(
    equivalents: Mapping[str, str] | None,
    student: tuple[AnyTokenizer, str | None],
    teacher: tuple[AnyTokenizer, str | None],
) -> dict[str, str]:
    """`equivalents`, and the two end tokens unless it says something about one of them.

    Warns where the student's end has no equal in the teacher's vocabulary: the teacher then has
    nothing to say about where a text ends.

    Args:
        equivalents: See `shared_tokens`.
        student: The tokenizer and its end token.
        teacher: Likewise.
    """
    given = dict(equivalents or {})
    (ours, end), (theirs, other) = student, teacher
    if end is None or end in given or backend(ours).token_to_id(end) is None:
        return given
    if other is not None and backend(theirs).token_to_id(other) is not None:
        return given if other in given.values() else {end: other, **given}
    if backend(theirs).token_to_id(end) is None:
        warnings.warn(
            f"the student's texts end with {end!r}, which the teacher's tokenizer does not have, "
            "and it declares no end token: it will say nothing about where a text ends; name its "
            f"own in equivalents: {{{end!r}: ...}}",
            stacklevel=2,
        )
    return given
