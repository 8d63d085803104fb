"""A teacher that does not speak of the data's tokens itself, evaluated by what is heard of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from mtkd.alignment import over_classes
from mtkd.config import ConfigError, instantiate
from mtkd.data import DataSet, Examples
from mtkd.data.examples import NO_LABEL
from mtkd.evaluation import domain_examples
from mtkd.kept import is_whole
from mtkd.signals import PartialSignal
from mtkd.teachers import Softened, TeacherSource
from mtkd.token_evaluation import ROWS, likely, position_ids
from mtkd.token_predictions import TokenPredictions
from mtkd.trial.items import hear_items, presence, spoken_at
from mtkd.trial.recording import PARTS, asked


def changed(
    source: TeacherSource, node: Mapping[str, Any], data: DataSet, at: str
) -> TeacherSource:
    """The source at its temperature and over the student's tokens, as its node says.

    Raises:
        ConfigError: The data has no tokenizer, or the alignment refuses its arguments.
    """
    temperature = node.get("temperature", 1.0)
    if temperature != 1.0 and not node.get("record"):  # a few classes are recorded softened
        source = Softened(source, temperature)
    return aligned(source, node["align"], data, at) if node.get("align") is not None else source


def aligned(source: TeacherSource, node: Mapping[str, Any], data: Any, at: str) -> TeacherSource:
    """The source over the student's tokens.

    Raises:
        ConfigError: The data has no tokenizer, or the alignment refuses its arguments.
    """
    try:
        tokenizer = data.tokenizer
    except AttributeError as error:
        raise ConfigError(f"config.{at}.align: {error}") from None
    for key in ("source", "student_tokenizer", "classes", "end"):
        if key in node:
            raise ConfigError(f"config.{at}.align.{key}: the study itself says this; leave it out")
    made: TeacherSource = instantiate(
        {"_target_": "mtkd.alignment.aligned_source", **node},
        f"config.{at}.align",
        source=source,
        student_tokenizer=tokenizer,
        classes=data.classes,
        end=getattr(getattr(data, "tokens", None), "end_token", None),
    )
    return made


def hear_domains(
    source: TeacherSource,
    data: DataSet,
    domains: Iterable[str],
    home: Path,
    recording: bool = False,
) -> None:
    """One prediction file for each domain; files that are whole are kept.

    Args:
        source: Whom to ask.
        data: Where the domains are from.
        domains: Their labels.
        home: The teacher's folder.
        recording: Keep the answers of a domain until it is complete, so that after a crash only
            the rest is asked; they must all have room in memory.
    """
    for name in domains:
        path = home / "predictions" / f"{name}.npz"
        if not is_whole(path):
            examples = domain_examples(data, name)
            said = asked(source, examples, home / PARTS / name) if recording else source
            by_item = examples.labels.dim() == 1
            (hear_items if by_item else hear)(said, examples).save(path)
            shutil.rmtree(home / PARTS, ignore_errors=True)


@torch.no_grad()
def hear(source: TeacherSource, examples: Examples) -> TokenPredictions:
    """What a source says at the scored positions; where it is silent, every token alike.

    Of a partial signal the kept tokens are known; the mass of its tail is spread over the rest.
    With `rest: sorted`, see `UnionSignal.spread`.
    """
    parts = [_heard(source, batch) for batch in examples.in_order(ROWS)]
    width = min(part["log_probs"].shape[1] for part in parts)
    for part in parts:  # how many tokens are kept may differ by batch
        part |= {name: part[name][:, :width] for name in ("classes", "log_probs")}
    present = presence([part.pop("present") for part in parts])
    found: dict[str, Any] = {n: torch.cat([part[n] for part in parts]).numpy() for n in parts[0]}
    per_row = (examples.labels != NO_LABEL).sum(dim=1)
    return TokenPredictions(
        sequences=examples.ids.repeat_interleave(per_row).numpy(),
        vocabulary=examples.classes,
        present=present,
        **found,
    )


def _heard(source: TeacherSource, batch: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    mask, labels = batch["mask"], batch["labels"][batch["mask"]]
    signal = source(batch).map(lambda values: values[mask])
    if isinstance(signal, PartialSignal):
        order = signal.log_probs.argsort(dim=1, descending=True)
        tokens, values = signal.kept.gather(1, order), signal.log_probs.gather(1, order)
        label, ranks = signal.label_log_probs(labels), label_ranks(signal, labels)
    else:
        tokens, values, label, ranks = likely(over_classes(signal), labels).values()
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
        "present": spoken_at(signal),
    }


def label_ranks(signal: PartialSignal, labels: torch.Tensor) -> torch.Tensor:
    """`[n]`: how many classes are more likely than the label, the middle of the tail if not known.

    It is known of a kept label that is more likely than another kept class, or than the tail. Of
    the last one it is not: a source may keep the label in the place of a likelier class.
    """
    whole, coarse = signal.outcomes(), signal.coarse_labels(labels)
    k = signal.kept.shape[-1]
    label = whole.gather(-1, coarse.unsqueeze(-1))
    ranks = (whole[..., :k] > label).sum(dim=-1)
    known = (coarse < k) & ((whole < label).any(dim=-1) | (label >= whole).all(dim=-1))
    return torch.where(known, ranks, (k + signal.classes) // 2)
