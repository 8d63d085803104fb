"""A language model behind a server, which names the likeliest tokens of each position."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from mtkd.signals import PartialSignal
from mtkd.teachers.base import Batch, TeacherSource
from mtkd.teachers.served.prompts import UNLABELLED, Prompt, prompts, question
from mtkd.teachers.served.refusals import ServerError
from mtkd.teachers.served.scores import Scores
from mtkd.teachers.served.server import Server
from mtkd.teachers.served.session import Sessions
from mtkd.teachers.served.spelling import spellings

ENTRY = 256
"""Bytes for one token's score in an answer; vLLM's take a quarter of that."""


class ServedTeacher(TeacherSource):
    """A model that vLLM, or a server with the same endpoint, runs somewhere else.

    It is sent token ids and gives, at each position, the log-probabilities of the `top` likeliest
    next tokens and of the label, at temperature 1: a partial signal. Its tokenizer must be the
    student's. Each document of a batch is one prompt, sent as far as it counts; about documents
    without a counted position nobody is asked, and the teacher is silent there.

        vllm serve NAME --max-logprobs 20 --no-enable-prefix-caching

    https://docs.vllm.ai/en/latest/serving/online_serving/openai_compatible_server/. A model's
    context must have room for the longest document and two tokens more.

    Args:
        url: Of the server, up to `/v1`: `http://localhost:8000/v1`.
        model: Name the server knows it by.
        classes: Size of the student's vocabulary.
        top: Tokens named at each position, 2 … classes - 1; vLLM allows 20 unless told otherwise.
        revision: What else tells its weights from others, for `identity`: a commit, a date.
        key: Name of the environment variable that holds the server's key, never the key itself.
        together: Prompts asked about at a time.
        timeout: Seconds for one answer.
        attempts: How often a prompt is sent at most, where the server is busy or unreachable.
        backoff: Seconds before the third attempt, doubled before each further one; what the
            server asks for in `Retry-After` goes before.

    Attributes:
        tokens: Prompt tokens that were scored so far, as a price is counted.

    Raises:
        ValueError: A number outside its range, a URL that is none. From `observe`: a key that is
            not set; as `ServerError`: no answer, or a damaged one.
    """

    def __init__(
        self,
        url: str,
        model: str,
        classes: int,
        *,
        top: int = 20,
        revision: str = "",
        key: str | None = None,
        together: int = 8,
        timeout: float = 120.0,
        attempts: int = 5,
        backoff: float = 0.5,
    ) -> None:
        if not 2 <= top < classes:
            raise ValueError(f"top must be within 2 and {classes - 1} (classes - 1), got {top}")
        if together < 1 or attempts < 1 or not timeout > 0 or backoff < 0:
            raise ValueError(
                "together and attempts must be at least 1, timeout positive and backoff not "
                f"negative, got {together}, {attempts}, {timeout:g} and {backoff:g}"
            )
        known = {"served": model, "revision": revision, "top": top}
        super().__init__(hashlib.sha256(json.dumps(known).encode()).hexdigest()[:10])
        self.model, self.classes, self.top, self.together = model, classes, top, together
        self.server = Server(url, model, timeout, Sessions(key, attempts, together, backoff))
        self.tokens = 0

    def observe(self, batch: Batch) -> PartialSignal:
        asked = prompts(batch, self.classes, self.server.who)
        signal = _silence(batch["labels"].shape, self.top, self.classes)
        assert signal.present is not None
        # Leaving early, at an error, drops what was not sent yet.
        with ThreadPoolExecutor(self.together) as pool:
            for prompt, scores in zip(asked, pool.map(self._scores, asked), strict=True):
                kept, log_probs, log_tail = scores
                signal.kept[prompt.places] = kept
                signal.log_probs[prompt.places] = log_probs
                signal.log_tail[prompt.places] = log_tail
                signal.present[prompt.places] = True
                self.tokens += len(prompt.tokens)
        device = batch["labels"].device
        return signal.map(lambda values: values.to(device))

    def probe(self, tokens: Sequence[int], tolerance: float = 0.01) -> dict[int, str]:
        """Asks about one prompt twice; how the server spells the tokens that it names there.

        Worth its two requests before a long run: it shows a wrong URL, key, model or `top`.

        Args:
            tokens: Of the prompt, at least two.
            tolerance: Largest difference of a log-probability, in nats.

        Raises:
            ServerError: No answer, or they differ by more than `tolerance`.
        """
        prompt = Prompt(0, 0, list(tokens), [UNLABELLED] * (len(tokens) - 1))
        answers = [self._answer(prompt) for _ in range(2)]
        (_, first, _), (_, second, _) = (self._read(answer, prompt) for answer in answers)
        self.tokens += 2 * len(tokens)
        difference = float((first - second).abs().max())  # in falling order both, ties or not
        if difference > tolerance:
            raise ServerError(
                f"{self.server.who} scored one prompt twice, {difference:.3g} nats apart, expected "
                f"at most {tolerance:g}; start it with --no-enable-prefix-caching"
            )
        return spellings(answers[0])

    def _scores(self, prompt: Prompt) -> tuple[Tensor, Tensor, Tensor]:
        return self._read(self._answer(prompt), prompt)

    def _answer(self, prompt: Prompt) -> object:
        most = 2**20 + ENTRY * (self.top + 1) * len(prompt.tokens)
        return self.server.ask(question(self.model, prompt.tokens, self.top), most)

    def _read(self, answer: object, prompt: Prompt) -> tuple[Tensor, Tensor, Tensor]:
        scores = Scores(self.server.who, self.top, self.classes)
        return scores.read(answer, prompt.tokens, prompt.labels)


def _silence(shape: torch.Size, top: int, classes: int) -> PartialSignal:
    """A signal that says nothing anywhere, with a uniform distribution that is not heard."""
    return PartialSignal(
        torch.arange(top).expand(*shape, top).clone(),
        torch.full((*shape, top), -math.log(classes)),
        torch.full(shape, math.log((classes - top) / classes)),
        classes,
        present=torch.zeros(shape, dtype=torch.bool),
    )
