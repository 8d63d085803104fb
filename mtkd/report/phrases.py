"""Pieces of sentences, escaped for HTML."""

from collections.abc import Sequence

from markupsafe import Markup, escape


def strong(text: str) -> Markup:
    """The text in bold."""
    return Markup("<b>{}</b>").format(text)


def listing(items: Sequence[str], most: int = 6) -> Markup:
    """`a, b and c`; beyond `most`, `a, b, c and 4 more`."""
    if not items:
        return Markup("none")
    if len(items) > most:
        rest = len(items) - most
        return Markup("{} and {} more").format(Markup(", ").join(items[:most]), rest)
    if len(items) == 1:
        return Markup("{}").format(items[0])
    return Markup("{} and {}").format(Markup(", ").join(items[:-1]), items[-1])


def breakable(text: str) -> Markup:
    """The text, with places where a narrow column may break it: after each _ and +."""
    return Markup(str(escape(text)).replace("_", "_<wbr>").replace("+", "+<wbr>"))
