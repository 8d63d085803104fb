"""A text data set of a few random rows, and a language model of a few hundred weights."""

from dataclasses import replace

import torch

from mtkd.data import Examples
from mtkd.text.library_rows import only_scored

WORDS, LENGTH = 24, 12


class TinyText:
    """Rows that follow a rule (each token tells the next but for noise), in two parts."""

    classes = WORDS

    def __init__(self, rows: int = 24, scored: int = 64) -> None:
        generator = torch.Generator().manual_seed(5)
        start = torch.randint(WORDS, (3 * rows, 1), generator=generator)
        noise = torch.randint(2, (3 * rows, LENGTH + 1), generator=generator)
        tokens = (start + 3 * torch.arange(LENGTH + 1) + noise) % WORDS
        first = torch.arange(3 * rows) % 2 == 0
        whole = Examples(tokens[:, :-1], tokens[:, 1:], WORDS, "tiny", {"even": first.numpy()})
        self.train = whole.take(torch.arange(rows))
        self.validation = only_scored(whole.take(torch.arange(rows, 2 * rows)), scored, 0)
        self._test = only_scored(whole.take(torch.arange(2 * rows, 3 * rows)), scored, 0)

    @property
    def splits(self):
        return {"train": self.train, "validation": self.validation, "test": self._test}

    def domain(self, name, severity=None):
        if name == "clean":
            return self._test
        assert name == "turned", name
        return replace(self._test, inputs=self._test.inputs.flip(0).contiguous())


def tiny_llama(width=16):
    """Keys of `mtkd.language.causal_model` for a network that such rows fit into."""
    return {
        "_target_": "mtkd.language.causal_model",
        "model": {
            "model_type": "llama",
            "vocab_size": WORDS,
            "hidden_size": width,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "intermediate_size": 24,
            "max_position_embeddings": LENGTH,
            "initializer_range": 0.2,
            "tie_word_embeddings": True,
        },
    }


TRAINER = {"max_steps": 3, "max_epochs": -1, "batch_size": 8, "chunk": 32}
ADAM = {"_target_": "torch.optim.Adam", "_partial_": True, "lr": 1e-2}
SCHEDULED = {
    "_target_": "mtkd.schedules.warmup_cosine",
    "_partial_": True,
    "steps": 3,
    "optimizer": ADAM,
}


def teacher(seed, **changes):
    node = {"model": tiny_llama(), "seed": seed, "trainer": TRAINER, "optimizer": SCHEDULED}
    return node | changes


CONFIG = {
    "data": {"_target_": "tests.tokens.tiny.TinyText"},
    "student": tiny_llama(8),
    "teachers": {
        "even": teacher(1, relabel=[{"_target_": "mtkd.data.Only", "part": "even"}]),
        "loud": teacher(2, temperature=0.5, live=True),
    },
    "loss": {"_target_": "mtkd.losses.ForwardKL"},
    "weighting": {"_target_": "mtkd.weighting.UncertaintyGated"},
    "aggregation": "distances",
    "hard_share": 0.5,
    "label_smoothing": 0.0,
    "optimizer": SCHEDULED,
    "trainer": TRAINER,
    "seed": 0,
    "wandb": {"mode": "disabled"},
}
DOMAINS = ["clean", "turned"]
