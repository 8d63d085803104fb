"""A sentence on likelihood: on each domain the best student, and the controls beside it."""

from markupsafe import Markup

from mtkd.report.domains import labelled_domains
from mtkd.report.language import of_language_models
from mtkd.report.numbers import fixed
from mtkd.report.phrases import listing, strong
from mtkd.report.reading import label
from mtkd.results import STUDENT, Group, Results


def likelihood(results: Results) -> Markup | None:
    """On each domain the best cell, and the controls it is held against."""
    cells = [group for group in results.groups if group.trials and group.role == "cell"]
    controls = [group for group in results.groups if group.trials and group.role != "cell"]
    if not of_language_models(results) or not cells or not controls:
        return None
    parts = []
    for domain in labelled_domains(results):

        def nll(group: Group, name: str = domain.name) -> float:
            return results.mean(group, STUDENT, name, "nll")

        best, rivals = min(cells, key=nll), sorted(controls, key=nll)
        named = [f"{label(results, group)} {fixed(nll(group))}" for group in rivals]
        parts.append(
            Markup("on {} {} at {} (controls: {})").format(
                strong(domain.name), best.label, fixed(nll(best)), listing(named, 8)
            )
        )
    return Markup("Nats per token, the best cell: {}.").format(Markup("; ").join(parts))
