"""Rule 0: something that money does not decide asks for a model of one's own."""

from mtkd.economics.finding import CARE, PASS, UNKNOWN, Facts, Finding

TAIL = 0.05
"""Share of requests above the p95."""


def constraint(facts: Facts) -> Finding:
    """0: data that may not leave, a device without a network, a latency no API reaches."""
    reasons = [name.replace("_", " ") for name in facts.known("hard_constraints") or ()]
    if facts.too_slow:
        target, slowest = facts.known("latency_target_ms"), facts.known("teacher_p95_ms")
        reasons.append(f"{target:g} ms are asked for, the teacher's p95 is {slowest:g} ms")
    if reasons:
        admitted = f"{'; '.join(reasons)}: distillation is admissible whatever break-even says."
        doubts = _doubts(facts)
        sentence = " ".join([admitted[0].upper() + admitted[1:], *doubts])
        return Finding(0, "constraint", CARE if doubts else PASS, sentence)
    missing = facts.missing("evidence.hard_constraints")
    if facts.known("latency_target_ms") is not None:
        missing += facts.missing("evidence.teacher_p95_ms")
    if missing:
        reason = "Whether anything but money decides is not known."
        return Finding(0, "constraint", UNKNOWN, reason, missing=missing)
    return Finding(0, "constraint", PASS, "There is none, so money decides.")


def _doubts(facts: Facts) -> list[str]:
    """Where the constraint and the plan contradict each other, a sentence each."""
    share, target = facts.plan.case.fallback_share, facts.known("latency_target_ms")
    slowest = facts.known("student_p95_ms")
    named, found = facts.known("hard_constraints") or (), []
    if ("air_gapped" in named or "on_device" in named) and share > 0:
        found.append(f"But {share:.1%} of requests would leave for the teacher.")
    if target is not None and slowest is not None and slowest > target:
        found.append(f"But the student's own p95 is {slowest:g} ms.")
    if facts.too_slow and share > TAIL:
        found.append(
            f"But {share:.1%} of requests wait for the teacher: the p95 of all is one of those."
        )
    return found
