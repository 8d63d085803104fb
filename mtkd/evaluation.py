"""Models x domains to stored predictions; everything that is measured starts from these files."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mtkd.data import Digits, Examples
from mtkd.functional import log_probs
from mtkd.predictions import Predictions

BATCH = 1024


@lru_cache(maxsize=64)
def domain_examples(data: Digits, name: str) -> Examples:
    """The items of a domain by its label (`clean`, `gaussian_noise@3`, `validation`), made once."""
    if name == "validation":
        return data.validation
    shift, _, severity = name.partition("@")
    return data.domain(shift, int(severity) if severity else None)


@torch.no_grad()
def predict(model: nn.Module, examples: Examples, temperature: float = 1.0) -> Predictions:
    """The model's log-probabilities of every item, in the order of the items, in eval mode."""
    model.eval()
    rows = [
        log_probs(model(batch).dense().float(), temperature) for batch in examples.in_order(BATCH)
    ]
    return Predictions(
        ids=examples.ids.numpy(),
        labels=examples.labels.numpy(),
        log_probs=torch.cat(rows).cpu().numpy().astype(np.float32),
    )


def predict_domains(
    model: nn.Module, data: Digits, domains: Iterable[str], folder: Path, temperature: float = 1.0
) -> None:
    """One file for each domain under `folder/predictions`; files that are there are kept."""
    for name in domains:
        path = folder / "predictions" / f"{name}.npz"
        if not path.exists():
            predict(model, domain_examples(data, name), temperature).save(path)
