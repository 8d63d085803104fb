"""What a long audit is doing, on a terminal; nothing is written elsewhere."""

import sys


def say(doing: str) -> None:
    """One line on the terminal."""
    if sys.stderr.isatty():
        print(f"{doing} ...", file=sys.stderr, flush=True)
