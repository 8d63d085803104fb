"""The `tokenizers.Tokenizer` behind what a user hands over, and its settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

from tokenizers import Tokenizer

Settings = dict[str, Any]
"""A tokenizer's own JSON: `model`, `normalizer`, `pre_tokenizer`, `decoder`, `added_tokens`, …"""


@runtime_checkable
class Fast(Protocol):
    """A tokenizer of `transformers` that runs on the `tokenizers` library."""

    @property
    def backend_tokenizer(self) -> Tokenizer: ...


AnyTokenizer = Tokenizer | Fast


def backend(tokenizer: AnyTokenizer) -> Tokenizer:
    """The tokenizer itself, without what `transformers` wraps around it.

    Raises:
        ValueError: It does not run on the `tokenizers` library and knows no offsets.
    """
    if isinstance(tokenizer, Tokenizer):
        return tokenizer
    if not isinstance(tokenizer, Fast):
        raise ValueError(
            f"a {type(tokenizer).__name__} tells no offsets into the text; expected a "
            "tokenizers.Tokenizer or a fast tokenizer of transformers: load it with use_fast=True"
        )
    return tokenizer.backend_tokenizer


def settings_of(tokenizer: Tokenizer) -> Settings:
    """The tokenizer's JSON."""
    settings: Settings = json.loads(tokenizer.to_str())
    return settings


def parts(settings: Settings) -> Iterator[Settings]:
    """Every normalizer, pre-tokenizer, decoder and post-processor, sequences unfolded."""
    todo = [settings[name] for name in ("normalizer", "pre_tokenizer", "decoder", "post_processor")]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            yield part
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        todo.extend(inner)


def untrimmed(tokenizer: Tokenizer) -> Tokenizer:
    """A copy that never truncates or pads, and whose offsets keep the spaces of a token."""
    settings = settings_of(tokenizer)
    for part in parts(settings):
        if "trim_offsets" in part:
            part["trim_offsets"] = False
    copy = Tokenizer.from_str(json.dumps(settings))
    copy.no_truncation()
    copy.no_padding()
    return copy
