"""What a server is asked to score: the documents of a batch, without padding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import torch
from torch import Tensor

UNLABELLED = -1
ANY_TOKEN = 0
"""What ends a prompt whose last position has neither a label nor a next token."""


ALIKE = ("labels", "mask", "attention_mask", "positions")
"""What a batch has of the shape of its inputs, as far as it is read here."""


@dataclass(frozen=True)
class Prompt:
    """A document as far as it counts, and one token more: a server scores what follows a token.

    Attributes:
        row: Of the batch.
        first: Place of its first token in the row.
        tokens: One more than positions are asked about; the last is the last position's label.
        labels: Of the positions asked about; -1 where there is none.
    """

    row: int
    first: int
    tokens: list[int]
    labels: list[int]

    @property
    def places(self) -> tuple[int, slice]:
        """Where its positions lie in a tensor `[batch, length, ...]`."""
        return self.row, slice(self.first, self.first + len(self.labels))


def prompts(batch: Mapping[str, Tensor], classes: int, name: str) -> list[Prompt]:
    """One for each document with a counted position, ended after its last counted one.

    Args:
        batch: `inputs [batch, length]` token ids and their shifted `labels`; if there,
            `attention_mask` (0 at padding, left or right), `positions` (0 where a packed document
            starts) and `mask` (true where a position counts), all of that shape.
        classes: Token ids are below it.
        name: Who is asked, for a sentence.

    Raises:
        ValueError: `inputs` are no token ids of that vocabulary, another tensor has another
            shape, or tokens of one document have padding between them.
    """
    _check(batch, classes, name)
    here = {key: batch[key].cpu() for key in ("inputs", *ALIKE) if key in batch}
    inputs, labels = here["inputs"], here["labels"]
    labels = torch.where((labels >= 0) & (labels < classes), labels, UNLABELLED)
    mask = here.get("mask", torch.ones_like(labels)).bool()
    found = []
    for row, first, stop in _documents(here, name):
        counted = mask[row, first:stop].nonzero()
        if len(counted):
            end = first + int(counted[-1]) + 1
            tokens, answers = inputs[row, first:stop].tolist(), labels[row, first:end].tolist()
            found.append(Prompt(row, first, _one_more(tokens, answers), answers))
    return found


def _one_more(tokens: list[int], labels: list[int]) -> list[int]:
    """`tokens` as far as `labels`, and what comes then: the last label, else the next token."""
    asked, rest = tokens[: len(labels)], tokens[len(labels) :]
    if labels[-1] != UNLABELLED:
        return [*asked, labels[-1]]
    return [*asked, *(rest[:1] or [ANY_TOKEN])]


def _documents(batch: Mapping[str, Tensor], name: str) -> Iterator[tuple[int, int, int]]:
    """Row, first place and the place after the last one of each document, in order."""
    inputs, positions = batch["inputs"], batch.get("positions")
    real = batch.get("attention_mask", torch.ones_like(inputs)) != 0
    before = torch.zeros_like(real)
    before[:, 1:] = real[:, :-1]
    start = real & ~before
    if positions is None:
        whole = bool((start.sum(dim=1) <= 1).all())
    else:
        whole = not bool(positions[start].any())
        start |= real & (positions == 0)
    if not whole:
        raise ValueError(
            f"{name} reads each document as one prompt, got one with padding between its tokens, "
            "or with positions that do not start at 0; pad on one side and count each document's "
            "positions from 0"
        )
    goes_on = torch.zeros_like(real)
    goes_on[:, :-1] = (real & ~start)[:, 1:]
    starts, ends = start.nonzero().tolist(), (real & ~goes_on).nonzero().tolist()
    for (row, first), (_, last) in zip(starts, ends, strict=True):
        yield row, first, last + 1


def _check(batch: Mapping[str, Tensor], classes: int, name: str) -> None:
    inputs = batch["inputs"]
    if inputs.dim() != 2 or inputs.is_floating_point():
        raise ValueError(
            f"{name} reads token ids [batch, length], got {inputs.dtype} of shape "
            f"{list(inputs.shape)}; tokenise in the data module"
        )
    for key in ALIKE:
        if key in batch and batch[key].shape != inputs.shape:
            raise ValueError(
                f"{name} answers about tokens, so {key} must be of the shape of inputs "
                f"{list(inputs.shape)}, got {list(batch[key].shape)}"
            )
    if inputs.numel() and not 0 <= int(inputs.min()) <= int(inputs.max()) < classes:
        raise ValueError(
            f"{name} was set up for {classes} classes, got token ids from {int(inputs.min())} to "
            f"{int(inputs.max())}; set classes to the size of the student's vocabulary"
        )


def question(model: str, tokens: Sequence[int], top: int) -> dict[str, Any]:
    """A request for the `top` likeliest tokens at each place of the prompt `tokens`.

    The salt is another one each time, so that no part of the prompt is taken from the server's
    prefix cache: with it the scores may depend on what was asked before
    (https://github.com/vllm-project/vllm/issues/42019).
    """
    return {
        "model": model,
        "prompt": list(tokens),
        "max_tokens": 1,
        "temperature": 0,
        "prompt_logprobs": top,
        "add_special_tokens": False,
        "return_token_ids": True,
        "cache_salt": uuid4().hex,
    }
