"""The tokens that begin and end a text, for whoever generates with an exported model."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

NAMES = ("bos_token_id", "eos_token_id", "pad_token_id")


def take_ends(model: Any, tokenizer: Any) -> None:
    """Name the tokenizer's tokens in a model made from a config; a loaded one keeps its own.

    A family's config names token 2, say, as the end of a text, which is an ordinary token of
    another vocabulary: servers would stop there. What the tokenizer does not declare is what the
    study's config says instead of the family's, or nothing; ends that both name are all kept.

    Args:
        model: Of transformers.
        tokenizer: Of transformers, or None.
    """
    from huggingface_hub.errors import StrictDataclassError

    if model.config.name_or_path or not model.can_generate():
        return
    config = model.config.get_text_config()
    usual = type(config)()
    for name in NAMES:
        index, stated = getattr(tokenizer, name, None), getattr(config, name, None)
        if stated != getattr(usual, name, None):
            own = stated if index is None else index
            index = _both(stated, index) if name == "eos_token_id" else own
        setattr(model.generation_config, name, index)
        if name != "pad_token_id":  # positions may be counted from that
            with suppress(StrictDataclassError):  # some families' must be a number
                setattr(config, name, index)
    model.generation_config.forced_eos_token_id = None  # BART's, behind text that is cut off


def _both(stated: int | list[int] | None, index: int | None) -> int | list[int] | None:
    """The ends of a study's config, and the tokenizer's."""
    listed = stated if isinstance(stated, list) else [stated]
    ends = [end for end in dict.fromkeys([*listed, index]) if end is not None]
    return ends if len(ends) > 1 else (ends or [None])[0]
