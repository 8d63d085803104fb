"""An answer with the log-probabilities of a prompt, checked and read.

vLLM's completions endpoint with `prompt_logprobs`,
https://docs.vllm.ai/en/latest/serving/online_serving/openai_compatible_server/. Nothing in an
answer is used before it was checked: it may come from another program, or be damaged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from mtkd.teachers.served.named import EXCESS, UNTEMPERED, Named, wrong
from mtkd.teachers.served.refusals import ServerError

ROUNDING = 1e-6
"""Least mass of the tail: below it a sum of float32 probabilities says nothing. A floor near 0
would let a reverse divergence punish the student for mass that the teacher may well have."""


class Scores:
    """Reads answers to questions.

    Args:
        who: The server, for a sentence.
        top: Tokens it was asked for at each position; at least 2, since the last may have to make
            room for the label.
        classes: Token ids are below it.
    """

    def __init__(self, who: str, top: int, classes: int) -> None:
        self.who, self.top, self.classes = who, top, classes
        self.named = Named(who, top, classes)

    def read(
        self, answer: object, tokens: Sequence[int], labels: Sequence[int]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Kept tokens, their log-probabilities and the tail's, at each position but the last.

        Kept are the likeliest tokens; the label takes the place of the last of them where the
        server names it and it is not among them.

        Args:
            answer: Decoded JSON, of any shape.
            tokens: The prompt, `n + 1` of them.
            labels: `n` of them; -1 where there is none.

        Returns:
            `[n, top]` distinct token ids, `[n, top]` and `[n]` in nats, float32.

        Raises:
            ServerError: It is no such answer; one sentence.
        """
        entries = self._entries(answer, tokens)
        kept, values, first = [], [], []
        for place, (entry, label) in enumerate(zip(entries[1:], labels, strict=True), start=1):
            scores = self.named.scores(entry, tokens[place], f"at token {place} of a prompt")
            best = sorted(scores, key=lambda token: (-scores[token], token))[: self.top]
            first.append(scores[best[0]])
            if label in scores and label not in best:
                best[-1] = label
            kept.append(best)
            values.append([scores[token] for token in best])
        log_probs = torch.tensor(values, dtype=torch.float64)
        mass = log_probs.exp().sum(dim=-1)
        self._check(torch.tensor(first), mass)
        log_tail = (1 - mass).clamp(min=ROUNDING).log()
        return torch.tensor(kept), log_probs.float(), log_tail.float()

    def _entries(self, answer: object, tokens: Sequence[int]) -> list[object]:
        """What is said at each token of the prompt."""
        choices = answer.get("choices") if isinstance(answer, dict) else None
        choice = choices[0] if isinstance(choices, list) and len(choices) == 1 else None
        if not isinstance(choice, dict):
            raise wrong(self.who, "answered without one choice")
        if choice.get("prompt_token_ids") not in (None, list(tokens)):
            raise wrong(self.who, "scored other tokens than those it was sent")
        entries = choice.get("prompt_logprobs")
        if not isinstance(entries, list):
            raise wrong(self.who, "gave no prompt_logprobs")
        if len(entries) != len(tokens):
            raise wrong(self.who, f"scored {len(entries)} tokens of a prompt of {len(tokens)}")
        return entries

    def _check(self, first: Tensor, mass: Tensor) -> None:
        """Refuse what the likeliest tokens of a distribution cannot have."""
        least = -math.log(self.classes) - 1  # the best has as much, or the vocabulary is larger
        odd = ((mass > 1 + EXCESS) | (first < least)).nonzero()
        if len(odd):
            place = int(odd[0])
            raise ServerError(
                f"{self.who} gave the {self.top} tokens it named at token {place + 1} of a prompt "
                f"a probability of {float(mass[place]):.6g} together; {UNTEMPERED}"
            )
