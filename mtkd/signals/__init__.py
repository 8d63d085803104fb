"""What a teacher says: all classes, or k classes and the mass of the rest."""

from mtkd.signals.checks import check_presence, check_values
from mtkd.signals.complete import CompleteSignal
from mtkd.signals.partial import PartialSignal, coarse_grain, top_k
from mtkd.signals.sparse import Sparse, drawn
from mtkd.signals.stacked import Signal, per_teacher, stack, stacked_views
from mtkd.signals.view import View

__all__ = [
    "CompleteSignal",
    "PartialSignal",
    "Signal",
    "Sparse",
    "View",
    "check_presence",
    "check_values",
    "coarse_grain",
    "drawn",
    "per_teacher",
    "stack",
    "stacked_views",
    "top_k",
]
