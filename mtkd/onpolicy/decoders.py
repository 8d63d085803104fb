"""The quickest way to ask a student for the next token."""

from __future__ import annotations

import inspect
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from mtkd.language import TokenModel
from mtkd.language.probing import probing
from mtkd.onpolicy.next_token import CachedDecoder, Decoder, PlainDecoder
from mtkd.onpolicy.prompts import Prompts

KNOWN: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()
"""What `hands_on` found out."""

ROWS, LENGTH, SHOWN = 4, 6, 3
"""Of the probe: texts, tokens in each with its padding, and tokens without."""

ROOM = 0.01
"""Of the distance between two texts; reduced precision gets 16 of its steps, about a tenth."""


def decoder(student: nn.Module, prompts: Prompts, new: int) -> Decoder:
    """The quickest decoder that `student` has.

    Args:
        student: A causal language model.
        prompts: What it continues.
        new: Most tokens that will be appended.

    Raises:
        ValueError: The student sees later tokens, or does not know so many positions.
    """
    if not isinstance(student, TokenModel):
        return PlainDecoder(student, prompts)
    name = type(student.model).__name__
    if not student.causal:
        raise ValueError(f"{name} is not causal, so it cannot write text; leave on_policy out")
    longest = prompts.tokens.shape[1] + new
    if student.positions is not None and longest > student.positions:
        raise ValueError(
            f"prompts of {longest - new} tokens and {new} new ones are {longest} tokens, more than "
            f"the {student.positions} positions of {name}; lower on_policy.max_new_tokens or "
            "on_policy.prompt_tokens"
        )
    keeps = "use_cache" in student.options and hands_on(student)
    return CachedDecoder(student.model, prompts) if keeps else PlainDecoder(student, prompts)


def hands_on(student: TokenModel) -> bool:
    """Whether a model that keeps its keys and values says what it says without them.

    Mamba and some other recurrent families have a state of another name; RecurrentGemma takes
    keys and values and returns none; BART counts padding before a text as positions, and RoBERTa
    counts from its padding token's id on. Which is which is measured, once for each model.
    """
    model = student.model
    if model not in KNOWN:
        takes = "past_key_values" in inspect.signature(model.forward).parameters
        # As the weights are: what autocast rounds says nothing about positions.
        with probing(model), torch.autocast(model.device.type, enabled=False):
            KNOWN[model] = takes and _agrees(student, model)
    return KNOWN[model]


def _agrees(student: TokenModel, model: Any) -> bool:
    """Whether both decoders say the same behind a padded prompt, and behind one more token.

    One text is enough: rounding alone may send a token to other experts.
    """
    length = min(LENGTH, student.positions or LENGTH)
    places = torch.arange(length, device=model.device)
    texts = (places + torch.arange(ROWS, device=model.device).unsqueeze(1)) % student.classes
    shown = (places[:-1] >= length - SHOWN).expand(ROWS, -1)
    prompts = Prompts(texts[:, :-1].where(shown, 0), shown)
    keeping, plain = CachedDecoder(model, prompts), PlainDecoder(student, prompts)
    pairs = [(keeping.start(), plain.start())]
    if keeping.memory is None:
        return False
    pairs.append((keeping.append(texts[:, -1]), plain.append(texts[:, -1])))
    kept, whole = (torch.stack(said).double() for said in zip(*pairs, strict=True))
    room = max(ROOM, 16 * torch.finfo(pairs[0][0].dtype).eps)
    apart = (whole - whole.roll(1, dims=1)).norm(dim=-1)
    near = (kept - whole).norm(dim=-1) <= room * apart
    return bool(near.all(dim=0).any())


def stated_ends(student: nn.Module) -> list[int]:
    """End-of-text tokens that a transformers model states; none for other students."""
    if not isinstance(student, TokenModel):
        return []
    stated = student.model.generation_config.eos_token_id
    if stated is None:
        stated = student.model.config.get_text_config().eos_token_id
    if stated is None:
        return []
    return [stated] if isinstance(stated, int) else list(stated)
