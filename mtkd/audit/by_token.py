"""Predictions of language models, position by position: files told apart, read and compared."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import numpy as np

from mtkd.audit.sources import Source
from mtkd.metrics import LogRows
from mtkd.metrics import Predictions as Labelled
from mtkd.predictions import BY_TOKEN, Predictions
from mtkd.results.models import CLEAN
from mtkd.token_predictions import TokenPredictions, shared_candidates

Stored = Predictions | TokenPredictions


def are_by_token(models: Sequence[Source]) -> bool:
    """Whether the models are language models, by their predictions of clean items.

    Raises:
        ValueError: Some are and some are not.
    """
    kinds = {model.name: _is_by_token(model.files[CLEAN]) for model in models}
    if len(set(kinds.values())) > 1:
        one, other = (next(n for n, kind in kinds.items() if kind == which) for which in (1, 0))
        raise ValueError(
            f"{one} predicts tokens and {other} gives one class to an item; compare models of one "
            "kind"
        )
    return all(kinds.values())


def read_by_token(models: Sequence[Source], domain: str) -> dict[str, Stored]:
    """By model, all about the same positions in one order.

    Raises:
        ValueError: A file is damaged, or about other positions, or other tokens there.
    """
    found: dict[str, Stored] = {}
    first = models[0].files[domain]
    for model in models:
        path = model.files[domain]
        said = TokenPredictions.load(path)
        like = next(iter(found.values()), said)
        if not np.array_equal(like.ids, said.ids) or not np.array_equal(like.labels, said.labels):
            raise ValueError(
                f"{path} ({len(said)} positions) is about other positions than {first} "
                f"({len(like)}); compare models that read the same texts with one tokenizer"
            )
        found[model.name] = said
    return found


def labelled(said: Mapping[str, Stored], model: str, teachers: Sequence[str]) -> Labelled:
    """One model's answers on labelled items; of tokens, on what all teachers find likely."""
    told = said[model]
    if isinstance(told, Predictions):
        return Labelled(LogRows(told.log_probs), told.labels, spoke=told.present)
    those = [one for name in teachers if isinstance(one := said[name], TokenPredictions)]
    probs = told.reduced(shared_candidates(those))
    labels = np.zeros(len(told), dtype=np.int64)
    return Labelled(probs, labels, pooled=True, spoke=told.present)


def _is_by_token(path: Path) -> bool:
    return is_zipfile(path) and f"{BY_TOKEN}.npy" in ZipFile(path).namelist()
