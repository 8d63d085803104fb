"""Where a student was evaluated on another distribution and its fallback did not hold."""

from mtkd.config import ConfigError
from mtkd.fallback import Promise, Rule, outcome
from mtkd.fallback.items import independent, labelled
from mtkd.fallback.shift import BROKEN
from mtkd.results.index import Study
from mtkd.token_predictions import load_predictions


def broken_domains(study: Study, rule: Rule) -> list[str]:
    """The shifted domains on which the rule's student surely breaks its promise.

    Domains of which there are no predictions are left out.

    Raises:
        ConfigError: A file of predictions is damaged, or lacks labels.
    """
    students = [one for one in study.trials if rule.student.endswith(f"trial {one.id}")]
    if rule.threshold is None or not students:
        return []
    promise, found = Promise(rule.risk, rule.confidence), []
    for domain in study.domains:
        path = students[0].folder / "predictions" / f"{domain.name}.npz"
        if domain.kind != "shift" or not path.is_file():
            continue
        try:
            said = labelled(path, independent(load_predictions(path)))
        except ValueError as error:
            raise ConfigError(f"--from: {error}") from None
        if outcome(domain.name, said, rule.threshold, promise).verdict == BROKEN:
            found.append(domain.name)
    return found
