"""Whether arguments fit a signature, said in a sentence instead of Python's bare TypeError."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from inspect import Parameter, Signature, formatannotation
from typing import Any

from mtkd.config.errors import ConfigError, nearest

WORDS: dict[str, tuple[tuple[type, ...], str]] = {
    "float": ((int, float), "a number"),
    "int": ((int,), "a whole number"),
    "str": ((str,), "text"),
    "bool": ((bool,), "true or false"),
    "None": ((type(None),), "null"),
    "Sequence": ((list,), "a list"),
    "list": ((list,), "a list"),
    "tuple": ((list,), "a list"),
    "Mapping": ((dict,), "a mapping"),
    "dict": ((dict,), "a mapping"),
}
"""Names in annotations: the types YAML gives for them, and what a sentence calls them."""


def check_arguments(
    signature: Signature,
    given: Mapping[str, Any],
    who: str,
    partial: bool = False,
    late: int = 0,
    late_names: Iterable[str] = (),
) -> None:
    """Fail if a call with `given` would, or if a value is of another kind than annotated.

    Args:
        signature: What is called accepts this; annotations may be text.
        given: Arguments by name, as read from YAML; nested nodes are not looked into.
        who: Config path and name of what is called, the start of the sentence.
        partial: Whether required arguments may still be missing.
        late: How many positional arguments code adds.
        late_names: Names of the arguments code adds.

    Raises:
        ConfigError: What is wrong, what is accepted, and the nearest name.
    """
    accepted = signature.parameters
    known = listed("It accepts", accepted)
    takes_any = any(p.kind is Parameter.VAR_KEYWORD for p in accepted.values())
    for name in given:
        if name not in accepted and not takes_any:
            hint = nearest(name, accepted) or "."
            raise ConfigError(f"{who}: got an unexpected keyword argument {name!r}{hint}{known}")
    bind = signature.bind_partial if partial else signature.bind
    try:
        bind(*[None] * late, **{**given, **dict.fromkeys(late_names)})
    except TypeError as error:
        raise ConfigError(f"{who}: {error}.{known}") from None
    for name, value in given.items():
        if name in accepted:
            check_type(value, accepted[name].annotation, f"{who}: {name}")


def check_type(value: Any, annotation: Any, who: str) -> None:
    """Fail if `value` is certainly not what `annotation` says; in doubt it passes.

    Args:
        value: As read from YAML.
        annotation: A type, or its source text such as `float | None` or `Sequence[int]`.
        who: Start of the sentence.

    Raises:
        ConfigError: What was expected and what was got.
    """
    text = annotation if isinstance(annotation, str) else formatannotation(annotation)
    names = _names(text)
    is_node = isinstance(value, dict) and "_target_" in value
    if annotation is Parameter.empty or is_node or not WORDS.keys() >= set(names):
        return
    types, words = zip(*(WORDS[name] for name in names), strict=True)
    fits = any(isinstance(value, allowed) for allowed in types)
    if not fits or (isinstance(value, bool) and "bool" not in names):
        raise ConfigError(f"{who} must be {' or '.join(words)}, got {value!r}")


@cache
def _names(annotation: str) -> list[str]:
    """The alternatives of an annotation without their parameters: `float | None` to both."""
    text = re.sub(r"^(?:typing\.)?Optional\[(.*)\]$", r"\1 | None", annotation)
    parts = re.sub(r"Union\[(.*)\]", lambda union: union[1].replace(",", "|"), text).split("|")
    return [part.strip().split("[")[0].split(".")[-1] for part in parts]


def listed(verb: str, names: Iterable[str]) -> str:
    """` It accepts: x, y.`, unless there are too many names to be of help."""
    names = list(names)
    return f" {verb}: {', '.join(names) or 'nothing'}." if len(names) <= 24 else ""
