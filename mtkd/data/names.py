"""The sentence for a name that does not exist: what was got, the nearest, all of them."""

from collections.abc import Iterable
from difflib import get_close_matches


def unknown(kind: str, name: str, known: Iterable[str]) -> ValueError:
    """The error to raise when `name` is not among the `known` names of a `kind` of thing."""
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return ValueError(f"unknown {kind} {name!r}; {hint}There are: {', '.join(names) or 'none'}")
