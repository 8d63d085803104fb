"""A transformers config from the settings of a study."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from typing import Any

TRANSLATED = {"num_labels", "rope_theta", "rope_scaling"}
"""Config keys that transformers accepts beside a family's own fields, and translates."""

UNLISTED = {"qwen3_moe": {"head_dim"}}
"""Config keys that a family's model reads although they are not among its fields."""


def new_config(settings: Mapping[str, Any]) -> Any:
    """A transformers config from `model_type` and the settings of that family.

    transformers keeps any key it does not know without a word; here a misspelt one raises.

    Raises:
        ValueError: No or unknown `model_type`, an unknown setting, a value of a wrong type.
    """
    from huggingface_hub.errors import StrictDataclassError
    from transformers import CONFIG_MAPPING

    rest = dict(settings)
    family = rest.pop("model_type", None)
    if family is None:
        raise ValueError("a model's config needs model_type (llama, gpt2, ...), got none")
    if family not in CONFIG_MAPPING:
        raise ValueError(unknown(f"model_type {family!r}", family, CONFIG_MAPPING))
    made = CONFIG_MAPPING[family]
    known = {entry.name for entry in dataclasses.fields(made)} | set(made.attribute_map)
    # Not every family with a decoder lists it among its fields.
    taken = TRANSLATED | UNLISTED.get(family, set())
    taken |= {"decoder_start_token_id"} if made.is_encoder_decoder else set()
    for key in rest:
        if key not in known | taken:
            raise ValueError(unknown(f"setting {key!r} of model_type {family!r}", key, known))
    try:
        return made(**rest)
    except StrictDataclassError as error:
        raise ValueError(
            f"the config of a {family} model: {' '.join(str(error).split())}"
        ) from None


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """The sentence for a name that does not exist, with the nearest ones that do."""
    near = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"unknown {what}" + (f"; did you mean {', '.join(near)}?" if near else "")
