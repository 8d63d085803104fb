"""Whether a model means the data's classes, finds the end of a text and reads no padding."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from mtkd.config import ConfigError
from mtkd.language import SequenceModel, TokenModel
from mtkd.language.probing import far
from mtkd.memory import ran_out
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


def check_padding(model: TokenModel | SequenceModel, facts: Facts, at: str) -> None:
    """Refuse a model whose answer depends on how far a text is padded.

    A classifier that reads its answer at the last token finds it by its padding token, which must
    be the data's. Others (BERT) do not care, and some read padding whatever it is (XLNet, FNet),
    so it is measured on a row of the data.

    Raises:
        ConfigError: Both padding tokens, and the one to set, or that there is none.
    """
    if facts.padded is None or not _depends(model, *facts.padded):
        return
    name, padding = type(model.model).__name__, int(facts.padded[0][-1])
    config = model.model.config.get_text_config()
    own, config.pad_token_id = vars(config).get("pad_token_id"), padding
    mended = own != padding and not _depends(model, *facts.padded)
    config.pad_token_id = own
    if mended:
        raise ConfigError(
            f"{at}: {name} reads its answer at the last token that is not {own}, its padding "
            f"token, but config.data pads with {padding}, so an answer would depend on the other "
            f"texts of a batch; set {_key(at)}.padding: {padding}"
        )
    raise ConfigError(
        f"{at}: {name} mixes padding into what it says of a text, so an answer would depend on the "
        "other texts of a batch; use a model of another family, or texts of one length"
    )


def check_ends(model: SequenceModel, facts: Facts, at: str) -> None:
    """Refuse texts without the end token at which an encoder-decoder reads its answer.

    Such a model takes only batches whose rows have equally many of them (BART, T5).

    Raises:
        ConfigError: How many there are, and what to do.
    """
    if model.end is None:
        return
    for split, rows in facts.examples.items():
        ends = (rows.inputs == model.end).sum(dim=1)
        apart = torch.stack([ends.argmin(), ends.argmax()])
        try:
            _said(model, rows.inputs[apart], torch.ones_like(rows.inputs[0]))
        except ValueError as error:
            raise ConfigError(
                f"{at}: {type(model.model).__name__} does not take the data ({split}), whose texts "
                f"have {int(ends.min())} to {int(ends.max())} of its end token {model.end}: "
                f"{str(error).rstrip('.')}; set data.tokenizer to one that ends each text with it"
            ) from None


def _depends(model: TokenModel | SequenceModel, row: Tensor, mask: Tensor) -> bool:
    """Whether a model says something else of a row's text with its padding, than without."""
    padded = _said(model, row[None], mask)
    try:
        alone = _said(model, row[mask][None], mask[mask])
    except RuntimeError as error:
        if ran_out(error):
            raise
        return True  # it reads texts of some lengths only
    # One that draws (Reformer) never says the same, so nothing is seen of its padding.
    return far(padded, alone) and not far(padded, _said(model, row[None], mask))


@torch.no_grad()
def _said(model: TokenModel | SequenceModel, rows: Tensor, mask: Tensor) -> Tensor:
    """Logits, or hidden states of the tokens in `mask [length]`, without dropout."""
    place, training = model.model.device, model.training
    batch = {"inputs": rows.long(), "attention_mask": mask.long().expand_as(rows)}
    found = model.eval()({key: values.to(place) for key, values in batch.items()})
    model.train(training)
    return (found.dense() if found.hidden is None else found.hidden[:, mask.to(place)]).cpu()


def _key(at: str) -> str:
    return at.removeprefix("config.")


def _plain(name: str) -> str:
    return name.strip().casefold()


def _listed(names: list[str]) -> str:
    return f"[{', '.join(names)}]"
