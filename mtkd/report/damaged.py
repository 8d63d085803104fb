"""What a report leaves out though it is there: a sentence each, for the terminal."""

from collections.abc import Iterator

from mtkd.files import UnreadableFile, read_json
from mtkd.results import Results
from mtkd.results.costs import costs_of


def damaged(results: Results) -> Iterator[str]:
    """Trials and teachers whose files cannot be used; not those that did not run or failed."""
    absent = {f"trial {trial.name}" for trial in results.study.trials if trial.state != "done"}
    for problem in results.problems:
        if problem.name not in absent:
            yield f"{problem.name} is left out: {problem.what}"
    trials = {trial.id: trial for group in results.groups for trial in group.trials}
    for trial in trials.values():
        try:
            costs_of(trial)
        except UnreadableFile as error:
            yield f"trial {trial.name} is left out of the costs: {error}"
        file = trial.folder / "history.json"
        try:
            if file.exists():
                read_json(file)
        except UnreadableFile:
            yield (
                f"trial {trial.name} is left out of the curves over training: {file} is damaged; "
                f"remove {file.parent} and run the study again to train it anew"
            )
