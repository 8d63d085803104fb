"""Rules 1 to 4: does this task want a distilled student, or something simpler?"""

from mtkd.economics.finding import ASIDE, CARE, PASS, STOP, UNKNOWN, Facts, Finding

TEACHER_ACCURACY = 0.85
"""What a teacher must reach by prompting; a teacher at 70 % caps its student there."""
QUARTER = 3.0
"""Months; a task that changes that often, or more often, does not hold still for a student."""
BETTER_PROMPTS = "better prompts"
RETRIEVAL = "retrieval (RAG)"


def prompt(facts: Facts) -> Finding:
    """1: prompting a model of an acceptable price is enough."""
    bar, reached = facts.known("accuracy_needed"), facts.known("prompted_accuracy")
    if facts.constrained:
        return _aside(1, "prompt")
    if bar is None or reached is None:
        missing = facts.missing("evidence.accuracy_needed", "evidence.prompted_accuracy")
        reason = "How far a prompt with examples gets is not known."
        return Finding(1, "prompt", UNKNOWN, reason, missing=missing)
    measured = f"prompt and examples reach {reached:.1%}, {bar:.1%} is needed."
    if reached >= bar:
        return Finding(1, "prompt", STOP, f"The bar is met: {measured}", "prompt, train nothing")
    return Finding(1, "prompt", PASS, f"The bar is not met: {measured}")


def fine_tune(facts: Facts) -> Finding:
    """2: what fails is knowledge of the domain or the form of the answer."""
    keys = ("evidence.domain_gap", "evidence.format_problem")
    named = [key.split(".")[1].replace("_", " ") for key in keys if facts.values[key]]
    if facts.constrained:
        return _aside(2, "fine-tune")
    if named:
        reason = (
            f"There is a {' and a '.join(named)}: fine-tuning (LoRA) closes it. The model keeps "
            "its size, so a request costs what it did."
        )
        return Finding(2, "fine-tune", STOP, reason, "fine-tune (LoRA)", facts.missing(*keys))
    if missing := facts.missing(*keys):
        reason = "Whether fine-tuning would close the gap is not known."
        return Finding(2, "fine-tune", UNKNOWN, reason, missing=missing)
    return Finding(2, "fine-tune", PASS, "Neither a domain gap nor a problem of format.")


def teacher(facts: Facts) -> Finding:
    """3: the teacher is good enough to learn from, and there."""
    reached, alone = facts.known("teacher_accuracy"), facts.values["training.students"] == 1
    if reached is None:
        missing = facts.missing("evidence.teacher_accuracy")
        return Finding(3, "teacher", UNKNOWN, "The teacher was not measured.", missing=missing)
    if reached < TEACHER_ACCURACY:
        reason = (
            f"The teacher is right in {reached:.1%} of cases, below {TEACHER_ACCURACY:.0%}: it "
            "caps its student."
        )
        instead = (BETTER_PROMPTS, RETRIEVAL, "examples in the prompt")
        return Finding(3, "teacher", STOP, reason, "fix the teacher first", (), instead)
    reason = f"The teacher is right in {reached:.1%} of cases, {TEACHER_ACCURACY:.0%} is enough."
    if alone and not facts.values["training.teacher_already_exists"]:
        reason += (
            " It must be trained first, for one student only: supervised training of that student "
            "usually does better (Busbridge et al. 2025, https://arxiv.org/abs/2502.08606)."
        )
        return Finding(3, "teacher", CARE, reason)
    return Finding(3, "teacher", PASS, reason)


def stability(facts: Facts) -> Finding:
    """4: the task holds still, or following it is in the price."""
    every, drifts = facts.known("months_between_task_changes"), facts.known("input_drifts")
    refresh = facts.plan.case.refresh_months
    missing = facts.missing("evidence.months_between_task_changes", "evidence.input_drifts")
    often = every is not None and every <= QUARTER
    if often or drifts:
        what = f"The task changes every {every:g} months" if often else "The input drifts"
        if facts.plan.case.refresh_cost > 0 and not (often and refresh > every):
            reason = f"{what}; a retraining every {refresh:g} months is in the price."
            return Finding(4, "stability", CARE, reason, missing=missing)
        reason = f"{what}, and no retraining that follows it is in the price."
        return Finding(4, "stability", STOP, reason, "fine-tune or prompt, do not distil", missing)
    if missing:
        return Finding(4, "stability", UNKNOWN, "Whether it holds still is not known.", "", missing)
    reason = f"The task changes every {every:g} months, more than a quarter; no drift is known."
    return Finding(4, "stability", PASS, reason)


def _aside(number: int, name: str) -> Finding:
    reason = "Not asked: a hard constraint admits distillation."
    return Finding(number, name, ASIDE, reason)
