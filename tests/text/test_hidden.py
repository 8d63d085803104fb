"""Tokens hidden from a masked model."""

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from mtkd.text import Instructions, TextData, Tokens
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


CONVERSATION = {"prompt": "the cat sat", "response": " on the mat with the other thing"}


def masked_data(folder, **options):
    """Instructions for a masked model, and the same ones for a causal model."""
    whole = word_piece()
    whole.add_special_tokens(["[MASK]"])
    names = {"mask_token": "[MASK]", "pad_token": "[PAD]", "eos_token": "[SEP]"}
    made = PreTrainedTokenizerFast(tokenizer_object=whole, **names)
    made.save_pretrained(folder / "masked")
    short = {"prompt": "x", "response": " the mat"}
    file = lines(folder / "b.jsonl", [CONVERSATION, short] * 6)
    splits = dict.fromkeys(("train", "validation", "test"), file)
    given = (str(folder / "masked"), splits)
    return (
        TextData(*given, form=Instructions(), hidden=0.4, seed=3, **options),
        TextData(*given, form=Instructions(), **options),
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("options", [{}, {"packing": "documents"}, {"length": 8, "long": "split"}])
def test_hidden_positions_are_those_that_count_and_nothing_else(options, tmp_path):
    """Token by token from the texts, which were never hidden or shifted."""
    data, causal = masked_data(tmp_path, **options)
    mask_token, hidden = data.tokens.plain.token_to_id("[MASK]"), 0
    for split in ("train", "validation", "test"):
        rows = {"ours": data.splits[split], "plain": causal.splits[split]}
        batches = {name: next(some.in_order(99)) for name, some in rows.items()}
        ours, plain = batches["ours"], batches["plain"]
        for row in range(len(rows["ours"])):
            for at in range(ours["inputs"].shape[1]):
                seen, truth = int(ours["inputs"][row, at]), int(plain["inputs"][row, at])
                label, counts = int(ours["labels"][row, at]), bool(ours["mask"][row, at])
                assert truth != mask_token
                assert counts == (seen == mask_token)
                assert label == (truth if counts else -1)
                assert counts or seen == truth
                # What a causal model would not learn either is never hidden: prompts, padding.
                learnt = at > 0 and int(plain["labels"][row, at - 1]) == truth
                assert learnt or not counts
                hidden += counts
            assert ours["mask"][row].any()
    assert hidden > 3


@pytest.mark.filterwarnings("ignore")
def test_a_masked_models_loss_is_that_of_the_hidden_tokens_at_their_own_place(tmp_path):
    """The mean over hidden positions of -log q(the token that stood there), by hand."""
    from mtkd.losses import ForwardKL
    from mtkd.objective import distillation_objective
    from mtkd.outputs import ModelOutput
    from mtkd.recipe import Recipe
    from mtkd.weighting import Uniform

    data, causal = masked_data(tmp_path)
    batch = next(data.train.in_order(99))
    truth = next(causal.train.in_order(99))["inputs"]
    logits = torch.randn(*truth.shape, data.classes, generator=torch.Generator().manual_seed(1))
    mask_token = data.tokens.plain.token_to_id("[MASK]")
    costs = [
        -float(logits[row, at].double().log_softmax(dim=0)[truth[row, at]])
        for row, at in (batch["inputs"] == mask_token).nonzero().tolist()
    ]
    counted = batch["mask"].flatten()
    output = ModelOutput(logits=logits.flatten(0, 1)[counted])
    labels = batch["labels"].flatten()[counted]
    recipe = Recipe(ForwardKL(), Uniform(), hard_share=1.0)
    found = distillation_objective(output, [], labels, torch.zeros_like(labels), recipe)
    assert len(labels) == len(costs)
    assert float(found.loss) / len(costs) == pytest.approx(sum(costs) / len(costs), rel=1e-5)


def test_a_row_without_a_token_to_learn_is_left_alone():
    learnt = LEARNT.clone()
    learnt[1] = -1
    inputs, labels = hide(INPUTS, learnt, 0.5, 7, seed=0)
    assert torch.equal(inputs[1], INPUTS[1])
    assert (labels[1] == -1).all()
