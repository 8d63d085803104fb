"""Where the numbers come from: data, seeds, objectives, versions."""

from dataclasses import dataclass
from typing import Any

from mtkd.files import read_mapping
from mtkd.report.reading import label
from mtkd.report.tables import Cell, Line, Table, text
from mtkd.results import Group, Results


@dataclass(frozen=True)
class Provenance:
    """What the last section shows.

    Attributes:
        facts: `(name, value)` pairs about the whole study.
        domains: Name, kind and items of each domain.
        objectives: What each cell minimised, with its seeds and trials.
        config: The resolved configuration of one trial, as text; empty if it cannot be read.
        example: The name of that trial.
    """

    facts: tuple[tuple[str, str], ...]
    domains: Table
    objectives: Table
    config: str
    example: str


def provenance(results: Results) -> Provenance:
    """Collect it from the run folder; what is not there is left out."""
    trials = [trial for group in results.groups for trial in group.trials]
    example = trials[0] if trials else None
    path = example.folder / "config.yaml" if example else None
    config = path.read_text() if path and path.is_file() else ""
    facts = _facts(results, read_mapping(example.folder / "manifest.json") if example else {})
    name = example.name if example else ""
    return Provenance(facts, _domains(results), _objectives(results), config, name)


def _part(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    part = manifest.get(name)
    return part if isinstance(part, dict) else {}


def _facts(results: Results, manifest: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    study = results.study
    seeds = sorted({trial.seed for group in results.groups for trial in group.trials})
    versions = {"python": manifest.get("python"), **_part(manifest, "versions")}
    facts = [
        ("study", study.name),
        ("endpoint", study.endpoint),
        ("τ", f"{study.tau:g}"),
        ("seeds", ", ".join(map(str, seeds)) or "none"),
        ("teachers", ", ".join(teacher.name for teacher in study.teaching) or "none"),
        ("placebo", study.placebo.name if study.placebo else "none"),
    ]
    for name, split in _part(manifest, "data").items():
        if isinstance(split, dict) and "items" in split:
            digest = str(split.get("sha256", ""))[:12]
            facts.append((f"{name} split", f"{split['items']} items, sha256 {digest}"))
    said = [f"{name} {number}" for name, number in versions.items() if number]
    if said:
        facts.append(("versions", ", ".join(said)))
    return tuple(facts)


def _domains(results: Results) -> Table:
    trials = [trial for group in results.groups for trial in group.trials]
    lines = []
    for domain in results.study.domains:
        sized = "mean_confidence"
        n = results.items(trials[0].id, "student", domain.name, sized) if trials else 0
        lines.append(Line(domain.name, (text(domain.kind), Cell(str(n), str(n), "number"))))
    columns = (("kind", ""), ("items", ""))
    return Table("domains", "Evaluation domains", columns, tuple(lines), first="domain")


def _objectives(results: Results) -> Table:
    lines = [
        Line(label(results, group), _objective(results, group), group.tag)
        for group in results.groups
    ]
    columns = (("objective", "per counted position, in nats"), ("seeds", ""), ("trials", ""))
    return Table("objectives", "What every student minimised", columns, tuple(lines), numeric=False)


def _objective(results: Results, group: Group) -> tuple[Cell, ...]:
    every = (*group.trials, *group.absent)
    formula = results.study.formula.get(every[0].name.rpartition("-")[0], "")
    seeds = ", ".join(str(seed) for seed in group.seeds)
    total = f"{len(group.trials)} of {len(every)}"
    return Cell(formula, formula, "formula"), text(seeds), text(total)
