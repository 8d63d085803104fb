"""A low-rank student starts as the model it was, trains its addition only, and merges."""

import importlib.util
import sys

import pytest
import torch

from mtkd.config import instantiate
from mtkd.language import LowRankModel, causal_model
from mtkd.language.sums import summed
from mtkd.losses import ForwardKL
from mtkd.objective import distillation_objective
from mtkd.recipe import Recipe
from mtkd.weighting import Uniform
from tests.language.families import GEMMA2, GPT2, LLAMA, loud, says, tokens

HERE = importlib.util.find_spec("peft") is not None
with_peft = pytest.mark.skipif(not HERE, reason="peft is not installed")


def trained(config, targets, **options):
    """A low-rank student after one step on the labels."""
    torch.manual_seed(0)
    student = LowRankModel(loud(causal_model(config)), 2, targets, **options).eval()
    words = tokens(length=10)
    output = student({"inputs": words[:, :-1]}).map(lambda values: values.flatten(0, 1))
    recipe = Recipe(ForwardKL(), Uniform(), hard_share=1.0, chunk=4)
    labels = words[:, 1:].flatten()
    objective = distillation_objective(output, [], labels, torch.zeros_like(labels), recipe)
    objective.loss.backward()
    for name, weight in student.named_parameters():
        assert weight.requires_grad == ("lora_" in name)
        assert (weight.grad is not None) == weight.requires_grad
        if weight.requires_grad:
            weight.data -= 0.1 * weight.grad
    return student


@with_peft
@pytest.mark.parametrize(
    ("config", "targets"),
    [(LLAMA, ["q_proj", "v_proj"]), (GEMMA2, ["down_proj"]), (GPT2, ["c_attn"])],
    ids=["llama", "gemma2", "gpt2"],
)
def test_the_addition_is_trained_alone_and_merges_into_the_weights(tmp_path, config, targets):
    torch.manual_seed(0)
    before = loud(causal_model(config)).eval()({"inputs": tokens()}).dense()
    student = trained(config, targets, scale=3.0)
    after = student({"inputs": tokens()}).dense()
    assert not after.allclose(before, atol=1e-3)
    student.merged().model.save_pretrained(tmp_path)
    again = causal_model(tmp_path).eval()
    torch.testing.assert_close(again({"inputs": tokens()}).dense(), after, rtol=1e-4, atol=1e-4)


@with_peft
def test_a_config_says_rank_and_targets():
    node = {
        "_target_": "mtkd.language.LowRankModel",
        "base": {"_target_": "mtkd.language.causal_model", "model": LLAMA, "dtype": "bfloat16"},
        "rank": 3,
        "targets": ["q_proj", "up_proj"],
    }
    student = instantiate(node, "student")
    sizes = {
        name.split(".")[-4]: tuple(weight.shape)
        for name, weight in student.named_parameters()
        if "lora_A" in name
    }
    assert sizes == {"q_proj": (3, 16), "up_proj": (3, 16)}


@with_peft
def test_gradient_checkpointing_gives_the_same_gradients():
    gradients = []
    for checkpointing in (False, True):
        torch.manual_seed(0)
        base = loud(causal_model(LLAMA, gradient_checkpointing=checkpointing))
        student = LowRankModel(base, 2, ["q_proj", "down_proj"])
        student({"inputs": tokens()}).dense().square().sum().backward()
        found = {name: weight.grad for name, weight in student.named_parameters()}
        gradients.append([grad for name, grad in found.items() if "lora_B" in name])
        assert all(grad.abs().max() > 0 for grad in gradients[-1])
    torch.testing.assert_close(*gradients)


@with_peft
def test_it_starts_as_the_model_it_was():
    torch.manual_seed(0)
    base = loud(causal_model(LLAMA)).eval()
    before = base({"inputs": tokens()}).dense()
    student = LowRankModel(base, 2, ["q_proj"]).eval()
    torch.testing.assert_close(student({"inputs": tokens()}).dense(), before)


def test_without_peft(monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with says("needs peft, which is not installed; pip install 'mtkd[lora]'"):
        LowRankModel(causal_model(LLAMA), 2, ["q_proj"])


@pytest.mark.parametrize(
    ("rank", "targets", "words"),
    [
        (0, ["q_proj"], "rank must be at least 1, got 0"),
        (2, ["q_proj", "w_proj"], "is called 'w_proj'; its layers are down_proj, gate_proj, k_p"),
        (2, ["lm_head"], "no layer of LlamaForCausalLM that can have an addition is called 'lm_h"),
        (2, [], "targets is empty; name some of down_proj"),
    ],
)
def test_a_wrong_rank_or_target(rank, targets, words):
    with says(words):
        LowRankModel(causal_model(LLAMA), rank, targets)


def test_a_weight_and_its_addition_are_rounded_once():
    # Half a bfloat16 step above 1, and a little: rounded before the sum the little would be lost.
    one, little = torch.ones(1, dtype=torch.bfloat16), torch.tensor([2**-8 + 2**-20])
    assert summed(one, little, "model").item() == 1 + 2**-7


@with_peft
@pytest.mark.parametrize("config", [LLAMA, GPT2], ids=["llama", "gpt2"])
def test_the_scale_is_a_plain_factor_on_the_addition(config):
    torch.manual_seed(0)
    target = "q_proj" if config is LLAMA else "c_attn"
    base = causal_model(config)
    before = {name: weight.clone() for name, weight in base.weights().items()}
    student = LowRankModel(base, 2, [target], scale=3.0)
    parts = {name: weight for name, weight in student.named_parameters() if "lora_" in name}
    for weight in parts.values():
        torch.nn.init.normal_(weight)
    a, b = next(pair for pair in zip(*[iter(parts.values())] * 2, strict=True))
    name = next(name for name in before if f"{target}.weight" in name)
    added = student.weights()[name] - before[name]
    wanted = 3.0 * (b @ a)
    torch.testing.assert_close(added, wanted if config is LLAMA else wanted.T)
