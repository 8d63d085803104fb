"""What the student says after the tokens so far, one token at a time."""

from __future__ import annotations

import inspect
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from mtkd.onpolicy.prompts import Prompts, gathered
from mtkd.outputs import ModelOutput


class Decoder(Protocol):
    """Logits of the next token; each token is appended before the next question."""

    def start(self) -> Tensor:
        """`[row, classes]` logits behind the prompts."""

    def append(self, tokens: Tensor) -> Tensor:
        """`[row, classes]` logits behind one more token `[row]` in each row."""


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
        self.memory = getattr(answer, "past_key_values", None)
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
