"""Models and batches that would be distilled wrongly are refused, in one sentence."""

import pytest
import torch
from torch import nn

from mtkd.language import TokenModel, causal_model, masked_model, sequence_classifier
from tests.language.families import (
    CLASSES,
    ENCODER,
    GPT2,
    LLAMA,
    MASKED,
    POSITIONS,
    T5,
    says,
    tokens,
)


def test_a_model_whose_head_was_taken_away():
    model = causal_model(GPT2).model
    model.get_output_embeddings = lambda: None
    with says("GPT2LMHeadModel has no output head over tokens"):
        TokenModel(model, causal=True)


def test_a_head_without_a_plain_weight_matrix():
    model = causal_model(LLAMA).model
    model.set_output_embeddings(nn.Sequential(model.get_output_embeddings()))
    with says("the output head of LlamaForCausalLM is a Sequential without a plain weight matrix"):
        TokenModel(model, causal=True)


def changed(change):
    """A model whose logits are changed after its head."""
    model = causal_model(LLAMA).model

    def apply(layer, arguments, output):
        output.logits = change(output.logits)
        return output

    model.register_forward_hook(apply)
    return model


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda logits: logits.clamp(max=20),
            "-130, 1.05e+06] into [0, 0.000977, -3, 11, 20, -130",
        ),
        (lambda logits: logits + 1, "into [1, 1, -2, 12, 46, -129, 1.05e+06], which no scale"),
        (lambda logits: logits.log_softmax(-1), "into [-3.43, -3.43, -3.43, -3.43, -3.43"),
        (lambda logits: logits[..., :-1], "does not make its logits by one call of its output"),
        (
            lambda logits: logits.index_fill(-1, torch.tensor([3]), -1e4),
            "into [0, 0.000977, -3, 11, 45, -130, 1.05e+06], which no scale",
        ),
    ],
    ids=["clamped", "shifted", "normalised", "shortened", "suppressed"],
)
def test_a_model_that_does_something_else_to_its_logits(change, words):
    model = changed(change)
    with says(words):
        TokenModel(model, causal=True)
    assert not model.get_output_embeddings()._forward_hooks


def test_a_soft_cap_far_above_all_usual_logits_is_found():
    model = TokenModel(changed(lambda logits: 1e5 * (logits / 1e5).tanh()), causal=True)
    assert (model.scale, model.softcap) == (1.0, 1e5)


def test_a_weight_behind_the_head_would_not_learn():
    with says(
        "EsmForMaskedLM changes its logits behind its output head by lm_head.bias, which would not "
        "learn; write a model that returns mtkd.outputs.ModelOutput(logits=...)"
    ):
        masked_model({"model_type": "esm", **ENCODER, "pad_token_id": 1, "mask_token_id": 4})
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("padding", [0, 2, 5, 6])
def test_a_model_that_stops_at_its_padding_does_not_hide_that_it_looks_ahead(padding):
    config = {"model_type": "xlm", "vocab_size": CLASSES, "emb_dim": 16, "n_layers": 1}
    with says("XLMWithLMHeadModel sees later tokens, so it is not causal"):
        causal_model(config | {"n_heads": 2, "pad_index": padding})


@pytest.mark.parametrize("classes", [1, 2, 4, 5, 7])
def test_a_vocabulary_smaller_than_the_probes_is_no_mistake(classes):
    small = {"vocab_size": classes, "bos_token_id": 0, "eos_token_id": 0}
    assert causal_model(LLAMA | small).classes == classes


def test_a_model_that_looks_ahead_is_not_causal():
    with says("BertLMHeadModel sees later tokens, so it is not causal; set is_decoder: true"):
        causal_model(MASKED["bert"])
    assert causal_model({**MASKED["bert"], "is_decoder": True}).classes == CLASSES


@pytest.mark.parametrize("make", [causal_model, lambda c: sequence_classifier(c, padding=0)])
def test_a_sequence_longer_than_the_model(make):
    adapter = make(LLAMA)
    adapter({"inputs": tokens(length=POSITIONS)})
    with says("33 tokens is longer than the 32 positions of Llama"):
        adapter({"inputs": tokens(length=POSITIONS + 1)})


@pytest.mark.parametrize("inputs", [torch.zeros(4), torch.zeros(2, 3), torch.zeros(2, 3, 4)])
def test_inputs_that_are_no_tokens(inputs):
    with says("reads token ids [batch, length], got torch.float32 of shape"):
        causal_model(GPT2)({"inputs": inputs})


def test_a_classifier_without_a_padding_token():
    with says("LlamaForSequenceClassification cannot read a batch of sequences") as error:
        sequence_classifier(LLAMA, classes=2)
    assert "give padding=, the id of its padding token" in str(error.value)


def test_a_classifier_that_lacks_something_else_is_not_told_to_pad():
    start = {"decoder_start_token_id": None}
    with says("T5ForSequenceClassification cannot read a batch of sequences (self.mo") as error:
        sequence_classifier(T5 | start, classes=2)
    assert str(error.value).endswith("; mend its config")
    with says("unknown setting 'decoder_start_token_id' of model_type 'llama'"):
        sequence_classifier(LLAMA | start, classes=2)
