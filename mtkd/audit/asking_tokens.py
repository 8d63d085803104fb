"""A language model, asked at positions of texts that are drawn once and the same for all models."""

from __future__ import annotations

import warnings

from mtkd.audit.asking import Running, check_tokenizer, quiet
from mtkd.audit.networks import Network
from mtkd.audit.texts import Texts
from mtkd.data import Examples
from mtkd.language import causal_model
from mtkd.text import PlainText, Tokens
from mtkd.text.record import Record
from mtkd.text.rows import Shape, rows_of
from mtkd.text.scored import keep_some
from mtkd.token_evaluation import predict_tokens
from mtkd.token_predictions import TokenPredictions

LENGTH = 512
"""Tokens of a text at most, where nobody says otherwise; one number for all models."""
SCORED = 4096
"""Positions of a domain that are scored, at most."""


class TokensAsked:
    """A causal language model in memory, ready to be asked.

    Raises:
        ValueError: One sentence: no weights in safetensors, a tokenizer that is missing or not
            the model's, fewer positions than the texts are cut to.
    """

    def __init__(self, network: Network, running: Running) -> None:
        self.network, self.length = network, running.length or LENGTH
        self.tokens = Tokens(str(network.folder), end=False)
        with quiet():
            self.model = causal_model(network.folder, device=running.device).eval()
        most = self.model.positions
        if most is not None and most < self.length:
            raise ValueError(
                f"{network.said} reads {most} tokens at most and texts are cut to {self.length}, "
                f"the same for all models; add --length {most}, or less"
            )
        check_tokenizer(network, self.tokens, self.model.classes)

    def predictions(self, texts: Texts, title: str) -> tuple[TokenPredictions, int]:
        """What the model says where it is scored, and how many texts were cut.

        Scored are each text's own tokens, no end token; the first one only after a token that
        the tokenizer puts before a text.
        """
        from rich.console import Console

        with Console(stderr=True).status(title):
            examples, cut = self._examples(texts, title)
            return predict_tokens(self.model, examples), cut

    def _examples(self, texts: Texts, title: str) -> tuple[Examples, int]:
        pairs = zip(texts.texts, texts.at, strict=True)
        records = [Record({"text": text}, at) for text, at in pairs]
        shape = Shape(self.length, "none", "cut", False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of texts that are cut: the page says it
            rows, counts = rows_of(records, PlainText(), self.tokens, shape, title)
        labels = keep_some(rows["labels"].long(), SCORED, 0)
        mask = {"attention_mask": rows["attention_mask"].long()}
        made = Examples(rows["inputs"].long(), labels, self.model.classes, title, {}, mask)
        return made.take((labels >= 0).any(dim=1)), counts.long
