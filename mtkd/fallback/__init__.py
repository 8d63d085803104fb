"""When may the student answer on its own, and when must the teacher? NumPy and SciPy only.

`certify` finds a confidence threshold with a promise or says that there is none; `operate`,
the curves and `Costs` say what handing over buys; `outcome` what a shift does to the promise;
`Router` applies an exported `Rule` in a serving process and watches it. `mtkd fallback` does
all of it for a run folder.
"""

from mtkd.fallback.baselines import conformal_joint_risk, naive, sgr
from mtkd.fallback.cascade import Cascade, Operation, operate
from mtkd.fallback.certify import INFEASIBLE, Certificate, certify
from mtkd.fallback.costs import Costs, Latency, cascade_latency
from mtkd.fallback.curves import (
    Curve,
    confidence_curve,
    gap_recovered,
    mean_gap_recovered,
    normalised_deferral_gain,
    oracle_curve,
    random_curve,
    share_needed,
)
from mtkd.fallback.cuts import Cuts, cuts
from mtkd.fallback.evidence import Evidence
from mtkd.fallback.gate import Gate
from mtkd.fallback.monitor import Alarm, Monitor
from mtkd.fallback.promise import Promise, largest_risk, smallest_risk
from mtkd.fallback.router import Router
from mtkd.fallback.rule import Rule, make_rule
from mtkd.fallback.shift import Outcome, outcome
from mtkd.fallback.traffic import Answer, Route, Traffic

__all__ = [
    "INFEASIBLE",
    "Alarm",
    "Answer",
    "Cascade",
    "Certificate",
    "Costs",
    "Curve",
    "Cuts",
    "Evidence",
    "Gate",
    "Latency",
    "Monitor",
    "Operation",
    "Outcome",
    "Promise",
    "Route",
    "Router",
    "Rule",
    "Traffic",
    "cascade_latency",
    "certify",
    "confidence_curve",
    "conformal_joint_risk",
    "cuts",
    "gap_recovered",
    "largest_risk",
    "make_rule",
    "mean_gap_recovered",
    "naive",
    "normalised_deferral_gain",
    "operate",
    "oracle_curve",
    "outcome",
    "random_curve",
    "sgr",
    "share_needed",
    "smallest_risk",
]
