"""Items with known truth: the stand-in of the reference figures, and endless synthetic ones."""

import json
from pathlib import Path

import numpy as np

from mtkd.fallback import (
    Cascade,
    Promise,
    certify,
    conformal_joint_risk,
    make_rule,
    naive,
    sgr,
)

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "fallback.json").read_text())
FIGURES = REFERENCE["figures"]
RULES = {
    "certify": lambda c, a, risk: certify(c, a, Promise(risk)),
    "sgr": lambda c, a, risk: sgr(c, a, Promise(risk)),
    "naive": naive,
    "conformal_joint_risk": conformal_joint_risk,
}


def stand_in() -> Cascade:
    """400 items on which every reference figure holds (see the file for how they were made)."""
    items = REFERENCE["items"]
    ranks, anchors = zip(*items["confidence_anchors"], strict=True)
    confidence = np.interp(np.arange(1, 401), ranks, anchors)
    wrong = np.array([digit == "1" for digit in items["student_wrong"]])
    teacher = np.array([digit == "1" for digit in items["teacher_right"]])
    return Cascade(confidence, ~wrong, teacher)


def error_rate(confidence):
    """P(wrong | confidence) of the synthetic student: overconfident, and never quite safe."""
    return np.minimum(0.005 + 1.3 * (1 - confidence), 1)


def draw(random, n, shape=(5.0, 1.2)):
    """Confidences and correctness of n items."""
    confidence = random.beta(*shape, size=n)
    return confidence, random.random(n) >= error_rate(confidence)


def true_risks(thresholds, shape=(5.0, 1.2), size=400_000):
    """The risk of accepting above each threshold `[...]`, by a fine sum over the density."""
    from scipy.stats import beta

    points = (np.arange(size) + 0.5) / size
    mass = beta.pdf(points, *shape)
    above = np.cumsum((mass * error_rate(points))[::-1])[::-1], np.cumsum(mass[::-1])[::-1]
    place = np.minimum((np.asarray(thresholds) * size).astype(int), size - 1)
    return above[0][place] / above[1][place]


def rule(n=4000, seed=7, risk=0.1, classes=4):
    """A feasible rule calibrated on synthetic items, with a teacher of accuracy .95."""
    random = np.random.default_rng(seed)
    confidence, right = draw(random, n)
    confidence = 1 / classes + confidence * (1 - 1 / classes)
    calibration = Cascade(confidence, right, random.random(n) < 0.95)
    promise = Promise(risk)
    found = certify(confidence, right, promise)
    return make_rule(found, promise, calibration, classes, "study", "student", "teacher")
