"""Tiny configs of the families that the tests build, one for each way to finish a logit."""

import re

import pytest
import torch

CLASSES, POSITIONS = 31, 32

ROTARY = {
    "vocab_size": CLASSES,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": POSITIONS,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
ENCODER = {
    "vocab_size": CLASSES,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": POSITIONS,
}
GPT2 = {
    "model_type": "gpt2",
    "vocab_size": CLASSES,
    "n_embd": 16,
    "n_layer": 2,
    "n_head": 2,
    "n_positions": POSITIONS,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
LLAMA = {"model_type": "llama", **ROTARY}
GEMMA2 = {"model_type": "gemma2", **ROTARY, "head_dim": 8, "final_logit_softcapping": 3.0}

CAUSAL = {
    "llama": LLAMA,
    "llama_tied": {**LLAMA, "tie_word_embeddings": True},
    "qwen2": {"model_type": "qwen2", **ROTARY},
    "gemma2": GEMMA2,
    "gemma3": {**GEMMA2, "model_type": "gemma3_text", "final_logit_softcapping": None},
    "gpt2": GPT2,
    "cohere": {"model_type": "cohere", **ROTARY, "logit_scale": 0.3},
    "granite": {"model_type": "granite", **ROTARY, "logits_scaling": 7.0},
    "phi": {"model_type": "phi", **ROTARY},
    "qwen3_moe": {
        "model_type": "qwen3_moe",
        **ROTARY,
        "head_dim": 12,
        "num_experts": 3,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 8,
    },
    "bloom": {
        "model_type": "bloom",
        "vocab_size": CLASSES,
        "hidden_size": 16,
        "n_layer": 1,
        "n_head": 2,
    },
}
MASKED = {
    "bert": {"model_type": "bert", **ENCODER},
    "roberta": {"model_type": "roberta", **ENCODER, "pad_token_id": 1},
}
BART = {
    "model_type": "bart",
    "vocab_size": CLASSES,
    "d_model": 16,
    "max_position_embeddings": POSITIONS,
    "eos_token_id": 2,
    **{f"{side}_layers": 1 for side in ("encoder", "decoder")},
    **{f"{side}_ffn_dim": 24 for side in ("encoder", "decoder")},
    **{f"{side}_attention_heads": 2 for side in ("encoder", "decoder")},
}
T5 = {
    "model_type": "t5",
    "vocab_size": CLASSES,
    "d_model": 16,
    "d_kv": 8,
    "d_ff": 24,
    "num_layers": 1,
    "num_heads": 2,
    "decoder_start_token_id": 0,
}


def tokens(batch=3, length=9, seed=0):
    """`[batch, length]` token ids."""
    rng = torch.Generator().manual_seed(seed)
    return torch.randint(3, CLASSES, (batch, length), generator=rng)


def loud(model, seed=0):
    """`model` with weights so large, and biases so far from 0, that every part shows."""
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(10)
            else:
                weight.add_(torch.randn(weight.shape, generator=rng).to(weight) / 5)
    return model


def says(words):
    """A `ValueError` with these words in it."""
    return pytest.raises(ValueError, match=re.escape(words))
