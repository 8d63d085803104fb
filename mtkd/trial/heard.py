"""A teacher with another tokenizer, evaluated by what a student hears of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from mtkd.alignment import aligned_source
from mtkd.config import ConfigError
from mtkd.data import DataSet, Examples
from mtkd.data.examples import NO_LABEL
from mtkd.evaluation import domain_examples
from mtkd.functional import log_probs
from mtkd.signals import CompleteSignal, PartialSignal
from mtkd.teachers import TeacherSource
from mtkd.token_evaluation import ROWS, likely, position_ids
from mtkd.token_predictions import TokenPredictions


def aligned(source: TeacherSource, node: Mapping[str, Any], data: Any, at: str) -> TeacherSource:
    """The source over the student's tokens.

    Raises:
        ConfigError: The data has no tokenizer, or the alignment refuses its arguments.
    """
    try:
        made: TeacherSource = aligned_source(
            source, student_tokenizer=data.tokenizer, classes=data.classes, **node
        )
        return made
    except (AttributeError, TypeError, ValueError) as error:
        raise ConfigError(f"config.{at}.align: {error}") from None


def hear_domains(source: TeacherSource, data: DataSet, domains: Iterable[str], home: Path) -> None:
    """One prediction file for each domain of tokens; files that are there are kept."""
    for name in domains:
        path = home / "predictions" / f"{name}.npz"
        if not path.exists():
            hear(source, domain_examples(data, name)).save(path)


@torch.no_grad()
def hear(source: TeacherSource, examples: Examples) -> TokenPredictions:
    """What a source says at the scored positions; where it is silent, every token alike.

    Of a partial signal the kept tokens are known; the mass of its tail is spread over the rest.

    Raises:
        ValueError: The signal is neither complete nor partial (`rest: sorted`).
    """
    parts = [_heard(source, batch) for batch in examples.in_order(ROWS)]
    width = min(part["log_probs"].shape[1] for part in parts)
    for part in parts:  # how many tokens are kept may differ by batch
        part |= {name: part[name][:, :width] for name in ("classes", "log_probs")}
    found: dict[str, Any] = {n: torch.cat([part[n] for part in parts]).numpy() for n in parts[0]}
    per_row = (examples.labels != NO_LABEL).sum(dim=1)
    return TokenPredictions(
        sequences=examples.ids.repeat_interleave(per_row).numpy(),
        vocabulary=examples.classes,
        **found,
    )


def _heard(source: TeacherSource, batch: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    mask, labels = batch["mask"], batch["labels"][batch["mask"]]
    signal = source(batch).map(lambda values: values[mask])
    if isinstance(signal, CompleteSignal):
        tokens, values, label, ranks = likely(log_probs(signal.output.dense()), labels).values()
    elif isinstance(signal, PartialSignal):
        order = signal.log_probs.argsort(dim=1, descending=True)
        tokens, values = signal.kept.gather(1, order), signal.log_probs.gather(1, order)
        label = signal.label_log_probs(labels)
        ranks = (values > label[:, None]).sum(dim=1)
    else:
        raise ValueError("rest: sorted has no outcomes over the student's tokens; use tail or map")
    if signal.present is not None:
        even = -float(torch.tensor(float(signal.classes)).log())
        silent = ~signal.present
        values = values.masked_fill(silent[:, None], even)
        label = label.masked_fill(silent, even)
        ranks = ranks.masked_fill(silent, signal.classes // 2)
    return {
        "ids": position_ids(batch["example_id"], mask),
        "labels": labels,
        "classes": tokens.int(),
        "log_probs": values.float(),
        "label_log_probs": label.float(),
        "label_ranks": ranks.int(),
    }
