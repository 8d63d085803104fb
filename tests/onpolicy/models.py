"""A student that can be enumerated, and what the tests ask of it."""

import torch
from torch import nn

from mtkd.onpolicy.progress import Progress
from mtkd.onpolicy.prompts import read_prompts
from mtkd.onpolicy.writing import Sampling, write
from mtkd.outputs import ModelOutput


class Bigram(nn.Module):
    """Logits of the next token from the last one only: a table `[token, token]`, in float64."""

    def __init__(self, classes=3, seed=0, spread=1.5):
        super().__init__()
        rng = torch.Generator().manual_seed(seed)
        table = torch.randn(classes, classes, generator=rng, dtype=torch.float64)
        self.table = nn.Parameter(spread * table)
        self.modes = []

    def forward(self, batch):
        self.modes.append(self.training)
        return ModelOutput(logits=self.table[batch["inputs"]])


def prompts(rows, pad=0):
    """A batch of prompts of unequal lengths, padded on the left."""
    longest = max(map(len, rows))
    return {
        "inputs": torch.tensor([[pad] * (longest - len(row)) + row for row in rows]),
        "attention_mask": torch.tensor(
            [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
        ),
        "draw": torch.arange(len(rows)),
    }


def written(student, batch, ends=(), new=6, **options):
    """Prompts and the text behind them."""
    sampling = Sampling(
        **{"temperature": 1.0, "top_p": 1.0, **options}, max_new_tokens=new, end_tokens=ends
    )
    asked = read_prompts(batch)
    return asked, write(student, asked, batch["draw"].tolist(), sampling, Progress())
