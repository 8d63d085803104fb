"""What students share with teachers, as it is: for the terminal, and as `raw.csv`."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace

from mtkd import metrics
from mtkd.audit.by_token import labelled
from mtkd.audit.layout import Audit
from mtkd.metrics import Metric, Pair
from mtkd.metrics import Predictions as Labelled
from mtkd.report.numbers import count, fixed
from mtkd.results.inheritance import control_values
from mtkd.results.models import CLEAN, VALIDATION

COLUMNS = ("student", "teacher", "domain", "metric", "value", "n", "convention")


def raw_csv(audit: Audit) -> str:
    """CEIR and fates of every student and the control with every teacher, no control needed.

    An empty set gives NaN with n = 0.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for student, teacher, domain, name, found in _raw(audit):
        writer.writerow((student, teacher, domain, name, found.value, found.n, found.convention))
    return buffer.getvalue()


def as_text(audit: Audit) -> str:
    """A line for every student and teacher on clean items, and what is missing."""
    lines = [f"{count(len(next(iter(audit.said[CLEAN].values()))), 'clean item')}, tau {audit.tau}"]
    for student in audit.of("student", "control"):
        said = _of(audit, CLEAN, student.name)
        rate = metrics.confident_wrong_rate(said.confidence, said.correct, audit.tau)
        right = metrics.accuracy(said.confidence, said.correct)
        lines.append(
            f"{student.name}: accuracy {fixed(right.value)}, confidently wrong {fixed(rate.value)}"
        )
        for teacher in audit.of("teacher", "placebo"):
            pair = Pair(_of(audit, CLEAN, teacher.name), said, audit.tau)
            lines.append(f"  {_repeats(teacher.name, metrics.ceir(pair))}")
    return "\n".join([*lines, *(f"{name}: {why}" for name, why in audit.notes.items())])


def _raw(audit: Audit) -> Iterator[tuple[str, str, str, str, Metric]]:
    for domain, models in audit.said.items():
        if domain == VALIDATION or (next(iter(models.values())).labels < 0).all():
            continue
        for student in audit.of("student", "control"):
            said = _of(audit, domain, student.name)
            for teacher in audit.of("teacher", "placebo"):
                pair = Pair(_of(audit, domain, teacher.name), said, audit.tau)
                names = student.name, teacher.name
                for name, found in control_values(pair).items():
                    yield *names, domain, name, _told(audit, names, found)


def _told(audit: Audit, names: Iterable[str], found: Metric) -> Metric:
    """The same with what was done to the classes of the models in its convention."""
    mapped = [f"{name}: {audit.mapping[name]}" for name in names if name in audit.mapping]
    return replace(found, convention="; ".join([found.convention, *mapped]))


def _repeats(teacher: str, found: Metric) -> str:
    if not found.n:
        return f"{teacher} is never confidently wrong"
    repeated = round(found.value * found.n)
    mistakes = count(found.n, "confident mistake")
    return f"repeats {repeated} of {mistakes} of {teacher} (CEIR {fixed(found.value)})"


def _of(audit: Audit, domain: str, model: str) -> Labelled:
    """One model's predictions on a domain with labels."""
    teachers = [one.name for one in audit.of("teacher", "placebo")]
    return labelled(audit.said[domain], model, teachers)
