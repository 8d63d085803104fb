"""Values from the papers' formulas, by hand, and what each parameter means."""

import json
import math
from pathlib import Path

import pytest
import torch

from mtkd.weighting import (
    AverageCrossEntropy,
    Disagreement,
    Fixed,
    GradientMinNorm,
    InverseCrossEntropy,
    MinCrossEntropy,
    StudentEntropy,
    TeacherCrossEntropy,
    TeacherEntropy,
    TeacherMaxProbability,
    UncertaintyGated,
    Uniform,
)

close = torch.testing.assert_close
ln = math.log
GOLDEN = json.loads((Path(__file__).parents[1] / "reference" / "weighting.json").read_text())
CASES = {
    "TeacherEntropy(form=ebkd)": TeacherEntropy(),
    "TeacherEntropy(form=softmax)": TeacherEntropy("softmax"),
    "TeacherMaxProbability": TeacherMaxProbability(),
    "TeacherCrossEntropy": TeacherCrossEntropy(),
    "InverseCrossEntropy": InverseCrossEntropy(),
    "AverageCrossEntropy": AverageCrossEntropy(),
}


@pytest.mark.parametrize(("dtype", "error"), [(torch.float32, 1e-6), (torch.float64, 1e-9)])
@pytest.mark.parametrize("case", GOLDEN["weights"])
def test_golden_values(case, dtype, error):
    student = torch.tensor(GOLDEN["student_logits"], dtype=dtype)
    teachers = torch.tensor(GOLDEN["teacher_logits"], dtype=dtype)
    weights = CASES[case](student, teachers, torch.tensor(GOLDEN["label"]))
    expected = torch.tensor(GOLDEN["weights"][case], dtype=dtype)
    close(weights, expected, rtol=0, atol=error)


# Two classes; teachers give the label (class 0) 1/2, 1/8 and 4/5, the student 1/4.
STUDENT = torch.tensor([1 / 4, 3 / 4], dtype=torch.float64).log()
TEACHERS = torch.tensor([[1 / 2, 1 / 2], [1 / 8, 7 / 8], [4 / 5, 1 / 5]], dtype=torch.float64).log()
LABEL = torch.tensor(0)
P, Q = [1 / 2, 1 / 8, 4 / 5], 1 / 4


def h(p: float) -> float:
    return -p * ln(p) - (1 - p) * ln(1 - p)


def u(p: float) -> float:
    return h(p) / ln(2)


def js(p: float, q: float) -> float:
    return h((p + q) / 2) - (h(p) + h(q)) / 2


def softmax(scores: list[float]) -> list[float]:
    total = sum(math.exp(score) for score in scores)
    return [math.exp(score) / total for score in scores]


ENTROPIES = sum(h(p) for p in P)
ODDS = [1 / p / sum(1 / other for other in P) for p in P]  # softmax(CE) = softmax(-ln p)


@pytest.mark.parametrize(
    ("weighting", "expected"),
    [
        (Uniform(), [1 / 3, 1 / 3, 1 / 3]),
        (Fixed({"c": 3, "a": 0.5, "b": 1.5}), [0.1, 0.3, 0.6]),
        (Fixed({"c": 3, "a": 0, "b": 1}), [0, 0.25, 0.75]),
        (TeacherEntropy(), [(1 - h(p) / ENTROPIES) / 2 for p in P]),
        (TeacherEntropy("softmax", 3), softmax([-3 * h(p) for p in P])),
        (TeacherMaxProbability(2), softmax([2 * max(p, 1 - p) for p in P])),
        (TeacherCrossEntropy(), [p / sum(P) for p in P]),
        (TeacherCrossEntropy(2), [p**2 / sum(p**2 for p in P) for p in P]),
        (InverseCrossEntropy(), [(1 - odds) / 2 for odds in ODDS]),
        (MinCrossEntropy(), [0, 0, 1]),
        (AverageCrossEntropy(), softmax(P)),
        (UncertaintyGated(4), softmax([-4 * u(Q) * u(p) for p in P])),
        (Disagreement(), softmax([-10 * (1 - u(Q)) * js(p, Q) for p in P])),
        (Disagreement(7, 0.5), softmax([-7 * (1 - u(Q) / 2) * js(p, Q) for p in P])),
        (Disagreement(7, 0), softmax([-7 * js(p, Q) for p in P])),
        # On the ladder c, a, b the student stands at 2 (1 - u) = .377: between c and a.
        (StudentEntropy(["c", "a", "b"]), [2 * (1 - u(Q)), 0, 1 - 2 * (1 - u(Q))]),
    ],
    ids=lambda case: type(case).__name__ if isinstance(case, torch.nn.Module) else "",
)
def test_value_by_hand(weighting, expected):
    weighting.prepare(["a", "b", "c"], None)
    weights = weighting(STUDENT, TEACHERS, LABEL)
    close(weights, torch.tensor(expected, dtype=torch.float64))


def test_trust_in_the_confident_but_wrong_teacher_differs_by_rule():
    # The case that tells rules apart: teacher 3 is sure of the wrong class.
    student = torch.tensor(GOLDEN["student_logits"])
    data = student, torch.tensor(GOLDEN["teacher_logits"]), torch.tensor(0)
    wrong = {type(rule): rule(*data)[2] for rule in (TeacherEntropy(), InverseCrossEntropy())}
    assert wrong[TeacherEntropy] > 1 / 3 > 5 * wrong[InverseCrossEntropy]


def test_min_norm_lies_within_one_grid_step_of_the_golden_grid():
    student = torch.tensor(GOLDEN["student_logits"], dtype=torch.float64)
    teachers = torch.tensor(GOLDEN["teacher_logits"], dtype=torch.float64)
    for cap, expected in GOLDEN["capped_min_norm"].items():
        weights = GradientMinNorm(float(cap))(student, teachers, torch.tensor(0))
        close(weights, torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1 / 400)
