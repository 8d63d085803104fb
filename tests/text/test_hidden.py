"""Tokens hidden from a masked model."""

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from mtkd.text import TextData, Tokens
from mtkd.text.hidden import hide
from tests.text.made import lines, plain, word_piece

INPUTS = torch.arange(10, 34).reshape(2, 12)
LEARNT = torch.tensor([[1] * 11 + [-1], [-1] * 5 + [1, 1] + [-1] * 5])


def test_hidden_tokens_are_the_labels_at_their_own_place():
    inputs, labels = hide(INPUTS, LEARNT, 0.5, 7, seed=0)
    hidden = inputs == 7
    assert torch.equal(labels[hidden], INPUTS[hidden])
    assert (labels[~hidden] == -1).all()
    assert torch.equal(inputs[~hidden], INPUTS[~hidden])
    assert 2 <= int(hidden[0].sum()) <= 9


def test_only_tokens_that_may_be_learnt_are_hidden():
    _, labels = hide(INPUTS, LEARNT, 0.999, 7, seed=0)
    assert labels[1].nonzero().flatten().tolist() == list(range(12))
    assert (labels[1] >= 0).nonzero().flatten().tolist() == [6, 7]
    assert int(labels[0, 0]) == -1


def test_a_row_has_at_least_one():
    _, labels = hide(INPUTS, LEARNT, 1e-9, 7, seed=0)
    assert ((labels >= 0).sum(dim=1) == 1).all()


def test_the_share_is_about_what_was_asked_for():
    inputs = torch.ones(200, 100, dtype=torch.long)
    _, labels = hide(inputs, inputs, 0.15, 7, seed=0)
    assert abs(float((labels >= 0).float().mean()) - 0.15 * 0.99) < 0.01


@pytest.mark.filterwarnings("ignore")
def test_a_masked_model_predicts_what_is_hidden(tmp_path):
    from mtkd.language import masked_model

    names = {"mask_token": "[UNK]", "pad_token": "[PAD]", "eos_token": "[SEP]"}
    made = PreTrainedTokenizerFast(tokenizer_object=word_piece(), **names)
    made.save_pretrained(tmp_path / "folder")
    file = lines(tmp_path / "a.jsonl", [{"text": "the cat sat on the mat"}] * 3)
    splits = dict.fromkeys(("train", "validation", "test"), file)
    data = TextData(str(tmp_path / "folder"), splits, hidden=0.3)
    batch = next(data.train.in_order(3))
    config = {"model_type": "bert", "vocab_size": data.classes, "hidden_size": 8}
    config |= {"intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    output = masked_model(config)(batch)
    assert output.classes == data.classes
    assert (batch["inputs"][batch["mask"]] == data.tokens.mask).all()


def test_a_tokenizer_without_a_mask_token_is_told(tmp_path, tokens):
    with pytest.raises(ValueError, match="declares no mask token to hide tokens with"):
        plain(tmp_path, tokens, hidden=0.3)
    with pytest.raises(ValueError, match="hidden must lie between 0 and 1"):
        plain(tmp_path, tokens, hidden=15)
    assert isinstance(tokens, Tokens)
