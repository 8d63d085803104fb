"""A loss of this study's own; `study.yaml` names it, and nothing else has to know."""

from mtkd.functional import kl_divergence
from mtkd.losses import Divergence


class SymmetricKL(Divergence):
    """KL in both directions, averaged: covers the teacher and stays near it."""

    def divergence(self, student, teacher):
        return (kl_divergence(teacher, student) + kl_divergence(student, teacher)) / 2
