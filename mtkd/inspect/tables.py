"""Positions and items as tables of the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from mtkd.data.examples import NO_LABEL, Batch
from mtkd.inspect.said import Said
from mtkd.inspect.visible import Vocabulary

CELL, FIXED = 19, 38
"""Columns of the terminal: of a teacher, and of what stands before the teachers."""
AGREES, ERRS, DOUBTS = "green", "bold red", ""


def token_tables(
    batch: Batch,
    part: slice,
    said: Sequence[tuple[str, Said]],
    words: Vocabulary,
    tau: float,
    width: int,
) -> Iterator[Table]:
    """Tables of one row's positions, as many as the teachers need in `width` columns."""
    many = max((width - FIXED) // CELL, 1)
    groups = [said[start : start + many] for start in range(0, len(said), many)] or [[]]
    for group in groups:
        table = Table(pad_edge=False, box=None, header_style="bold", expand=False)
        table.add_column("#", justify="right", no_wrap=True)
        for name in ("token", "mask", "label"):
            table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=16)
        for name, _ in group:
            table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=CELL)
        for cells in _positions(batch, part, [one for _, one in group], words, tau):
            table.add_row(*cells)
        yield table


def _positions(
    batch: Batch, part: slice, said: Sequence[Said], words: Vocabulary, tau: float
) -> Iterator[list[Text]]:
    inputs, labels = batch["inputs"][0], batch["labels"][0]
    read = batch["attention_mask"][0] if "attention_mask" in batch else inputs.new_ones(len(inputs))
    places = batch.get("positions")
    for number in range(len(inputs))[part]:
        if not read[number]:
            continue
        starts = places is not None and number > 0 and int(places[0, number]) == 0
        token, label = int(inputs[number]), int(labels[number])
        shown = Text(words[token], "magenta" if words.special(token) else "")
        right = Text("" if label == NO_LABEL else words[label])
        row = [Text(f"{'┌' if starts else ''}{number}"), shown]
        row += [Text("" if label == NO_LABEL else "1"), right]
        for one in said:
            row.append(_choice(one, number - part.start, label, words, tau))
        yield row


def _choice(one: Said, at: int, label: int, words: Vocabulary, tau: float) -> Text:
    if one.present is not None and not one.present[at]:
        return Text("silent", "dim")
    best, sure = int(one.classes[at, 0]), float(one.probabilities[at, 0])
    return Text(f"{probability(sure)} {words[best]}", style_of(best, sure, label, tau))


def item_table(
    rows: Sequence[int],
    batches: Sequence[Batch],
    said: Sequence[tuple[str, list[Said]]],
    names: Sequence[str],
    tau: float,
) -> Table:
    """One line for each item: its label, and each teacher's most likely classes."""
    table = Table(pad_edge=False, box=None, header_style="bold")
    table.add_column("row", justify="right")
    table.add_column("label", overflow="ellipsis", no_wrap=True)
    for name, _ in said:
        table.add_column(name, overflow="fold")
    for number, (row, batch) in enumerate(zip(rows, batches, strict=True)):
        label = int(batch["labels"][0])
        cells = [Text(str(row)), Text("none" if label == NO_LABEL else names[label])]
        cells += [_choices(one[number], label, names, tau) for _, one in said]
        table.add_row(*cells)
    return table


def _choices(one: Said, label: int, names: Sequence[str], tau: float) -> Text:
    if one.present is not None and not one.present[0]:
        return Text("silent", "dim")
    pairs = list(zip(one.classes[0].tolist(), one.probabilities[0].tolist(), strict=True))
    told = [f"{probability(sure)} {names[index]}" for index, sure in pairs]
    first = style_of(*pairs[0], label, tau)
    return Text.assemble((told[0], first), ("  " + "  ".join(told[1:]), "dim"))


def style_of(best: int, sure: float, label: int, tau: float) -> str:
    """Green for the label, red for a mistake surer than tau, plain for all else."""
    if label == NO_LABEL:
        return DOUBTS
    if best == label:
        return AGREES
    return ERRS if sure > tau else DOUBTS


def probability(value: float) -> str:
    """Two digits behind the point, and none before it; 1 only for what rounds to it."""
    return f"{value:.2f}".removeprefix("0")
