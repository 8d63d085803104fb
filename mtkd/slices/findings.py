"""Everything `mtkd slices` found, and what it amounts to in sentences."""

import math
from dataclasses import dataclass

from mtkd.report.numbers import count as counted
from mtkd.report.numbers import fixed, interval, probability, share
from mtkd.slices.compared import Compared
from mtkd.slices.gate import Gate, Verdict
from mtkd.slices.pockets import Pocket, Request, Status

TESTED = (Status.CONFIRMED, Status.OPEN)


@dataclass(frozen=True)
class Findings:
    """A comparison of a student with a reference.

    Attributes:
        title: Of the page: the study, or the two files.
        notes: What was left out, and why.
        gate: None where no slices were registered.
    """

    title: str
    student: str
    reference: str
    comparisons: tuple[Compared, ...]
    request: Request
    pockets: tuple[Pocket, ...]
    gate: Gate | None
    notes: tuple[str, ...]

    @property
    def tested(self) -> list[Pocket]:
        """Slices that went to confirmation, clearest first."""
        found = [one for one in self.pockets if one.status in TESTED]
        return sorted(found, key=lambda one: (math.isnan(one.p_holm), one.p_holm, one.slice))

    @property
    def confirmed(self) -> list[Pocket]:
        """Slices in which the student is worse, without reasonable doubt."""
        return [one for one in self.tested if one.status is Status.CONFIRMED]

    @property
    def family(self) -> int:
        """Tests that Holm's correction counts; NaN tests do not."""
        return sum(not math.isnan(one.p_holm) for one in self.tested)

    @property
    def flips_needed(self) -> int:
        """Items of the confirming half that only the student gets wrong, for a claim, at least."""
        return math.ceil(math.log2(max(self.family, 1) / self.request.level) - 1e-9)

    def named(self, pocket: Pocket) -> str:
        """The slice, with its domain where there are several."""
        name = pocket.slice.name
        return f"{pocket.slice.domain}: {name}" if len(self.comparisons) > 1 else name


def sentences(found: Findings) -> list[str]:
    """What a reader should know first."""
    lines = [_pockets(found), _power(found)]
    if found.gate is not None:
        lines.insert(0, gate_sentence(found.gate))
    return lines


def gate_sentence(gate: Gate) -> str:
    """The gate's verdict, and the slices it rests on."""
    groups = {verdict: [j for j in gate.judged if j.verdict is verdict] for verdict in Verdict}
    parts = [f"{len(judged)} {verdict.value}" for verdict, judged in groups.items() if judged]
    because = [f"{j.registered.name}: {j.reason}" for j in gate.judged if j.verdict is Verdict.FAIL]
    open_ones = len(groups[Verdict.UNDECIDED])
    if open_ones and not because:
        because = [f"undecided slices are to {gate.registry.undecided}"]
    end = f"; {'; '.join(because)}" if because else ""
    return f"Gate: {gate.verdict.value}. Pre-registered slices: {', '.join(parts)}{end}."


def effect(pocket: Pocket) -> str:
    """`+12.0 % [+4.1 %, +19.9 %]` as shares: `+0.120 [+0.041, +0.199]`."""
    span = interval(pocket.low, pocket.high, 3)
    return f"{fixed(pocket.counts.net, 3, True)} {span}".strip()


def outcome(pocket: Pocket) -> str:
    """What became of a slice, in a word or a few."""
    if pocket.status in TESTED:
        return f"{pocket.status.value}, Holm p {probability(pocket.p_holm)}"
    if pocket.because is not None:
        return f"explained by {pocket.because.name}"
    return pocket.status.value


def _pockets(found: Findings) -> str:
    worst = found.confirmed
    if not worst:
        return (
            f"No pocket is confirmed: of {counted(len(found.pockets), 'slice')}, "
            f"{counted(len(found.tested), 'went', 'went')} to the second half, and in none of them "
            f"the student is worse beyond doubt (Holm, {share(found.request.level)})."
        )
    listed = [
        f"{found.named(one)} ({effect(one)}, n = {one.counts.n}, Holm p {probability(one.p_holm)})"
        for one in worst
    ]
    return f"The student is worse than its reference in: {'; '.join(listed)}."


def _power(found: Findings) -> str:
    """How many flips a claim takes."""
    family = max(found.family, 1)
    items = [f"{one.domain} {len(one)}" for one in found.comparisons]
    given = f"With {counted(family, 'slice')} tested" if found.tested else "Were one slice tested"
    return (
        f"Items: {', '.join(items)}, half to search and half to confirm. "
        f"{given}, a claim takes at least {found.flips_needed} items of the second "
        "half that only the student gets wrong, more if the reference fails alone on others: "
        "smaller pockets stay hidden."
    )
