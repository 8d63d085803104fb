"""Options that say how models are run, and the refusal of them where none is."""

import argparse

RUNNING = {
    "text_column": "text",
    "label_column": "label",
    "id_column": None,
    "length": None,
    "batch": 32,
    "device": None,
    "download": False,
}
"""By name, with their defaults."""


def check_unused(options: argparse.Namespace) -> None:
    """Refuse what would be ignored, as all models are files of predictions.

    Raises:
        ValueError: An option is given that is about running models.
    """
    given = [name for name, default in RUNNING.items() if getattr(options, name) != default]
    if given:
        raise ValueError(
            f"--{given[0].replace('_', '-')} is about models to run, and all models here are files "
            "of predictions; leave it out"
        )
