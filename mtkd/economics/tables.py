"""What text and page both show: rows of words, made once."""

from dataclasses import asdict

from mtkd.economics.analysis import Analysis
from mtkd.economics.sensitivity import SHARES
from mtkd.economics.words import dollars, months

Rows = list[tuple[str, ...]]


def training_rows(analysis: Analysis) -> Rows:
    """(item, $, how it comes about), the total last."""
    values, price = analysis.values, dollars(float(analysis.plan.case.teacher_price))
    there, students = values["training.teacher_already_exists"], values["training.students"]
    how = {
        "teacher's answers": f"{values['training.teacher_requests'] or 0:,.0f} answers x {price}",
        "teacher's training": "the teacher exists already, what it cost is not counted"
        if there
        else f"{dollars(values['training.teacher_training'])} / {students} students",
    }
    training = analysis.plan.training.items()
    rows: Rows = [(name, dollars(value), how.get(name, "")) for name, value in training]
    return [*rows, ("in all", dollars(float(analysis.plan.case.training_cost)), "")]


def monthly_rows(analysis: Analysis) -> Rows:
    """(item, $/month, how it comes about), the saving last."""
    case, items = analysis.plan.case, analysis.outcome.items
    requests = f"{case.requests:,.0f} requests x"
    back = f"{100 * float(case.fallback_share):.4g} %"
    share = f", without the {back} that fall back" if case.fallback_share else ""
    how = {
        "teacher bill avoided": f"{requests} {dollars(float(case.teacher_price))}{share}",
        "student's requests": f"{requests} {dollars(float(case.student_price))}"
        if analysis.plan.asked
        else "no threshold is certified, so the student is never asked",
    }
    if case.refresh_cost:
        every = f"every {float(case.refresh_months):g} months"
        how["refresh"] = f"{dollars(float(case.refresh_cost))} {every}"
    rows: Rows = [
        (name, dollars(value, sign=True), how.get(name, "")) for name, value in items.items()
    ]
    return [*rows, ("saving", dollars(analysis.outcome.saving, sign=True), "at today's prices")]


def result_rows(analysis: Analysis) -> Rows:
    """(under which assumption, break-even, verdict); the last row decides."""
    outcome, case = analysis.outcome, analysis.plan.case
    drop = f"teacher {case.price_drop:.0%} cheaper in {case.price_drop_months:g} months"
    assumed = [
        drop if case.price_drop else "no fall of prices",
        f"discount {case.discount:.1%} a year" if case.discount else "no discount",
        f"horizon {case.horizon} months" if case.horizon else "no horizon",
    ]
    return [
        ("today's prices for ever", months(outcome.static_months), outcome.static_verdict),
        (", ".join(assumed), months(outcome.months), outcome.verdict),
    ]


def simulation(analysis: Analysis) -> str:
    """What the random draws came to, in one sentence."""
    sample = analysis.sample
    spreads = ", ".join(_drawn(analysis, name, s) for name, s in sample.spreads.items())
    low, high = (months(sample.quantile(share)) for share in (0.1, 0.9))
    return (
        f"P(break-even <= 12 months) = {sample.within:.2f} over {len(sample.months):,} draws "
        f"(seed {sample.seed}; {spreads}); 80 % of them lie between {low} and {high}; "
        f"{sample.never:.0%} are not paid back within {sample.ahead} months."
    )


def swing_rows(analysis: Analysis) -> Rows:
    """(input, months when it is lower, months when it is higher), the widest first."""
    return [
        (swing.name, months(swing.months_low), months(swing.months_high))
        for swing in analysis.swings
    ]


def rule_rows(analysis: Analysis) -> Rows:
    """(number and name, status, reason, what is missing)."""
    return [
        (
            f"{finding.number} {finding.name}",
            finding.status,
            finding.reason,
            ", ".join(finding.missing),
        )
        for finding in analysis.decision.findings
    ]


def measured_rows(analysis: Analysis) -> Rows:
    """(found, missing or note, sentence) of the study; empty without one."""
    measured = analysis.measured
    if measured is None:
        return []
    return [
        *(("found", line) for line in analysis.lines),
        *(("missing", f"{key}: {why}") for key, why in measured.missing.items()),
        *(("note", note) for note in measured.notes),
    ]


def _drawn(analysis: Analysis, name: str, spread: float) -> str:
    value = asdict(analysis.plan.case)[name]
    fixed = value == 0 or (value == 1 and name in SHARES)
    return name.replace("_", " ") + (f" stays {value:g}" if fixed else f" ±{spread:.0%}")
