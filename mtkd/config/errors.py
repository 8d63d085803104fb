"""The error a config causes, and the nearest names in its sentence."""

from collections.abc import Iterable
from difflib import get_close_matches


class ConfigError(ValueError):
    """A study, an override or a building block that cannot be meant so.

    The message is one sentence or two: where in the config, what was got, what was expected
    and what to do. The command line prints it alone and exits with 2.
    """


def nearest(name: str, known: Iterable[str], prefix: str = "") -> str:
    """`; did you mean x or y?` for a mistyped name, empty when nothing is near.

    Args:
        name: What was got.
        known: What exists; case does not matter for being near.
        prefix: Written before each suggestion.
    """
    # Of two words that differ in case only, the one written like `name` stays.
    name, known = str(name), map(str, known)  # YAML reads some keys as numbers
    ordered = sorted(known, key=lambda word: word[:1].isupper() == name[:1].isupper())
    folded = {word.lower(): word for word in ordered if not word.startswith("_")}
    near = get_close_matches(name.lower(), folded, n=2, cutoff=0.65)
    words = " or ".join(prefix + folded[word] for word in near)
    return f"; did you mean {words}?" if near else ""
