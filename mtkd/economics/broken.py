"""Where a student was evaluated on another distribution and its fallback did not hold."""

from mtkd.config import ConfigError
from mtkd.fallback import Promise, Rule, outcome
from mtkd.fallback.shift import BROKEN
from mtkd.metrics import Predictions as Labelled
from mtkd.metrics import from_log_probs
from mtkd.predictions import Predictions
from mtkd.results.index import Study


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
            stored = Predictions.load(path)
            said = Labelled(from_log_probs(stored.log_probs), stored.labels)
        except ValueError as error:
            raise ConfigError(f"--from: {path}: {error}") from None
        if outcome(domain.name, said, rule.threshold, promise).verdict == BROKEN:
            found.append(domain.name)
    return found
