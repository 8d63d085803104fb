"""Whether an aligned teacher can read the texts of the data with the tokenizer it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mtkd.alignment import tokenizer_at
from mtkd.alignment.backend import AnyTokenizer, backend, untrimmed
from mtkd.alignment.texts import FILL, read_texts
from mtkd.config import ConfigError
from mtkd.data import Examples
from mtkd.language import TokenModel
from mtkd.study.facts import Facts
from mtkd.study.vocabularies import difference, embedded, origin, own_tokenizer

LONGEST = 512
"""Texts of each split that are tokenised to see whether the teacher has positions for them."""


def check_text(facts: Facts, at: str) -> None:
    """Refuse data that do not give the text beside its tokens.

    Raises:
        ConfigError: What to set.
    """
    if "text_bytes" in facts.data.train.extras:
        return
    advice = "set data.bytes: true (of mtkd.text.TextData)"
    if facts.hidden is not None:
        advice = "with data.hidden it would read what is hidden: use teachers without align"
    raise ConfigError(
        f"{at}.align: a teacher with a tokenizer of its own reads the text, which config.data "
        f"does not give beside its tokens; {advice}"
    )


def check_reader(
    model: nn.Module, align: Mapping[str, Any], facts: Facts, at: str
) -> dict[str, Any]:
    """Hold a teacher against the tokenizer that it is to read with; gives `align` as it is.

    The tokenizer stays a path: the token that ends a text is declared in a file beside it.

    Raises:
        ConfigError: There is no such tokenizer, it is another model's, or the model has too few
            positions for the data's texts, or reads them from both sides.
    """
    if "teacher_tokenizer" not in align:
        return dict(align)
    where, local = f"{at}.align.teacher_tokenizer", align.get("local_files_only", True)
    try:
        tokenizer = tokenizer_at(align["teacher_tokenizer"], local_files_only=bool(local))
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None
    if isinstance(model, TokenModel):
        _check_vocabulary(model, tokenizer, str(align["teacher_tokenizer"]), where)
        if not model.causal:
            raise ConfigError(
                f"{at}.model: {type(model.model).__name__} reads its text from both sides, so it "
                "would read what the student is to predict; use mtkd.language.causal_model"
            )
        _check_length(model, tokenizer, facts, at)
    return dict(align)


def longest_rows(examples: Examples, most: int) -> Tensor:
    """`[at most most]` rows with the most bytes of text, in their order."""
    sizes = (examples.extras["text_bytes"] != FILL).sum(dim=1)
    return sizes.topk(min(most, len(sizes))).indices.sort().values


def _check_vocabulary(model: TokenModel, tokenizer: AnyTokenizer, given: str, where: str) -> None:
    """Refuse a tokenizer that is not the model's own, or has tokens that it does not know."""
    name, own = type(model.model).__name__, own_tokenizer(model)
    right = f"set it to {origin(model)}" if own else "give the one the model was trained with"
    needed = max(backend(tokenizer).get_vocab().values(), default=-1) + 1
    known = min(embedded(model), model.classes)
    if known < needed:
        raise ConfigError(f"{where}: {given} has {needed} tokens, {name} knows {known}; {right}")
    if own is None:
        return
    other = difference(own, tokenizer, lambda: torch.arange(0))
    if other:
        raise ConfigError(
            f"{where}: {given} is not the tokenizer that {name} was saved with in {origin(model)}: "
            f"{other}; {right}"
        )


def _check_length(model: TokenModel, tokenizer: AnyTokenizer, facts: Facts, at: str) -> None:
    """Refuse texts that are longer in the teacher's tokens than it has positions."""
    if model.positions is None:
        return
    whole = untrimmed(backend(tokenizer))
    for split, rows in facts.examples.items():
        if "text_bytes" not in rows.extras:
            continue
        texts = read_texts(rows.extras["text_bytes"][longest_rows(rows, LONGEST)])
        longest = max(len(one.ids) for one in whole.encode_batch(texts))
        if longest > model.positions:
            fits = rows.inputs.shape[1] * model.positions // longest
            raise ConfigError(
                f"{at}.align: a row of {split} is {longest} tokens for this teacher, which has "
                f"{model.positions} positions; set data.length: {fits}, or use another teacher"
            )
