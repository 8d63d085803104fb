"""How far the student is from a teacher: one number per position, in nats, never averaged."""

from mtkd.losses.adaptive import AdaptiveKL, TokenwiseKL
from mtkd.losses.base import DistillationLoss, Divergence
from mtkd.losses.correlation import CorrelationKD, StandardizedKL
from mtkd.losses.divergences import ForwardKL, Jeffreys, ReverseKL, SortedL1, TotalVariation
from mtkd.losses.logits import LogitMSE, TemperatureMatching
from mtkd.losses.mixtures import JensenShannon, SkewedForwardKL, SkewedReverseKL
from mtkd.losses.parametric import AlphaBeta, Renyi
from mtkd.losses.power_mean import AlphaMixture
from mtkd.losses.targets import DecoupledKD, NormalizedKD
from mtkd.losses.vocabularies import SharedAndSorted

__all__ = [
    "AdaptiveKL",
    "AlphaBeta",
    "AlphaMixture",
    "CorrelationKD",
    "DecoupledKD",
    "DistillationLoss",
    "Divergence",
    "ForwardKL",
    "Jeffreys",
    "JensenShannon",
    "LogitMSE",
    "NormalizedKD",
    "Renyi",
    "ReverseKL",
    "SharedAndSorted",
    "SkewedForwardKL",
    "SkewedReverseKL",
    "SortedL1",
    "StandardizedKL",
    "TemperatureMatching",
    "TokenwiseKL",
    "TotalVariation",
]
