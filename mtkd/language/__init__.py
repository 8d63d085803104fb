"""Language models from transformers as students and teachers."""

from mtkd.language.adapters import SequenceModel, TokenModel
from mtkd.language.groups import grouped
from mtkd.language.low_rank import LowRankModel
from mtkd.language.models import causal_model, masked_model, sequence_classifier
from mtkd.language.saving import save_additions, save_student

__all__ = [
    "LowRankModel",
    "SequenceModel",
    "TokenModel",
    "causal_model",
    "grouped",
    "masked_model",
    "save_additions",
    "save_student",
    "sequence_classifier",
]
