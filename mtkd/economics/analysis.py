"""economics.yaml, and a study if there is one, to everything a result says."""

from dataclasses import dataclass

from mtkd.economics.decision import Decision, decide
from mtkd.economics.finding import Facts
from mtkd.economics.measured import Measured, fill
from mtkd.economics.outcome import Outcome, evaluate
from mtkd.economics.plan import Plan, make_plan
from mtkd.economics.reading import Values
from mtkd.economics.sensitivity import SAMPLED, Sample, Swing, monte_carlo, tornado


@dataclass(frozen=True)
class Analysis:
    """What `mtkd breakeven` found.

    Attributes:
        values: Every key with its value, measured ones filled in; None where nothing is known.
        measured: What the run folder told, None without `--from`.
        lines: One sentence for each measured figure, whether it was used.
    """

    values: Values
    plan: Plan
    outcome: Outcome
    swings: list[Swing]
    sample: Sample
    decision: Decision
    measured: Measured | None = None
    lines: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """What the file asks."""
        return str(self.values["question"])


def analyse(values: Values, measured: Measured | None = None) -> Analysis:
    """Everything that follows from checked values; see `read_values`.

    Raises:
        ConfigError: A price is missing, or two values contradict each other.
    """
    filled, lines = fill(values, measured) if measured else (values, [])
    plan, broken = make_plan(filled), tuple(measured.broken) if measured else ()
    outcome = evaluate(plan.case)
    sampling = {name: filled[f"sensitivity.{name}"] for name in SAMPLED}
    draws, seed = filled["sensitivity.draws"], filled["sensitivity.seed"]
    return Analysis(
        values=filled,
        plan=plan,
        outcome=outcome,
        swings=tornado(plan.case, filled["sensitivity.tornado"]),
        sample=monte_carlo(plan.case, sampling, draws, seed),
        decision=decide(Facts(filled, plan, outcome, broken)),
        measured=measured,
        lines=tuple(lines),
    )
