"""What an entry is measured from: a student, its company, and what they said."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mtkd.fallback.choice import VALIDATION
from mtkd.scorecard.cast import Cast, find_cast
from mtkd.scorecard.certified import Fallback, find_fallback
from mtkd.scorecard.content import hashes
from mtkd.scorecard.items import Items, read_items
from mtkd.scorecard.paired import LEVEL, REPLICATES
from mtkd.scorecard.quality import CLEAN
from mtkd.scorecard.timing import Conditions


@dataclass(frozen=True)
class Request:
    """What is asked for; see `mtkd scorecard add --help`.

    Attributes:
        latency: How to measure it; None leaves it out.
        other_dataset: Accept a dataset that is not the book's.
    """

    run: Path
    version: str
    student: str | None = None
    teacher: str | None = None
    seed: int = 0
    risk: float | None = None
    confidence: float | None = None
    latency: Conditions | None = field(default_factory=Conditions)
    other_dataset: bool = False


@dataclass(frozen=True)
class Evidence:
    """Student, teacher and control on clean, validation and every other labelled domain.

    Attributes:
        rubric: How quality is measured: two versions compare where it is the same.
        hashes: Digests of teacher, student, dataset, rubric, and training data.
    """

    cast: Cast
    clean: Items
    held_out: Items
    others: tuple[Items, ...]
    fallback: Fallback
    rubric: dict[str, Any]
    hashes: dict[str, str]


def gather(request: Request) -> Evidence:
    """Read it all from the run folder.

    Raises:
        ValueError: No such student, teacher or control, or a file cannot be used.
    """
    cast = find_cast(request.run, request.student, request.teacher, request.seed)
    folders = {"student": cast.student.folder, "teacher": cast.teacher.folder}
    folders["control"] = cast.control.folder
    clean, held_out = (read_items(domain, folders) for domain in (CLEAN, VALIDATION))
    others = tuple(
        read_items(one.name, folders)
        for one in cast.study.domains
        if one.kind != "ood" and one.name not in (CLEAN, VALIDATION)
    )
    fallback = find_fallback(cast, held_out, clean, request.risk, request.confidence)
    rubric = rubric_of(cast, others, fallback)
    known = hashes(cast, clean, held_out, rubric)
    return Evidence(cast, clean, held_out, others, fallback, rubric, known)


def rubric_of(cast: Cast, others: Sequence[Items], fallback: Fallback) -> dict[str, Any]:
    """What two versions must share for their figures to compare, as plain values."""
    return {
        "quality": "accuracy",
        "tau": cast.study.tau,
        "domains": {items.domain: items.digest for items in others},
        "base": cast.control.control,
        "promise": asdict(fallback.promise),
        "interval": {"level": LEVEL, "replicates": REPLICATES},
    }
