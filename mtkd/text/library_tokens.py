"""The standard library's domains as tokens of a byte-level BPE, trained on some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mtkd.text.cache import cached

VERSION = "library-1"
"""Part of the key in the cache; another one makes the tokens again."""


def tokenised(
    texts: Mapping[str, str], trained: Sequence[str], vocabulary: int
) -> dict[str, Tensor]:
    """Tokens of every domain by name, and the tokenizer as bytes under `tokenizer`.

    Args:
        texts: By domain.
        trained: Domains that the tokenizer is trained on.
        vocabulary: Its tokens.
    """
    parts = [VERSION, str(vocabulary), ",".join(trained)]
    return cached([*parts, *texts, *texts.values()], lambda: _tokenise(texts, trained, vocabulary))


def _tokenise(
    texts: Mapping[str, str], trained: Sequence[str], vocabulary: int
) -> dict[str, Tensor]:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, initial_alphabet=alphabet, show_progress=False
    )
    lines = [texts[name].splitlines(keepends=True) for name in trained]
    tokenizer.train_from_iterator((line for part in lines for line in part), trainer)
    found = {name: torch.tensor(tokenizer.encode(text).ids) for name, text in texts.items()}
    return {
        **found,
        "tokenizer": torch.tensor(list(tokenizer.to_str().encode()), dtype=torch.uint8),
    }
