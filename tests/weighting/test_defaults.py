"""What a rule is when nothing is said: the numbers and the granularity of its paper."""

import pytest

import mtkd.weighting as weighting

DEFAULTS = {
    "AverageCrossEntropy": ("w = softmax(exp(-CE_k))", "example"),
    "Disagreement": ("w = softmax(-10 (1 - 1 u(q)) JS(q, p_k))", "position"),
    "GradientMinNorm": ("w = argmin ||sum_k w_k g_k||, w_k <= 1, T = 1", "batch"),
    "InverseCrossEntropy": ("w = (1 - softmax(CE_k)) / (K - 1)", "position"),
    "LearnedGate": ("w = softmax(E f(hidden, u(q)) / sqrt(16))", "example"),
    "MinCrossEntropy": ("w = 1 for the teacher of smallest CE_k, else 0", "example"),
    "TeacherCrossEntropy": ("w = softmax(-1 CE_k)", "position"),
    "TeacherEntropy": ("w = (1 - H(p_k) / sum_j H(p_j)) / (K - 1)", "position"),
    "TeacherMaxProbability": ("w = softmax(1 max p_k)", "position"),
    "UncertaintyGated": ("w = softmax(-5 u(q) u(p_k)), u = H / ln C", "position"),
    "Uniform": ("w = 1 / K", "position"),
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_rule_by_default(name):
    made = getattr(weighting, name)()
    assert (made.formula, made.granularity) == DEFAULTS[name]


def test_a_gate_by_default_hears_everybody_a_little():
    gate = weighting.LearnedGate()
    assert (gate.entropy_floor, gate.top, gate.exploration) == (0.2, None, 0.1)
