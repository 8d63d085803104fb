"""Documents packed into one sequence are read as if each were alone, or the model is refused."""

import pytest
import torch

from mtkd.language import causal_model, masked_model, sequence_classifier
from tests.language.families import (
    CAUSAL,
    CLASSES,
    ENCODER,
    GPT2,
    LLAMA,
    MASKED,
    POSITIONS,
    ROTARY,
    loud,
    says,
    tokens,
)

PACKING = {
    **{name: config for name, config in CAUSAL.items() if name != "bloom"},
    "qwen3": {"model_type": "qwen3", **ROTARY, "head_dim": 8},
    "gemma": {"model_type": "gemma", **ROTARY, "head_dim": 8},
    "mistral": {"model_type": "mistral", **ROTARY, "sliding_window": 4},
}
# These take position_ids, and read across the borders nevertheless.
BLIND = {
    "OPTForCausalLM": {
        "model_type": "opt",
        "vocab_size": CLASSES,
        "hidden_size": 16,
        "ffn_dim": 24,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "max_position_embeddings": POSITIONS,
        "word_embed_proj_dim": 16,
    },
    "FalconForCausalLM": {
        "model_type": "falcon",
        "vocab_size": CLASSES,
        "hidden_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    },
    "BertLMHeadModel": {**MASKED["bert"], **ENCODER, "is_decoder": True},
}


def made(config, **options):
    torch.manual_seed(0)
    return loud(causal_model(config, **options)).eval()


def packed(*documents):
    """A batch whose only sequence holds all documents, each counted from 0."""
    positions = torch.cat([torch.arange(document.shape[1]) for document in documents])
    return {"inputs": torch.cat(documents, dim=1), "positions": positions[None]}


@pytest.mark.parametrize("family", PACKING)
def test_packed_documents_are_what_each_is_alone(family):
    adapter, one, two = made(PACKING[family]), tokens(1, 6, seed=1), tokens(1, 7, seed=2)
    alone = torch.cat([adapter({"inputs": text}).hidden for text in (one, two)], dim=1)
    together = packed(one, two)
    torch.testing.assert_close(adapter(together).hidden, alone)
    mixed = adapter({"inputs": together["inputs"]}).hidden
    assert (mixed - alone)[:, 6:].abs().max() > 0.1, "too quiet to show a document reading another"


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_gradients_of_packed_documents_are_those_of_each_alone(family):
    gradients = []
    for batches in ([packed(tokens(1, 4), tokens(1, 5))], [packed(tokens(1, n)) for n in (4, 5)]):
        adapter = made(PACKING[family], dtype="float64", gradient_checkpointing=True)
        sum(adapter(batch).dense().square().sum() for batch in batches).backward()
        gradients.append([weight.grad for weight in adapter.parameters()])
    torch.testing.assert_close(*gradients)


def test_an_attention_mask_beside_positions_does_not_undo_the_borders():
    adapter, together = made(LLAMA), packed(tokens(1, 4, seed=1), tokens(1, 4, seed=2))
    plain = adapter(together).hidden
    mask = torch.ones_like(together["inputs"])
    assert adapter({**together, "attention_mask": mask}).hidden.equal(plain)


@pytest.mark.parametrize("before", [True, False], ids=["padding first", "padding last"])
def test_padding_that_is_counted_apart_is_not_read(before):
    adapter, text, padding = made(LLAMA), tokens(1, 5), tokens(1, 3, seed=9)
    documents = (padding, text) if before else (text, padding)
    rows = slice(3, None) if before else slice(5)
    hidden = adapter(packed(*documents)).hidden[:, rows]
    torch.testing.assert_close(hidden, adapter({"inputs": text}).hidden)


def test_packed_documents_may_be_longer_together_than_the_model_knows():
    adapter, half = made(GPT2), tokens(1, POSITIONS // 2 + 1)
    assert adapter(packed(half, half)).hidden.shape[1] == POSITIONS + 2
    with says("a sequence of 33 tokens is longer than the 32 positions of GPT2LMHeadModel"):
        adapter(packed(tokens(1, POSITIONS + 1), half))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", BLIND)
def test_a_model_that_ignores_the_borders_is_refused(name, dtype):
    torch.manual_seed(0)
    adapter = causal_model(BLIND[name], dtype=dtype).eval()
    with says(f"{name} ignores where packed documents start, so they would read each other"):
        adapter(packed(tokens(1, 4), tokens(1, 4)))


@pytest.mark.parametrize("family", ["llama", "gpt2", "gemma2", "qwen3"])
def test_a_new_model_in_bfloat16_is_not_refused(family):
    torch.manual_seed(0)
    adapter = causal_model(PACKING[family], dtype="bfloat16")
    adapter(packed(tokens(1, 4), tokens(1, 4)))
    assert adapter.packs
    assert adapter.training


def test_a_model_that_takes_no_positions_is_refused():
    with says("BloomForCausalLM takes no positions, so packed documents would read each other"):
        made(CAUSAL["bloom"])(packed(tokens(1, 4), tokens(1, 4)))


def test_models_that_read_both_sides_or_whole_sequences_are_refused():
    batch = packed(tokens(1, 4), tokens(1, 4))
    with says("BertForMaskedLM reads its text from both sides, so packed documents would"):
        masked_model(MASKED["bert"])(batch)
    with says("LlamaForSequenceClassification gives one answer for each sequence"):
        sequence_classifier(LLAMA, padding=0)(batch)


@pytest.mark.parametrize("positions", [torch.arange(4), torch.zeros(1, 4)])
def test_positions_that_do_not_fit_the_tokens(positions):
    with says("positions must be whole numbers [batch, length] = [1, 4], got torch."):
        made(LLAMA)({"inputs": tokens(1, 4), "positions": positions})


def test_a_model_that_reads_numbered_tokens_otherwise_is_refused():
    adapter, given = made(LLAMA), []
    adapter.model.register_forward_pre_hook(
        lambda _, arguments, options: given.append("position_ids" in options), with_kwargs=True
    )
    adapter.model.get_output_embeddings().register_forward_pre_hook(
        lambda _, arguments: (arguments[0] + given[-1],)
    )
    with says("LlamaForCausalLM ignores where packed documents start"):
        adapter(packed(tokens(1, 4, seed=1), tokens(1, 4, seed=2)))
