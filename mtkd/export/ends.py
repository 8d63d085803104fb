"""The tokens that begin and end a text, for whoever generates with an exported model."""

from __future__ import annotations

from typing import Any

NAMES = ("bos_token_id", "eos_token_id", "pad_token_id")


def take_ends(model: Any, tokenizer: Any) -> None:
    """Name the tokenizer's tokens in a model made from a config; a loaded one keeps its own.

    A family's config names token 2, say, as the end of a text, which is an ordinary token of
    another vocabulary: servers would stop there. What the tokenizer does not declare is what the
    study's config says instead of the family's, or nothing.

    Args:
        model: Of transformers.
        tokenizer: Of transformers, or None.
    """
    if model.config.name_or_path or not model.can_generate():
        return
    config = model.config.get_text_config()
    usual = type(config)()
    for name in NAMES:
        index = getattr(tokenizer, name, None)
        if index is None and getattr(config, name, None) != getattr(usual, name, None):
            index = getattr(config, name)
        setattr(model.generation_config, name, index)
        if name != "pad_token_id":  # positions may be counted from that
            setattr(config, name, index)
    model.generation_config.forced_eos_token_id = None  # BART's, behind text that is cut off
