"""Whether transformers draws its bars while a model is loaded or saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_bars(wanted: bool = True) -> Iterator[None]:
    """None inside, if that is `wanted`: they would stand between the lines of a study.

    What the caller has switched off stays off, and what was on is on again afterwards.
    """
    from transformers.utils import logging

    hidden = wanted and logging.is_progress_bar_enabled()
    if hidden:
        logging.disable_progress_bar()
    try:
        yield
    finally:
        if hidden:
            logging.enable_progress_bar()
