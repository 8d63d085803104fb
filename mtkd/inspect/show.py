"""The command's work: plan, data, rows, teachers, tables."""

from __future__ import annotations

import argparse

import torch
from rich.console import Console
from rich.text import Text

from mtkd.config import ConfigError, instantiate
from mtkd.data import DataSet, Examples
from mtkd.data.examples import Batch
from mtkd.inspect.summary import summary
from mtkd.inspect.tables import item_table, token_tables
from mtkd.inspect.teachers import asked, chosen
from mtkd.inspect.visible import Named, Tokenized, Vocabulary
from mtkd.study.plan import make_plan


def show(options: argparse.Namespace, console: Console | None = None) -> None:
    """Print rows of a split, with what the teachers say about them.

    Args:
        options: Those of `mtkd.inspect.entry`.
        console: Where to print; None: the standard output, as wide as the terminal.

    Raises:
        ConfigError: No such study, split, row or teacher.
    """
    console = console or Console(highlight=False, markup=False)
    plan = make_plan(options.study, options.override)
    teachers = chosen(plan, options.teachers)
    data: DataSet = instantiate(plan.config["data"], "config.data")
    examples = split_of(data, options.split)
    rows = _rows(examples, options.first, options.rows)
    _check_position(examples, options.position)
    batches = [next(examples.take(torch.tensor([row])).in_order(1)) for row in rows]
    console.print(Text(summary(plan.name, options.split, examples)), soft_wrap=True)
    words = Vocabulary(data.tokenizer if isinstance(data, Tokenized) else None)
    part = slice(options.position, options.position + options.positions)
    said = list(asked(plan, teachers, options.runs, data, [(b, part) for b in batches]))
    for name, answer in said:
        if isinstance(answer, str):
            console.print(Text(f"{name}: {answer}", "yellow"), soft_wrap=True)
    there = [(name, answer) for name, answer in said if not isinstance(answer, str)]
    if examples.labels.dim() == 1:
        console.print(item_table(rows, batches, there, _names(data), plan.config["tau"]))
        return
    for number, (row, batch) in enumerate(zip(rows, batches, strict=True)):
        ours = [(name, answer[number]) for name, answer in there]
        console.print(Text(_heading(row, len(examples), batch, part), "bold"), soft_wrap=True)
        for table in token_tables(batch, part, ours, words, plan.config["tau"], console.width):
            console.print(table)


def split_of(data: DataSet, name: str) -> Examples:
    """A split by its name, else a domain, with its severity behind `@`.

    Raises:
        ConfigError: There is neither.
    """
    if name in data.splits:
        return data.splits[name]
    shift, _, severity = name.partition("@")
    try:
        return data.domain(shift, int(severity) if severity else None)
    except ValueError as error:
        raise ConfigError(f"--split {name}: {error}. Splits: {', '.join(data.splits)}") from None


def _rows(examples: Examples, first: int, count: int) -> list[int]:
    if first >= len(examples):
        raise ConfigError(f"--first {first}: {examples.name} has rows 0 to {len(examples) - 1}")
    return list(range(first, min(first + count, len(examples))))


def _check_position(examples: Examples, first: int) -> None:
    if examples.labels.dim() == 2 and first >= examples.labels.shape[1]:
        raise ConfigError(
            f"--position {first}: the rows of {examples.name} have {examples.labels.shape[1]} "
            "positions; count from 0"
        )


def _heading(row: int, rows: int, batch: Batch, part: slice) -> str:
    length = batch["inputs"].shape[1]
    read = int(batch["attention_mask"].sum()) if "attention_mask" in batch else length
    known, last = int(batch["mask"].sum()), min(part.stop, length) - 1
    return (
        f"row {row} of {rows}: {read} tokens in {length} places, {known} predicted; "
        f"positions {part.start} to {last}"
    )


def _names(data: DataSet) -> list[str]:
    """Names of the classes: the data's own, or their numbers."""
    return list(data.names) if isinstance(data, Named) else [str(n) for n in range(data.classes)]
