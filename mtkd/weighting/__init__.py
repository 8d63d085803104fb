"""How much each teacher counts at each position.

Subclass `TeacherWeighting` with one method, `evidence`, to add a rule; a study names it by its
import path and nothing here has to change.
"""

from mtkd.weighting.base import TeacherWeighting
from mtkd.weighting.fixed import Fixed, Uniform
from mtkd.weighting.gradient import GradientMinNorm
from mtkd.weighting.label_keyed import (
    AverageCrossEntropy,
    InverseCrossEntropy,
    MinCrossEntropy,
    TeacherCrossEntropy,
)
from mtkd.weighting.learned import LearnedGate
from mtkd.weighting.student_entropy import StudentEntropy
from mtkd.weighting.student_keyed import Disagreement, UncertaintyGated
from mtkd.weighting.teacher_keyed import TeacherEntropy, TeacherMaxProbability

__all__ = [
    "AverageCrossEntropy",
    "Disagreement",
    "Fixed",
    "GradientMinNorm",
    "InverseCrossEntropy",
    "LearnedGate",
    "MinCrossEntropy",
    "StudentEntropy",
    "TeacherCrossEntropy",
    "TeacherEntropy",
    "TeacherMaxProbability",
    "TeacherWeighting",
    "UncertaintyGated",
    "Uniform",
]
