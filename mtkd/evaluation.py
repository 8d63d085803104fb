"""Models x domains to stored predictions; everything that is measured starts from these files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mtkd.data import DataSet, Examples
from mtkd.devices import beside
from mtkd.files import read_json, write_text
from mtkd.functional import log_probs
from mtkd.kept import STATES, is_whole
from mtkd.predictions import Predictions
from mtkd.teachers import CachedTeacher
from mtkd.token_evaluation import predict_tokens, record_states
from mtkd.token_predictions import TokenPredictions

BATCH = 1024
"""Items that a classifier answers at one time."""


@lru_cache(maxsize=64)
def domain_examples(data: DataSet, name: str) -> Examples:
    """The items of a domain by its label (`clean`, `gaussian_noise@3`, `validation`), made once."""
    if name == "validation":
        return data.validation
    shift, _, severity = name.partition("@")
    return data.domain(shift, int(severity) if severity else None)


@torch.no_grad()
def predict(model: nn.Module, examples: Examples, temperature: float = 1.0) -> Predictions:
    """The model's log-probabilities of every item, in the order of the items, in eval mode.

    It is asked where it is.
    """
    model.eval()
    rows = [
        log_probs(model(beside(model, batch)).dense().float(), temperature).cpu()
        for batch in examples.in_order(BATCH)
    ]
    return Predictions(
        ids=examples.ids.numpy(),
        labels=examples.labels.numpy(),
        log_probs=torch.cat(rows).numpy().astype(np.float32),
    )


def predict_domains(
    model: nn.Module,
    data: DataSet,
    domains: Iterable[str],
    folder: Path,
    temperature: float = 1.0,
    teachers: Mapping[str, Path] | None = None,
) -> None:
    """One file for each domain under `folder/predictions`; files that are whole are kept.

    Args:
        model: A classifier of items, or of tokens.
        data: Where the domains are.
        domains: Their labels.
        folder: Of the trial or teacher.
        temperature: Divides the logits.
        teachers: Of a student of tokens, by name: the folders where `record_states` left what
            they said, for the risks of `mtkd.token_evaluation`.
    """
    for name in domains:
        path = folder / "predictions" / f"{name}.npz"
        if is_whole(path):
            continue
        examples = domain_examples(data, name)
        said: Predictions | TokenPredictions
        if examples.labels.dim() == 1:
            said = predict(model, examples, temperature)
        else:
            said = predict_tokens(model, examples, temperature, _states(teachers or {}, name))
        said.save(path)


def describe_domains(data: DataSet, domains: Iterable[str], folder: Path) -> None:
    """`folder/<domain>.csv`: id and declared properties of every item, for slices by metadata.

    Nothing is written for domains of tokens, or where items have no properties.
    """
    for name in domains:
        examples, path = domain_examples(data, name), folder / f"{name}.csv"
        if examples.labels.dim() > 1 or not examples.metadata or path.exists():
            continue
        buffer = io.StringIO()
        lines = csv.writer(buffer, lineterminator="\n")
        lines.writerow(["id", *examples.metadata])
        columns = [values.tolist() for values in examples.metadata.values()]
        lines.writerows(zip(examples.ids.tolist(), *columns, strict=True))
        write_text(path, buffer.getvalue())


def record_domains(
    model: nn.Module,
    data: DataSet,
    domains: Iterable[str],
    folder: Path,
    identity: str,
    temperature: float = 1.0,
) -> None:
    """What a teacher of tokens says in every domain, for the risks of its students."""
    for name in domains:
        examples, path = domain_examples(data, name), folder / STATES / f"{name}.safetensors"
        if examples.labels.dim() == 1 or path.exists():
            continue
        states = record_states(model, examples, identity, temperature)
        if states is not None:
            states.save(path)


def _states(teachers: Mapping[str, Path], domain: str) -> dict[str, CachedTeacher]:
    found = {}
    for name, folder in teachers.items():
        path = folder / STATES / f"{domain}.safetensors"
        if path.exists():
            identity = read_json(folder / "result.json")["identity"]
            found[name] = CachedTeacher.load(path, identity)
    return found
