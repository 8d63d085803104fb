"""On-policy distillation: the student writes, the teachers comment, the student learns."""

from mtkd.onpolicy.policy_gradient import PolicyGradient
from mtkd.onpolicy.routed import Routed, check_routes
from mtkd.onpolicy.settings import OnPolicy
from mtkd.onpolicy.top_k import TeacherTopK
from mtkd.onpolicy.turns import Turns

__all__ = ["OnPolicy", "PolicyGradient", "Routed", "TeacherTopK", "Turns", "check_routes"]
