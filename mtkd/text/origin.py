"""Where a tokenizer comes from: a folder, the hub's cache, or one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from mtkd.alignment.backend import backend
from mtkd.elsewhere import elsewhere
from mtkd.language.origin import Origin, first_sentence


def load_tokenizer(source: str, revision: str | None, local_files_only: bool) -> Any:
    """A `tokenizers.Tokenizer` of a file, or a fast tokenizer of transformers; runs no code of it.

    Raises:
        ValueError: Nothing there (with the places looked at), damaged, or not fast.
    """
    if source.endswith(".json"):
        return _of_file(Path(source))
    from transformers import AutoTokenizer

    origin = Origin(source, revision, local_files_only)
    try:
        found = AutoTokenizer.from_pretrained(
            source,
            revision=revision or "main",
            local_files_only=local_files_only,
            trust_remote_code=False,
        )
    except OSError as error:
        raise ValueError(origin.missing("tokenizer.json", error)) from None
    except Exception as error:  # the libraries raise anything for files that they cannot read
        raise ValueError(
            f"{source} holds no tokenizer that this transformers reads: {first_sentence(error)}"
        ) from None
    backend(found)
    if set(found.get_vocab()) <= set(found.all_special_tokens):
        # transformers makes an empty one where the files are missing, and says nothing.
        raise ValueError(
            f"{source} holds no tokenizer: no file gives its tokens; save its own there"
        )
    return found


def chat_template(tokenizer: Any, file: str | None) -> str | None:
    """The template in `file`, or the tokenizer's own, or None."""
    if file is not None:
        path = Path(file)
        if not path.is_file():
            raise ValueError(f"there is no chat template {path.absolute()}; give a Jinja file")
        return path.read_text(encoding="utf-8")
    if isinstance(tokenizer, Tokenizer):
        return None
    own = tokenizer.chat_template
    return own.get("default") if isinstance(own, dict) else own


def declared(tokenizer: Any, which: str) -> str | None:
    """A special token (`eos_token`, …) that transformers knows; a plain file declares none."""
    if isinstance(tokenizer, Tokenizer):
        return None
    token: str | None = tokenizer.special_tokens_map.get(which)
    return token


def gives_types(tokenizer: Any) -> bool:
    """Whether a model is to read the token types that it makes; a plain file does not say no."""
    return isinstance(tokenizer, Tokenizer) or "token_type_ids" in tokenizer.model_input_names


def identifying(tokenizer: Any, template: str | None) -> list[Any]:
    """What beside its content tells a tokenizer from another one; a template names its tokens."""
    about = [declared(tokenizer, "pad_token"), template]
    if template is not None and not isinstance(tokenizer, Tokenizer):
        about.append(json.dumps(tokenizer.special_tokens_map, sort_keys=True))
    return about


def _of_file(path: Path) -> Tokenizer:
    if not path.is_file():
        raise ValueError(
            f"there is no tokenizer file {path.absolute()}{elsewhere(str(path))}; give a "
            "tokenizer.json, the folder of a tokenizer, or a hub name"
        )
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception for what it cannot read
        raise ValueError(f"{path} is no tokenizer file: {first_sentence(error)}") from None
