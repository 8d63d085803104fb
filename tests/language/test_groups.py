"""Parameter groups are made by name, and a name that means nothing is an error."""

import functools
import importlib.util

import pytest
import torch

from mtkd.config import instantiate
from mtkd.language import LowRankModel, causal_model, grouped, masked_model
from tests.language.families import CAUSAL, GPT2, LLAMA, MASKED, says

ADAMW = functools.partial(torch.optim.AdamW, lr=1.0, weight_decay=0.5)


def sorted_names(optimizer):
    """Names of the parameters by the (rate, decay) of their group."""
    return {
        (group["lr"], group["weight_decay"]): set(group["param_names"])
        for group in optimizer.param_groups
    }


@pytest.mark.parametrize("family", ["llama", "llama_tied", "gpt2", "phi", "bloom", "bert"])
def test_biases_norms_and_embeddings_have_no_weight_decay(family):
    model = masked_model(MASKED["bert"]) if family == "bert" else causal_model(CAUSAL[family])
    made = sorted_names(grouped(model.named_parameters(), ADAMW))
    tables = {
        f"{name}.weight"
        for name, layer in model.named_modules()
        if isinstance(layer, torch.nn.Embedding)
    }
    flat = {name for name, weight in model.named_parameters() if weight.dim() < 2}
    everything = {name for name, _ in model.named_parameters()}
    assert made == {(1.0, 0.0): flat | tables, (1.0, 0.5): everything - flat - tables}


def test_a_rate_of_its_own_keeps_the_rules_of_decay():
    model = causal_model(LLAMA)
    made = sorted_names(
        grouped(model.named_parameters(), ADAMW, rates={"lm_head": 3.0, "embed": 2})
    )
    assert made[3.0, 0.5] == {"model.lm_head.weight"}
    assert made[2.0, 0.0] == {"model.model.embed_tokens.weight"}
    assert set(made) == {(3.0, 0.5), (2.0, 0.0), (1.0, 0.5), (1.0, 0.0)}


@pytest.mark.skipif(importlib.util.find_spec("peft") is None, reason="peft is not installed")
def test_a_low_rank_addition_has_a_rate_of_its_own():
    student = LowRankModel(causal_model(GPT2), 2, ["c_attn"])
    trained = [pair for pair in student.named_parameters() if pair[1].requires_grad]
    made = sorted_names(grouped(trained, ADAMW, rates={"lora_": 7.0}))
    assert set(made) == {(7.0, 0.5)}
    assert len(made[7.0, 0.5]) == 4


def test_a_step_moves_each_group_at_its_own_rate():
    weights = {name: torch.nn.Parameter(torch.ones(2, 2)) for name in ("body.w", "lm_head.w")}
    sgd = functools.partial(torch.optim.SGD, lr=0.5)
    optimizer = grouped(weights.items(), sgd, rates={"lm_head": 0.25})
    sum(weight.sum() for weight in weights.values()).backward()
    optimizer.step()
    assert weights["body.w"].unique().tolist() == [0.5]
    assert weights["lm_head.w"].unique().tolist() == [0.75]


def test_a_config_names_it_like_any_optimizer():
    node = {
        "_target_": "mtkd.language.grouped",
        "_partial_": True,
        "optimizer": {"_target_": "torch.optim.AdamW", "_partial_": True, "lr": 1.0e-3},
        "rates": {"lm_head": 1.0e-4},
    }
    optimizer = instantiate(node, "optimizer")(causal_model(LLAMA).named_parameters())
    assert {group["lr"] for group in optimizer.param_groups} == {1e-3, 1e-4}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rates": {"lora_": 1.0}}, "rates has 'lora_', but no trained parameter has a part that"),
        ({"rates": {"lm": 1.0, "lm_head": 2.0}}, "gives model.lm_head.weight two rates, by lm and"),
        ({"rates": {"head": 1.0}}, "they are model.model.embed_tokens.weight, model.model.layers."),
    ],
)
def test_a_rate_that_means_nothing_or_too_much(options, words):
    with says(words):
        grouped(causal_model(LLAMA).named_parameters(), ADAMW, **options)


def test_parameters_without_names():
    with says("grouped needs names beside the parameters; give it named_parameters()"):
        grouped(causal_model(LLAMA).parameters(), ADAMW)
