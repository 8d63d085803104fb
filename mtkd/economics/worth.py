"""Rules 5 to 8: does it pay, may it be deployed, and in what size?"""

from mtkd.economics.breakeven import CAREFUL, NEVER, PROCEED
from mtkd.economics.finding import ASIDE, CARE, PASS, STOP, UNKNOWN, Facts, Finding
from mtkd.economics.sizes import FP16, GB, INT4, memory_reduction, runs_on, weight_bytes
from mtkd.economics.words import dollars, months

HOURS_PER_MONTH = 730
TOO_FEW_PER_HOUR = 500
"""Requests; so few keep no machine busy. Good cases have tens of millions a month."""
ALTERNATIVES = ("better prompts", "a cheaper tier of the API", "retrieval (RAG)")
KEEP = "keep calling the API"
READINESS = {
    "evidence.evaluated_on_another_distribution": "evaluation on another distribution",
    "evidence.certified_fallback": "fallback with a certified threshold",
    "evidence.calibration_monitored": "monitoring of calibration",
}


def volume(facts: Facts) -> Finding:
    """5: there is enough traffic to keep a model busy."""
    requests = float(facts.plan.case.requests)
    if facts.constrained:
        return Finding(5, "volume", ASIDE, "Not asked: a hard constraint admits distillation.")
    hourly = f"{requests:,.0f} requests a month are {requests / HOURS_PER_MONTH:,.0f} an hour"
    if requests <= TOO_FEW_PER_HOUR * HOURS_PER_MONTH:
        reason = f"{hourly}; {TOO_FEW_PER_HOUR} an hour are too few."
        return Finding(5, "volume", STOP, reason, KEEP, (), ALTERNATIVES)
    return Finding(5, "volume", PASS, f"{hourly}, above {TOO_FEW_PER_HOUR}.")


def pays_back(facts: Facts) -> Finding:
    """6: the training is paid back in time, with falling prices and fallback counted."""
    outcome, missing = facts.outcome, facts.plan.not_stated
    cost = dollars(float(facts.plan.case.training_cost))
    reason = (
        f"{cost} against {dollars(outcome.saving)} a month: "
        f"{months(outcome.static_months)} at today's prices"
    )
    if outcome.months != outcome.static_months:
        reason += f"; with the stated price trend, discount and horizon {months(outcome.months)}"
    reason += f". Verdict: {outcome.verdict}."
    if facts.constrained:
        reason += " Economics are secondary here."
        return Finding(6, "break-even", ASIDE, reason, missing=missing)
    if outcome.verdict in (PROCEED, CAREFUL):
        status = PASS if outcome.verdict == PROCEED else CARE
        return Finding(6, "break-even", status, reason, missing=missing)
    if outcome.verdict == NEVER and outcome.best > 0:
        reason += (
            f" The savings sum up to {dollars(outcome.best)} at most, "
            f"after month {outcome.best_month}."
        )
    return Finding(6, "break-even", STOP, reason, KEEP, missing, ALTERNATIVES)


def readiness(facts: Facts) -> Finding:
    """7: what guards a student that answers alone is there; what is not shown is not there."""
    absent = [words for key, words in READINESS.items() if not facts.values[key]]
    if absent:
        reason = f"Not shown to be there: {', '.join(absent)}.{_broken(facts)}"
        return Finding(7, "readiness", STOP, reason, "do not deploy yet", facts.missing(*READINESS))
    reason = f"Another distribution, fallback and monitoring are there.{_broken(facts)}"
    return Finding(7, "readiness", CARE if facts.broken else PASS, reason)


def _broken(facts: Facts) -> str:
    """Where the student was evaluated and its fallback did not hold; empty where it did."""
    if not facts.broken:
        return ""
    where = ", ".join(facts.broken)
    return f" The fallback's promise is broken on {where}: more of the accepted are wrong there."


def quantise(facts: Facts) -> Finding:
    """8: then INT4, in the size that the device asks for."""
    parameters = facts.values["student.parameters"]
    if parameters is None:
        missing = facts.missing("student.parameters")
        reason = f"INT4 saves {memory_reduction():.0%} of FP16; the student's size is not known."
        return Finding(8, "quantise", UNKNOWN, reason, missing=missing)
    before, after = weight_bytes(parameters, FP16) / GB, weight_bytes(parameters, INT4) / GB
    reason = (
        f"{parameters:,.0f} parameters: {before:.3g} GB of weights in FP16, {after:.3g} GB in INT4 "
        f"({memory_reduction():.0%} less); runs on {runs_on(parameters)}."
    )
    if facts.known("domain_gap") or facts.known("format_problem"):
        reason += (
            " Fine-tuning is wanted too: KD-LoRA does both (98 % of LoRA's quality, 40 % smaller; "
            "https://arxiv.org/abs/2410.20777)."
        )
    return Finding(8, "quantise", PASS, reason)
