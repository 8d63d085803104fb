"""What a server says at one token of a prompt: the likeliest tokens, and the prompt's own."""

from __future__ import annotations

import math

from mtkd.functional import IMPOSSIBLE
from mtkd.teachers.served.refusals import ServerError

EXCESS = 1e-3
"""How far the probabilities of some tokens may exceed 1 by rounding."""

LARGE = 10**18
"""Repeated in a sentence instead of a larger number: JSON has some of thousands of digits."""

UNTEMPERED = (
    "they must be log-probabilities of the untempered distribution, which vLLM gives with "
    "--logprobs-mode raw_logprobs, its default"
)


class Named:
    """Reads one entry of `prompt_logprobs`, `{"17": {"logprob": -0.3, ...}, ...}`.

    Args:
        who: The server, for a sentence.
        top: Tokens it was asked for.
        classes: Token ids are below it.
    """

    def __init__(self, who: str, top: int, classes: int) -> None:
        self.who, self.top, self.classes = who, top, classes

    def scores(self, entry: object, own: int, at: str) -> dict[int, float]:
        """By token: its log-probability; the prompt's own token is among them."""
        if not isinstance(entry, dict):
            raise wrong(self.who, f"gave no mapping from tokens {at}")
        scores = {self._number(token, at): self._value(said, at) for token, said in entry.items()}
        if len(scores) < len(entry):
            raise wrong(self.who, f"named a token twice {at}")
        if len(scores) < self.top:
            raise ServerError(
                f"{self.who} named {len(scores)} tokens {at}, expected at least top = {self.top}; "
                f"start it with --max-logprobs {self.top}, or lower top"
            )
        if own not in scores:
            raise wrong(self.who, f"did not name the prompt's own token {own} {at}")
        return scores

    def _number(self, token: str, at: str) -> int:
        try:
            number = int(token)
        except ValueError:
            number = -1
        if number < 0:
            raise wrong(self.who, f"named a token {token[:20]!r}, which is no number, {at}")
        if number >= self.classes:
            raise ServerError(
                f"{self.who} named token {min(number, LARGE)} {at}, but the student knows "
                f"{self.classes} classes; their tokenizers differ, and a served teacher must share "
                "the student's"
            )
        return number

    def _value(self, said: object, at: str) -> float:
        """A log-probability, not below `IMPOSSIBLE`."""
        value = said.get("logprob", math.nan) if isinstance(said, dict) else math.nan
        if value is None or value == -math.inf:  # JSON has no infinity
            return IMPOSSIBLE
        plain = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not plain or not -math.inf < value < math.inf:
            raise wrong(self.who, f"gave a token no finite logprob {at}")
        if value > EXCESS:
            raise ServerError(
                f"{self.who} gave a token a logprob of {min(value, LARGE):.6g} {at}, expected at "
                f"most 0; {UNTEMPERED}"
            )
        return float(max(value, IMPOSSIBLE))


def wrong(who: str, got: str) -> ServerError:
    """The sentence about an answer that has another form."""
    return ServerError(
        f"{who} {got}; it must be a completions endpoint that gives prompt_logprobs, as that of "
        "vLLM does"
    )
