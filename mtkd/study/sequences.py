"""Whether a classifier of sequences means the data's classes, and finds the end of a text."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from mtkd.config import ConfigError
from mtkd.language import SequenceModel
from mtkd.study.facts import Facts

NAMELESS = re.compile(r"LABEL_\d+")
"""How transformers calls a class that was given no name."""


def check_names(model: SequenceModel, facts: Facts, at: str) -> None:
    """Refuse a classifier that has names of the data's classes in another order.

    Names that only one side has say nothing, nor do data whose classes are plain numbers.

    Raises:
        ConfigError: Both orders, and the one to set.
    """
    known: dict[int, str] = model.model.config.id2label
    names, theirs = facts.names, [str(known[number]) for number in sorted(known)]
    if names is None or all(NAMELESS.fullmatch(name) for name in theirs):
        return
    spelt = {_plain(name): name for name in names}
    place = {plain: number for number, plain in enumerate(spelt)}
    if all(place.get(_plain(name), number) == number for number, name in enumerate(theirs)):
        return
    whole = sorted(map(_plain, theirs)) == sorted(spelt)
    order = f" {_listed([spelt[_plain(name)] for name in theirs])}" if whole else " in its order"
    raise ConfigError(
        f"{at}: the classes of {type(model.model).__name__} are {_listed(theirs)}, those of "
        f"config.data {_listed(names)}, so a class would be taken for another; set data.names:"
        f"{order}"
    )


def check_padding(model: SequenceModel, facts: Facts, at: str) -> None:
    """Refuse a classifier whose answer depends on how far a text is padded.

    A model that reads its answer at the last token finds it by its padding token, which must be
    the data's. Others (BERT) do not care, so it is measured on a row of the data.

    Raises:
        ConfigError: Both padding tokens, and the one to set.
    """
    own = vars(model.model.config.get_text_config()).get("pad_token_id")
    if facts.padded is None or int(facts.padded[0][-1]) == own:
        return
    row, mask = facts.padded
    padding = int(row[-1])
    padded, alone = _logits(model, row, mask), _logits(model, row[mask], mask[mask])
    if (padded - alone).abs().max() > _room(alone) * alone.abs().max():
        raise ConfigError(
            f"{at}: {type(model.model).__name__} reads its answer at the last token that is not "
            f"{own}, its padding token, but config.data pads with {padding}, so an answer would "
            f"depend on the other texts of a batch; set {_key(at)}.padding: {padding}"
        )


@torch.no_grad()
def _logits(model: SequenceModel, row: Tensor, mask: Tensor) -> Tensor:
    """`[1, classes]` for one row of ids, without dropout; the model stays in the mode it is in."""
    place, training = model.model.device, model.training
    batch = {"inputs": row[None], "attention_mask": mask[None].long()}
    found = model.eval()({key: values.to(place) for key, values in batch.items()}).dense()
    model.train(training)
    return found


def _room(logits: Tensor) -> float:
    """Share of the largest logit that rounding may make out, in one batch and in another."""
    return max(1e-4, 16 * torch.finfo(logits.dtype).eps)


def _key(at: str) -> str:
    return at.removeprefix("config.")


def _plain(name: str) -> str:
    return name.strip().casefold()


def _listed(names: list[str]) -> str:
    return f"[{', '.join(names)}]"
