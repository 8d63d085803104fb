"""Does a student pay? Break-even, what it depends on, and the rules that come before it.

`mtkd breakeven economics.yaml` uses `add_arguments` and `run`; a report embeds `fragment`
from `mtkd.economics.page`, which needs matplotlib. NumPy only, no torch.
"""

from mtkd.economics.analysis import Analysis, analyse
from mtkd.economics.as_json import as_json
from mtkd.economics.breakeven import break_even_months, payback_months, verdict
from mtkd.economics.case import Case, monthly_items, monthly_saving, savings
from mtkd.economics.command import add_arguments, analyse_file, run, write
from mtkd.economics.decision import Decision, decide
from mtkd.economics.finding import Facts, Finding
from mtkd.economics.outcome import Outcome, evaluate
from mtkd.economics.plan import Plan, make_plan
from mtkd.economics.reading import read_values
from mtkd.economics.sensitivity import Sample, Swing, monte_carlo, tornado
from mtkd.economics.sizes import memory_reduction, runs_on, weight_bytes
from mtkd.economics.text import as_text

__all__ = [
    "Analysis",
    "Case",
    "Decision",
    "Facts",
    "Finding",
    "Outcome",
    "Plan",
    "Sample",
    "Swing",
    "add_arguments",
    "analyse",
    "analyse_file",
    "as_json",
    "as_text",
    "break_even_months",
    "decide",
    "evaluate",
    "make_plan",
    "memory_reduction",
    "monte_carlo",
    "monthly_items",
    "monthly_saving",
    "payback_months",
    "read_values",
    "run",
    "runs_on",
    "savings",
    "tornado",
    "verdict",
    "weight_bytes",
    "write",
]
