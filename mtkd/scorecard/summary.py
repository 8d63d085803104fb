"""The latest version in a few sentences, one for each layer, from its figures alone."""

from mtkd.scorecard.shown import value_text, whole_text
from mtkd.scorecard.version import Version


def summary(version: Version) -> list[str]:
    """User outcome, reliability, economics, change: a sentence or two each."""
    said = [
        outcome(version),
        reliability(version),
        economics(version),
        change(version),
    ]
    return [sentence for sentence in said if sentence]


def outcome(version: Version) -> str:
    """How good it is for users."""
    by = version.by_name
    own, worst, gap = by["accuracy"], by["worst_slice_quality_ratio"], by["gap_recovered"]
    recovered = "of the gap between labels alone and the teacher it recovers"
    text = (
        f"Right on {value_text(own)} of {own.n} clean items: {whole_text(by['quality_ratio'])} of "
        f"its teacher's quality; "
        f"{f'{recovered} {whole_text(gap)}' if gap.known else gap.convention}."
    )
    if worst.known:
        name = worst.convention.partition(",")[0]
        text += f" Its worst slice is {name}, at {value_text(worst)} (n = {worst.n})."
    return text


def reliability(version: Version) -> str:
    """How far it can be relied on."""
    by = version.by_name
    text = f"Wrong with confidence on {value_text(by['confident_wrong_rate'])} of the items."
    inherited = by["dd_ceir"]
    if inherited.known:
        text += f" Inherited confident errors (DD-CEIR): {whole_text(inherited)}"
        text += f", n = {inherited.n}."
    certified, deferred = by["certified_risk"], value_text(by["deferral_rate"])
    if certified.known:
        text += (
            f" Certified: at most {value_text(certified)} of the answers it accepts are wrong; "
            f"{deferred} go to the teacher."
        )
    else:
        text += " No risk can be certified, so everything goes to the teacher."
    return text


def economics(version: Version) -> str:
    """What it costs."""
    by, parts = version.by_name, []
    for name, what in (("parameters", "parameters"), ("bytes", "bytes of weights")):
        saved = by[f"size_reduction_{name}"]
        if saved.known:
            parts.append(f"{value_text(saved)} fewer {what} than the teacher")
    p95 = by["latency_p95"]
    if p95.known:
        teacher, both = by["teacher_latency_p95"], by["fallback_latency_p95"]
        parts.append(
            f"p95 of {value_text(p95)} ms, the teacher's {value_text(teacher)} ms, with fallback "
            f"{value_text(both)} ms"
        )
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def change(version: Version) -> str:
    """What became of answers that users knew."""
    by = version.by_name
    lost, won, p_value = by["negative_flips"], by["positive_flips"], by["flips_p_value"]
    if not lost.known:
        return f"Nothing to compare with: {lost.convention}."
    worse, better = (round(one.value * one.n) for one in (lost, won))
    since = lost.convention.partition("since ")[2].partition(";")[0]
    few = f" ({p_value.caution})" if p_value.caution else ""
    return (
        f"Since {since}, {worse} of {lost.n} answers went from right to wrong and {better} from "
        f"wrong to right, p = {value_text(p_value)}{few}."
    )
