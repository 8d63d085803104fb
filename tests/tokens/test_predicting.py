"""What is stored of a position is the same however few positions are worked on at one time."""

import numpy as np
import pytest
import torch
from torch import nn

from mtkd.functional import log_probs
from mtkd.outputs import ModelOutput, OutputHead
from mtkd.token_evaluation import predict_tokens, predicting, record_states
from tests.tokens.tiny import WORDS, TinyText

RISKS = ("coverage", "likelihood")


class Table(nn.Module):
    """A hidden state for each token, and a head."""

    def __init__(self, seed):
        super().__init__()
        rng = torch.Generator().manual_seed(seed)
        self.rows, self.head = (torch.randn(WORDS, 8, generator=rng) for _ in range(2))

    def forward(self, batch):
        return ModelOutput(hidden=self.rows[batch["inputs"]], head=OutputHead(self.head))


@pytest.fixture
def said(monkeypatch):
    """Predictions with tiles of so many rows, and the most rows that were worked on together."""
    examples, rows = TinyText()._test, []
    teachers = {name: record_states(Table(seed), examples, name) for seed, name in enumerate("ab")}
    monkeypatch.setattr(
        predicting, "log_probs", lambda x, *t: rows.append(len(x)) or log_probs(x, *t)
    )

    def predicted(size):
        rows.clear()
        monkeypatch.setattr(predicting, "TILE", size * WORDS)
        return predict_tokens(Table(2), examples, 1.7, teachers), max(rows)

    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    return predicted


@pytest.mark.parametrize("chunk", [512, 20])
def test_rows_are_worked_on_a_few_at_a_time_with_the_same_numbers(chunk, said, monkeypatch):
    whole, rows = said(10**6)
    assert rows == len(whole) == 64
    monkeypatch.setattr(predicting, "CHUNK", chunk)
    tiled, rows = said(3)
    assert rows == 3
    assert tiled.extras.keys() == {f"{risk}_risk/{t}" for risk in RISKS for t in "ab"}
    for name, values in (vars(whole) | whole.extras).items():
        if isinstance(values, np.ndarray):
            found = tiled.extras[name] if name in whole.extras else vars(tiled)[name]
            np.testing.assert_allclose(found, values, rtol=1e-6, err_msg=name)
