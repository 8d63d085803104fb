"""What a loss is when nothing is said: the numbers of its paper."""

import pytest

import mtkd.losses as losses
from mtkd.onpolicy import TeacherTopK

FORMULAS = {
    "AdaptiveKL": "AKL(p, q; head mass 0.5)",
    "AlphaBeta": "AB_(0.2, 0.7)(p, q)",
    "AlphaMixture": "KL(p || r), r = M_0.5(0.5 p, 0.5 q)",
    "CorrelationKD": "(1 (1 - r_classes) + 1 (1 - r_batch)) of p, q",
    "DecoupledKD": "T^2 (1 KL(label) + 8 KL(others)) of p_T || q_T, T = 4",
    "JensenShannon": "JS(p, q; share 0.5)",
    "NormalizedKD": "-p(label) log q(label) + 1.5 CE(others of p, q)",
    "Renyi": "Renyi_0.5(p || q)",
    "SkewedForwardKL": "KL(p || 0.1 p + 0.9 q)",
    "SkewedReverseKL": "KL(q || 0.9 p + 0.1 q)",
    "StandardizedKL": "T^2 KL(p_T || q_T) of standardised logits, T = 2",
    "TemperatureMatching": "KL(p_T || q), T = 4",
    "TokenwiseKL": "ToDi(p, q; steepness 1)",
}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_loss_by_default(name):
    assert getattr(losses, name)().formula == FORMULAS[name]


def test_the_likeliest_tokens_of_a_teacher_by_default():
    assert TeacherTopK().formula == "KL(q' || p') on the 32 likeliest of p, both renormalised"
