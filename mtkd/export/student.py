"""The model of transformers in a student, and what loads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mtkd.export.finished import WEIGHTS
from mtkd.language import SequenceModel, TokenModel
from mtkd.text import PretrainedEncoder


def language_model(student: Any, trial: Path) -> TokenModel | SequenceModel:
    """What can be saved for transformers in a student.

    Raises:
        ValueError: Nothing can; the sentence says how its weights are loaded in Python.
    """
    if isinstance(student, PretrainedEncoder):
        return student.classifier
    if isinstance(student, TokenModel | SequenceModel):
        return student
    raise ValueError(
        f"the student of {trial} is a {type(student).__name__}, and only models of transformers "
        f"(mtkd.language) are exported; its weights are {trial / WEIGHTS}: build it in Python "
        "with mtkd.config.instantiate from `student` in config.yaml beside them, then call "
        "mtkd.weights.load_weights"
    )


def loader(model: TokenModel | SequenceModel) -> str:
    """The class of transformers that loads it."""
    if isinstance(model, SequenceModel):
        return "AutoModelForSequenceClassification"
    return "AutoModelForCausalLM" if model.causal else "AutoModelForMaskedLM"
