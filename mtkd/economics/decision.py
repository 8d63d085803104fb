"""The rules in their order, and the one decision they come to."""

from dataclasses import dataclass

from mtkd.economics.breakeven import CAREFUL
from mtkd.economics.constraint import constraint
from mtkd.economics.finding import CARE, STOP, UNKNOWN, Facts, Finding
from mtkd.economics.need import fine_tune, prompt, stability, teacher
from mtkd.economics.worth import pays_back, quantise, readiness, volume

RULES = (
    constraint,
    prompt,
    fine_tune,
    teacher,
    stability,
    volume,
    pays_back,
    readiness,
    quantise,
)
DEPLOYMENT = 7
"""Rules from this one on are about putting a student to work, those before about making it."""
YIELDING = (1, 2, 5, 6)
"""Rules that a hard constraint sets aside."""
DISTIL, NOT_READY, UNDECIDED = "distil", "distil, but not ready to deploy", "undecided"


@dataclass(frozen=True)
class Decision:
    """What to do, and why.

    Attributes:
        verdict: `distil`, `think carefully`, `distil, but not ready to deploy`, `undecided`, or
            what to do instead.
        findings: The answer of every rule, in order; all are asked, whatever stops first.
        missing: Keys that no one stated or measured, in the order of the rules that ask.
        alternatives: What else may serve, where the answer is no.
    """

    verdict: str
    reason: str
    findings: tuple[Finding, ...]
    missing: tuple[str, ...]
    alternatives: tuple[str, ...]


def decide(facts: Facts) -> Decision:
    """Ask every rule; the first that says stop decides, then the first that lacks evidence."""
    findings = tuple(rule(facts) for rule in RULES)
    making = [finding for finding in findings if finding.number < DEPLOYMENT]
    missing = tuple(dict.fromkeys(key for finding in findings for key in finding.missing))
    for finding in making:
        if finding.status == STOP:
            reason = _why(finding)
            if findings[0].status == UNKNOWN and finding.number in YIELDING:
                reason += " A hard constraint would overrule this; whether there is one is missing."
            return Decision(finding.advice, reason, findings, missing, finding.alternatives)
    for status, verdict, asked in (
        (UNKNOWN, UNDECIDED, making),
        (STOP, NOT_READY, findings),
        (CARE, CAREFUL, findings),
    ):
        for finding in asked:
            if finding.status == status:
                return Decision(verdict, _why(finding), findings, missing, ())
    return Decision(DISTIL, "No rule speaks against it.", findings, missing, ())


def _why(finding: Finding) -> str:
    return f"Rule {finding.number} ({finding.name}): {finding.reason}"
