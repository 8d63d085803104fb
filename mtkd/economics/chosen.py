"""The student of a run that a case is about, named as other commands name it."""

from mtkd.config import ConfigError, nearest
from mtkd.results.groups import gather
from mtkd.results.index import Study, Trial


def chosen_trials(study: Study, wanted: str | None) -> list[Trial]:
    """Finished students of the grid, or the one that was named, by tag or label with all seeds.

    Raises:
        ConfigError: There is no such student, or several trials have that name.
    """
    trials = list({trial.id: trial for trial in study.trials}.values())
    if wanted is None:
        return [trial for trial in trials if trial.state == "done" and trial.role == "cell"]
    found = [trial for trial in trials if wanted in (trial.id, trial.name, trial.folder.name)]
    if len(found) == 1:
        return found
    groups = [group for group in gather(study) if group.trials]
    for group in groups:
        if wanted in (group.tag, group.label):
            return list(group.trials)
    said = f"{len(found)} trials are" if found else "no trial is"
    hint = nearest(wanted, [trial.folder.name for trial in trials]) or "."
    known = "; ".join(f"{group.tag}: {group.label}" for group in groups) or "none that is finished"
    raise ConfigError(f"--trial: {said} called {wanted!r}{hint} There are {known}")
