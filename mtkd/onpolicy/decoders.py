"""What the student says after the tokens so far, one token at a time."""

from __future__ import annotations

import inspect
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from mtkd.language import TokenModel
from mtkd.onpolicy.prompts import Prompts, gathered
from mtkd.outputs import ModelOutput

KNOWN: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()
"""What `hands_on` found out."""


class Decoder(Protocol):
    """Logits of the next token; each token is appended before the next question."""

    def start(self) -> Tensor:
        """`[row, classes]` logits behind the prompts."""

    def append(self, tokens: Tensor) -> Tensor:
        """`[row, classes]` logits behind one more token `[row]` in each row."""


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
    keeps = "use_cache" in student.options and hands_on(student.model)
    return CachedDecoder(student.model, prompts) if keeps else PlainDecoder(student, prompts)


def hands_on(model: Any) -> bool:
    """Whether a transformers model takes its keys and values back, and gives them.

    Mamba and some other recurrent families have a state of another name; RecurrentGemma takes
    keys and values and returns none. Tried once for each model, on one token.
    """
    if model not in KNOWN:
        takes = "past_key_values" in inspect.signature(model.forward).parameters
        token = torch.zeros(1, 1, dtype=torch.long, device=model.device)
        KNOWN[model] = takes and "past_key_values" in model(input_ids=token, use_cache=True)
    return KNOWN[model]


class CachedDecoder:
    """A transformers model that keeps keys and values, so that each token is read once.

    Args:
        model: A causal language model of transformers, in eval mode.
        prompts: What it continues, padded on the left.
    """

    def __init__(self, model: Any, prompts: Prompts) -> None:
        self.model, self.tokens = model, prompts.tokens
        self.present = prompts.present.long()
        self.positions = (self.present.cumsum(dim=1) - 1).clamp(min=0)
        accepted = inspect.signature(model.forward).parameters
        self.positioned = "position_ids" in accepted
        self.last_only = {"logits_to_keep": 1} if "logits_to_keep" in accepted else {}
        self.memory: Any = None

    def start(self) -> Tensor:
        return self._ask(self.tokens)

    def append(self, tokens: Tensor) -> Tensor:
        self.present = torch.cat([self.present, torch.ones_like(self.present[:, :1])], dim=1)
        self.positions = self.positions[:, -1:] + 1
        return self._ask(tokens.unsqueeze(1))

    def _ask(self, tokens: Tensor) -> Tensor:
        arguments = {"position_ids": self.positions} if self.positioned else {}
        answer = self.model(
            input_ids=tokens,
            attention_mask=self.present,
            past_key_values=self.memory,
            use_cache=True,
            **arguments,
            **self.last_only,
        )
        self.memory = answer.past_key_values
        logits: Tensor = answer.logits[:, -1]
        return logits


class PlainDecoder:
    """Any student: the whole text is read again for each token.

    Args:
        student: Takes a batch `inputs`, `attention_mask`, returns a `ModelOutput`.
        prompts: What it continues.
    """

    def __init__(self, student: nn.Module, prompts: Prompts) -> None:
        self.student = student
        tokens, present = gathered(prompts.present, prompts.tokens, prompts.present, left=False)
        self.tokens, self.lengths = tokens, present.sum(dim=1)

    def start(self) -> Tensor:
        places = torch.arange(self.tokens.shape[1], device=self.tokens.device)
        attention = (places < self.lengths.unsqueeze(1)).long()
        output: ModelOutput = self.student({"inputs": self.tokens, "attention_mask": attention})
        rows = torch.arange(len(self.tokens), device=self.tokens.device)
        return output.map(lambda values: values[rows, self.lengths - 1]).dense()

    def append(self, tokens: Tensor) -> Tensor:
        room = torch.zeros_like(self.tokens[:, :1])
        self.tokens = torch.cat([self.tokens, room], dim=1)
        self.tokens = self.tokens.scatter(1, self.lengths.unsqueeze(1), tokens.unsqueeze(1))
        self.lengths = self.lengths + 1
        return self.start()


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
