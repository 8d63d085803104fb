"""Comparisons from a run folder, and prediction files that are changed in it."""

from mtkd.predictions import Predictions
from mtkd.slices.models import find_models
from mtkd.slices.run_folder import from_run

SIZE = 300


def compared(folder, student="kl0", against="committee", previous=None, given=()):
    models = find_models(folder, student, against, previous, 0)
    return models, *from_run(models, given, (), 0.9)


def rewrite(path, **change):
    """The predictions of a file, with other ids, labels or rows."""
    old = Predictions.load(path)
    fields = {"ids": old.ids, "labels": old.labels, "log_probs": old.log_probs}
    Predictions(**{**fields, **change}).save(path)
