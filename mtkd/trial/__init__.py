"""One config to a fitted network, its predictions, and `result.json` last."""

from mtkd.trial.student import recipe, run_trial
from mtkd.trial.teacher import train_teacher

__all__ = ["recipe", "run_trial", "train_teacher"]
