"""Options of a text data set that cannot be meant together, and its evaluation domains."""

from __future__ import annotations

from collections.abc import Mapping

from mtkd.data import Examples
from mtkd.data.names import unknown
from mtkd.text.packing import PACKINGS
from mtkd.text.pieces import LONG
from mtkd.text.rows import Shape
from mtkd.text.tokens import Tokens

TRAIN, TEST = "train", "test"
ALWAYS = (TRAIN, "validation", TEST)
"""Splits that every data set has."""


def check_options(
    shape: Shape, scored: int | None, routed: bool, hidden: float | None = None
) -> None:
    """Refuse what a data set of texts cannot mean.

    Raises:
        ValueError: An unknown name, too small a number, or two options that do not fit.
    """
    for what, value, known in (
        ("packing", shape.packing, PACKINGS),
        ("long", shape.long, LONG),
    ):
        if value not in known:
            raise ValueError(f"{what} must be one of {', '.join(known)}, got {value!r}")
    if shape.length < 2:
        raise ValueError(f"length must be at least 2 tokens, got {shape.length}")
    if scored is not None and scored < 1:
        raise ValueError(f"scored must be at least 1 position, or null, got {scored}")
    if hidden is not None and not 0 < hidden < 1:
        raise ValueError(f"hidden must lie between 0 and 1, or be null, got {hidden}")
    if hidden is not None and shape.bytes:
        raise ValueError("bytes would show a teacher the tokens that are hidden; use one of them")
    if shape.packing == "stream" and shape.long == "refuse":
        raise ValueError("long: refuse would be ignored, a stream is cut wherever a row is full")
    asked = "bytes" if shape.bytes else "route" if routed else None
    if asked and shape.packing != "none":
        raise ValueError(
            f"{asked} belongs to one text, but packing {shape.packing!r} puts several into a row; "
            "use packing: none"
        )


def check_room(tokens: Tokens, length: int, pair: bool) -> None:
    """Refuse rows without room for a text.

    Raises:
        ValueError: `length` is taken up by the special tokens that go around a text, or a pair.
    """
    added = tokens.plain.num_special_tokens_to_add(pair)
    if length <= added:
        raise ValueError(
            f"length must be at least {added + 1}, since the tokenizer adds {added} special "
            f"tokens, got {length}"
        )


def enough_classes(tokens: Tokens, classes: int | None) -> int:
    """`classes`, or as many as the tokenizer needs.

    Raises:
        ValueError: The tokenizer needs more.
    """
    if classes is not None and classes < tokens.classes:
        raise ValueError(
            f"the tokenizer {tokens.source} has token ids up to {tokens.classes - 1}, got classes "
            f"{classes}; expected at least {tokens.classes}: this is the tokenizer of another model"
        )
    return classes or tokens.classes


def evaluation_split(examples: Mapping[str, Examples], name: str, severity: int | None) -> Examples:
    """The test split as `clean`, or another evaluation split by its name.

    Raises:
        ValueError: There is no such domain, or a severity is asked for.
    """
    known = {"clean": TEST} | {key: key for key in examples if key not in ALWAYS}
    if name not in known:
        raise unknown("domain", name, known)
    if severity is not None:
        raise ValueError(f"domain {name!r} is a set of texts, it has no severity {severity}")
    return examples[known[name]]
