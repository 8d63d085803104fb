"""Models and queries for routers: made-up traffic as at calibration, or shifted."""

import numpy as np

from mtkd.fallback import Router
from tests.fallback.traffic import draw, rule

RULE = rule()


def says(label, confidence):
    """Four-class probabilities with this confidence on this label."""
    probs = np.full(4, (1 - confidence) / 3)
    probs[label] = confidence
    return probs


def student(query):
    return says(query["student"], query["confidence"])


def teacher(query):
    return says(query["teacher"], 0.9)


def query(confidence=0.95, student=0, teacher=0):
    return {"confidence": confidence, "student": student, "teacher": teacher}


def stream(seed, n, shape=(5.0, 1.2), harm=0.0, inherited=False):
    """Queries as at calibration, or shifted; the student says 0, the teacher 0 where it agrees.

    Args:
        shape: Of the distribution of confidence; the default is the calibration's.
        harm: Share of right answers that turn wrong although the confidence stays.
        inherited: The teacher makes the student's mistakes too.
    """
    random = np.random.default_rng(seed)
    confidence, right = draw(random, n, shape)
    right &= random.random(n) >= harm
    agrees = np.where(right, random.random(n) < 0.95, inherited)
    for sure, good, same in zip(0.25 + 0.75 * confidence, right, agrees, strict=True):
        yield query(float(sure), 0, 0 if same else 1) | {"right": bool(good)}


def serve(queries, audit_share=0.2, seed=1, labels=False, **options):
    router = Router(student, teacher, RULE, audit_share, seed, **options)
    for each in queries:
        if router.answer(each).audited and labels:
            router.label(each["right"])
    return router
