"""What transformers cannot make a model of, told in one sentence with the settings to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mtkd.language.origin import Origin
from mtkd.memory import ran_out

BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
)
"""What a family's code raises where it does not check a setting; a `ValueError` is a sentence."""


@contextmanager
def told_config(
    what: str, chosen: Mapping[str, Any], whole: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Turn an error of a family's own code into one sentence about the config.

    Args:
        what: What fails, such as `the config of a llama model cannot be built`.
        chosen: The settings that were chosen, by name: those to look at.
        whole: All settings, with the family's defaults; None: only `chosen` are known.

    Raises:
        ValueError: The first line of the error, and what to change. Running out of memory passes.
    """
    try:
        yield
    except BROKEN as error:
        if ran_out(error):
            raise
        lines = str(error).strip().splitlines() or ["no reason given"]
        said = lines[0].rstrip(".")
        if isinstance(error, LookupError):
            said = f"{type(error).__name__} {said}"
        raise ValueError(f"{what}: {said}; {_advice(said, chosen, whole or chosen)}") from error


def config_of(origin: Origin) -> Any:
    """The config of `origin`.

    Raises:
        ValueError: See `Origin.config`; or a setting that its family cannot compute with.
    """
    from huggingface_hub.errors import StrictDataclassError

    family, stored = given(origin).get("model_type"), f"the config of {origin.name} cannot be read"
    try:
        with told_config(cannot_be_built(family) if family else stored, given(origin)):
            return origin.config()
    except StrictDataclassError as error:
        raise ValueError(f"{stored}: {' '.join(str(error).split())}; mend it") from None


def given(origin: Origin) -> Mapping[str, Any]:
    """The settings of a model from scratch; those of a stored one are not known yet."""
    return origin.model if isinstance(origin.model, Mapping) else {}


def cannot_be_built(family: str) -> str:
    """How every sentence about a config begins."""
    return f"the config of a {family} model cannot be built"


def _advice(said: str, chosen: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """Which settings to change: a known mistake, else those that the error speaks about."""
    pad, words = whole.get("pad_token_id"), whole.get("vocab_size")
    if isinstance(pad, int) and isinstance(words, int) and not 0 <= pad < max(words, 1):
        return (
            f"set pad_token_id, which is {pad}, below vocab_size, which is {words}, or to null "
            "where the family allows it"
        )
    heads, keys = whole.get("num_attention_heads"), whole.get("num_key_value_heads")
    if isinstance(heads, int) and isinstance(keys, int) and heads > 0 and keys > 0 and heads % keys:
        return (
            f"make num_attention_heads, which is {heads}, a multiple of num_key_value_heads, "
            f"which is {keys}"
        )
    for means in (_named, _below_one, _counted, _typed):
        seen = [f"{name}: {value}" for name, value in chosen.items() if means(name, value, said)]
        if seen:
            return f"look at {', '.join(seen)}"
    return "compare its settings with those of a model of this family that works"


def _named(name: str, value: Any, said: str) -> bool:
    """Whether an error names a text, or one inside of a mapping."""
    if isinstance(value, Mapping):
        return any(_named(name, inner, said) for inner in value.values())
    return isinstance(value, str) and repr(value) in said


def _below_one(name: str, value: Any, said: str) -> bool:
    """Whether it is a number below 1 where a size stands; an id or a dropout may be 0."""
    size = not (name.endswith("_id") or "drop" in name)
    return size and type(value) is int and value < 1


def _counted(name: str, value: Any, said: str) -> bool:
    """Whether an error names a whole number."""
    return type(value) is int and re.search(rf"(?<![\w.-]){value}(?![\w.])", said) is not None


def _typed(name: str, value: Any, said: str) -> bool:
    """Whether an error names a type, which is that of a value."""
    return name != "model_type" and repr(type(value).__name__) in said
