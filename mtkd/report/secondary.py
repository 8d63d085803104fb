"""Tables of the secondary family: what else a student shares with the teacher in focus."""

import math

from mtkd.metrics.bootstrap import FEW
from mtkd.report.marked import MARKS, marked
from mtkd.report.numbers import fixed, sort_key
from mtkd.report.reading import label, shown
from mtkd.report.tables import Cell, Line, Table, number
from mtkd.results import STUDENT, Group, Results

FAMILY = (
    ("excess", "excess_ceir", "CEIR minus that of the control"),
    ("normalised", "normalised_excess", "excess over what the control left possible"),
    ("attributable", "attributable_fraction", "part of the student's CEIR beyond the control"),
    ("{} τ .5", "{}@0.5", "the endpoint at a threshold of .5"),
    ("{} τ .7", "{}@0.7", "the endpoint at a threshold of .7"),
    ("{} τ .9", "{}@0.9", "the endpoint at a threshold of .9"),
    ("{} own τ", "{}@q0.8", "each model's own 80 % confidence quantile on validation items"),
    ("TWM", "transferred_wrong_mass", "probability moved to the teacher's wrong label"),
    ("TWM weighted", "weighted_transferred_wrong_mass", "by the teacher's confidence"),
    ("slope W", "slope_wrong", "on the teacher's label, where it is wrong"),
    ("slope R", "slope_right", "on the teacher's label, where it is right"),
    ("vector W", "slope_vector_wrong", "slope over all classes, where the teacher is wrong"),
    ("vector R", "slope_vector_right", "slope over all classes, where it is right"),
    ("asymmetry", "slope_asymmetry", "vector W minus vector R"),
    ("coupling", "coupling_excess", "Spearman of confidence and mass on errors, minus control"),
    ("same wrong", "same_wrong_excess", "same label given both wrong, minus control"),
    ("κ errors", "error_consistency_excess", "error consistency with the teacher, minus control"),
    ("CAPA", "capa_excess", "probabilistic agreement beyond chance, minus control"),
)
"""Title, statistic and meaning; `{}` stands for the double difference or the excess."""

LIKE = (
    ("agreement", "top1_agreement", 3, "same top label as the teacher"),
    ("KL", "predictive_kl", 3, "mean KL(teacher, student), nats"),
    ("κ errors", "error_consistency", 2, "chance-corrected: right and wrong on the same items"),
    ("CAPA", "capa", 2, "chance-corrected probabilistic agreement"),
    ("same wrong", "same_wrong_agreement", 2, "same label given both wrong; the sets differ"),
    ("coupling", "confidence_coupling", 2, "Spearman of confidence and mass on its errors"),
)


def secondary_table(results: Results) -> Table | None:
    """The secondary family of every student against the teacher in focus, clean items."""
    if results.main is None:
        return None
    ends = "dd_ceir", "DD"
    if results.study.placebo is None:
        ends = "excess_ceir", "excess"
    family = [(title.format(ends[1]), name.format(ends[0]), note) for title, name, note in FAMILY]
    found = {
        group.tag: [results.estimate(group, results.main.name, "clean", s) for _, s, _ in family]
        for group in shown(results)
    }
    kept = [place for place in range(len(family)) if any(row[place] for row in found.values())]
    lines = [
        Line(label(results, group), tuple(marked(found[group.tag][i]) for i in kept), group.tag)
        for group in shown(results)
        if any(found[group.tag])
    ]
    if not lines:
        return None
    caption = f"Secondary statistics, {results.main.name}, clean items, mean over seeds; {MARKS}"
    columns = tuple((family[place][0], family[place][2]) for place in kept)
    return Table("secondary", caption, columns, tuple(lines))


def likeness_table(results: Results) -> Table | None:
    """Fidelity, likeness of mistakes and flips, with the control's value in brackets."""
    if results.main is None:
        return None
    name = results.main.name
    lines = []
    for group in shown(results):
        pairs = [_pair(results, group, name, metric, digits) for _, metric, digits, _ in LIKE]
        if any(pair.sort for pair in pairs):
            cells = (*pairs, *_flips(results, group, name))
            lines.append(Line(label(results, group), cells, group.tag))
    if not lines:
        return None
    columns = [(title, note) for title, _, _, note in LIKE] + [
        ("NFR teacher", f"{name} right, student wrong, share of all items"),
        ("PFR teacher", f"{name} wrong, student right"),
        ("NFR control", "control right, student wrong"),
        ("PFR control", "control wrong, student right"),
        ("confidence on errors", "mean confidence of the student where it is wrong"),
    ]
    caption = f"Likeness to {name} (in brackets: of the control), clean items, mean over seeds"
    return Table("likeness", caption, tuple(columns), tuple(lines))


def _pair(results: Results, group: Group, teacher: str, metric: str, digits: int) -> Cell:
    own, control = (
        results.mean(group, STUDENT, "clean", f"inheritance/{teacher}/{start}{metric}")
        for start in ("", "control_")
    )
    if math.isnan(own) and math.isnan(control):
        return Cell(fixed(None), "", "number")
    at = f"inheritance/{teacher}/{metric}"
    n = min(results.items(trial.id, STUDENT, "clean", at) for trial in group.trials)
    said = f"{fixed(own, digits)} ({fixed(control, digits)})"
    few = f"n = {n}" if n < FEW else ""
    return Cell(said, sort_key(own), "number", note=f"n = {n} at least", mark=few)


def _flips(results: Results, group: Group, teacher: str) -> tuple[Cell, ...]:
    wanted = (
        f"inheritance/{teacher}/negative_flip_rate",
        f"inheritance/{teacher}/positive_flip_rate",
        "negative_flip_rate_control",
        "positive_flip_rate_control",
        "mean_confidence_on_errors",
    )
    return tuple(number(results.mean(group, STUDENT, "clean", metric)) for metric in wanted)
