"""A classifier of texts, run once over the items of a domain with its own tokenizer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from mtkd.audit.networks import Network
from mtkd.language import SequenceModel, sequence_classifier
from mtkd.language.probing import far
from mtkd.text import Tokens


@dataclass(frozen=True)
class Running:
    """How models are run.

    Attributes:
        length: Tokens of a text at most, longer ones are cut; None: as many as the model knows.
        batch: Texts at one time.
        device: Name of a torch device; None: the CPU.
    """

    length: int | None = None
    batch: int = 32
    device: str | None = None


class Asked:
    """A network in memory, ready to be asked.

    Raises:
        ValueError: One sentence: no weights in safetensors, no head, a tokenizer that is missing
            or not the model's.
    """

    def __init__(self, network: Network, running: Running) -> None:
        self.network, self.running = network, running
        self.tokens = Tokens(str(network.folder), end=False)
        self.model = self._loaded().eval()
        self.most = min(
            (n for n in (running.length, self.model.positions) if n is not None), default=None
        )
        embeddings = self.model.model.get_input_embeddings().weight
        check_tokenizer(network, self.tokens, len(embeddings))

    def _loaded(self) -> SequenceModel:
        """With the tokenizer's padding where the model names none."""
        from mtkd.language.origin import Origin

        stated = Origin(str(self.network.folder)).config().pad_token_id
        padding = self.tokens.padding if stated is None else None
        device = self.running.device
        with quiet():
            return sequence_classifier(self.network.folder, padding=padding, device=device)

    @torch.inference_mode()
    def answers(self, texts: Sequence[str], title: str) -> tuple[NDArray[np.float32], int]:
        """Natural log-probabilities `[text, classes]`, and how many texts were cut.

        The softmax is taken in float64. Texts of like length are read together, so little is
        padding; rows come back in the order of `texts`.
        """
        rows, cut = self._tokenised(texts)
        order = sorted(range(len(rows)), key=lambda place: -len(rows[place]))
        found = np.empty((len(rows), len(self.network.names)), np.float32)
        size = 1 if self._mixes(rows) else self.running.batch
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        for places in _shown(batches, title):
            logits = self.model(self._batch([rows[place] for place in places])).dense()
            found[places] = logits.double().log_softmax(dim=-1).float().cpu().numpy()
        return found, cut

    def _mixes(self, rows: Sequence[Encoding]) -> bool:
        """Whether padding changes what the model says of a text (XLNet, FNet)."""
        known = [row for row in rows if len(row)]  # some texts have no token
        if len(set(map(len, known))) < 2:
            return False
        short, long = min(known, key=len), max(known, key=len)
        both, alone = (self.model(self._batch(some)).dense() for some in ([short, long], [short]))
        return far(both[:1], alone)

    def _tokenised(self, texts: Sequence[str]) -> tuple[list[Encoding], int]:
        cutting = Tokenizer.from_str(self.tokens.plain.to_str())
        if self.most is not None:
            cutting.enable_truncation(self.most)
        made = cutting.encode_batch(list(texts))
        return made, sum(bool(one.overflowing) for one in made)

    def _batch(self, rows: Sequence[Encoding]) -> dict[str, Tensor]:
        """Padded on the right; a model of causal kind finds its last token by the padding."""
        width = max(map(len, rows))
        padding = self.model.model.config.pad_token_id
        inputs = torch.full((len(rows), width), padding)
        mask, types = torch.zeros_like(inputs), torch.zeros_like(inputs)
        for place, row in enumerate(rows):
            inputs[place, : len(row)] = torch.tensor(row.ids)
            types[place, : len(row)] = torch.tensor(row.type_ids)
            mask[place, : len(row)] = 1
        named = {"inputs": inputs, "attention_mask": mask}
        if self.tokens.types and types.any():
            named["token_type_ids"] = types
        return {name: values.to(self.model.model.device) for name, values in named.items()}


def check_tokenizer(network: Network, tokens: Tokens, known: int) -> None:
    """Refuse a tokenizer with more tokens than its model knows.

    Raises:
        ValueError: It has.
    """
    if tokens.classes > known:
        raise ValueError(
            f"the tokenizer in {network.folder} has token ids up to {tokens.classes - 1}, its "
            f"model knows {known} tokens: it is the tokenizer of another model"
        )


@contextmanager
def quiet() -> Iterator[None]:
    """Without the bar and the advice that transformers prints while it reads weights."""
    from transformers.utils import logging

    bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _shown(batches: list[list[int]], title: str) -> Iterator[list[int]]:
    """The same batches, with a bar on the terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    quiet = not console.is_terminal
    yield from track(batches, title, console=console, transient=True, disable=quiet)
