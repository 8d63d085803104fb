"""What is stored of a source that speaks of some classes, or only sometimes."""

import math

import pytest
import torch

from mtkd.data import Examples
from mtkd.functional import log_probs
from mtkd.outputs import ModelOutput
from mtkd.signals import CompleteSignal, PartialSignal, top_k
from mtkd.teachers import TeacherSource
from mtkd.token_predictions import NEAR, TokenPredictions, load_predictions, shared_candidates
from mtkd.trial.heard import hear, label_ranks
from mtkd.trial.items import even_log_probs, hear_items

CLASSES = 30


class Says(TeacherSource):
    """Speaks of what it reads: a signal made of the logits of each token."""

    def __init__(self, answer):
        super().__init__("says")
        self.answer = answer

    def observe(self, batch):
        return self.answer(batch)


def with_label(logits, labels, k):
    """The top k; the label in the place of the last where it is none of them, as servers do."""
    log_p, kept = log_probs(logits), logits.topk(k).indices
    outside = (kept != labels[..., None]).all(dim=-1)
    kept[..., -1] = torch.where(outside, labels, kept[..., -1])
    values = log_p.gather(-1, kept)
    tail = log_p.exp().scatter(-1, kept, 0).sum(dim=-1).log()
    return PartialSignal(kept, values, tail, logits.shape[-1])


@pytest.fixture
def drawn():
    torch.manual_seed(0)
    return torch.randn(400, CLASSES), torch.randint(CLASSES, (400,))


@pytest.mark.parametrize("k", [2, 3, 5])
def test_a_label_that_was_put_among_the_likeliest_is_not_near(drawn, k):
    logits, labels = drawn
    ranks = label_ranks(with_label(logits, labels, k), labels)
    true = (logits > logits.gather(1, labels[:, None])).sum(dim=1)
    assert (ranks[true < k - 1] == true[true < k - 1]).all()
    assert (ranks[true >= k] == (k + CLASSES) // 2).all()
    assert (true >= NEAR).sum() > 300
    assert not (ranks[true >= NEAR] < NEAR).any()


def test_ranks_by_hand():
    kept, tail = torch.tensor([[0, 1, 2]] * 4), torch.tensor([0.1, 0.25, 0.25, 0.25]).log()
    values = torch.tensor([[0.4, 0.3, 0.2], *[[0.4, 0.25, 0.1]] * 3]).log()
    signal = PartialSignal(kept, values, tail, 11)
    # The last kept class is more likely than the tail; less likely; the one before it; the tail.
    assert label_ranks(signal, torch.tensor([2, 2, 1, 9])).tolist() == [2, 7, 1, 7]


def test_of_many_kept_classes_only_the_last_rank_may_be_unknown(drawn):
    logits, labels = drawn
    true = (logits > logits.gather(1, labels[:, None])).sum(dim=1)
    for signal in (top_k(logits, 20), with_label(logits, labels, 20)):
        near = label_ranks(signal, labels) < NEAR
        assert torch.equal(near, true < NEAR)


def test_a_tail_in_another_precision_is_as_good():
    signal = top_k(torch.randn(3, 6, dtype=torch.float64), 2)
    mixed = PartialSignal(signal.kept.int(), signal.log_probs.float(), signal.log_tail, 6)
    found = even_log_probs(mixed)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, even_log_probs(signal))


def test_of_items_it_is_kept_where_a_source_spoke():
    labels = torch.arange(4) % CLASSES
    given = Examples(torch.randn(4, 2), labels, CLASSES)
    output = ModelOutput(logits=torch.randn(4, CLASSES))
    speaks = torch.tensor([True, False, True, True])
    said = hear_items(Says(lambda _: CompleteSignal(output, speaks)), given)
    assert said.present.tolist() == speaks.tolist()
    assert said.log_probs[1] == pytest.approx(-math.log(CLASSES))
    assert hear_items(Says(lambda _: CompleteSignal(output)), given).present is None
    always = CompleteSignal(output, torch.ones(4, dtype=torch.bool))
    assert hear_items(Says(lambda _: always), given).present is None


def test_of_tokens_too_and_in_the_file(tmp_path):
    labels = torch.tensor([[3, 4, -1], [5, 6, 7]])
    speaks = torch.tensor([[True, False, True], [False, True, True]])
    logits = torch.randn(2, 3, CLASSES)

    def answer(batch):
        return top_k(logits, 4).silenced(speaks)

    said = hear(Says(answer), Examples(torch.arange(6).reshape(2, 3), labels, CLASSES))
    assert said.present.tolist() == [True, False, False, True, True]
    said.save(tmp_path / "clean.npz")
    found = load_predictions(tmp_path / "clean.npz")
    assert isinstance(found, TokenPredictions)
    assert found.present.tolist() == said.present.tolist()
    assert found.scaled(2.0).present is found.present
    tokens = shared_candidates([found])
    assert (tokens[~found.present][:, 1:] == -1).all()
    assert (tokens[found.present][:, 1] >= 0).all()
