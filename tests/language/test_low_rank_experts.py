"""Additions to experts are exported with the student; layers that do not learn are told."""

import importlib.util

import pytest
import torch

from mtkd.language import LowRankModel, causal_model, save_additions, save_student
from tests.language.families import GPT2, LLAMA, ROTARY, loud, says, tokens

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("peft") is None, reason="peft is not installed"
)

EXPERTS = {
    **ROTARY,
    "model_type": "glm4_moe",
    "moe_intermediate_size": 8,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "first_k_dense_replace": 1,
}
FORWARD = ["gate_proj", "up_proj", "down_proj"]
FALCON_MAMBA = {
    "model_type": "falcon_mamba",
    "vocab_size": 31,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "state_size": 4,
    "time_step_rank": 2,
}
LLAMA4 = {
    **ROTARY,
    "model_type": "llama4_text",
    "intermediate_size_mlp": 24,
    "head_dim": 8,
    "num_local_experts": 2,
}
ZAMBA2 = {
    **ROTARY,
    "model_type": "zamba2",
    "mamba_d_state": 4,
    "mamba_ngroups": 1,
    "n_mamba_heads": 2,
    "layers_block_type": ["mamba", "hybrid"],
    "num_mem_blocks": 1,
}
CTRL = {"model_type": "ctrl", "vocab_size": 31, "n_embd": 16, "n_layer": 1, "n_head": 2, "dff": 8}


def logits(model):
    return model.eval()({"inputs": tokens()}).dense()


def student_of(base, targets):
    """A low-rank student whose additions say something."""
    student = LowRankModel(base, 2, targets)
    for name, weight in student.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.3)
    return student


@pytest.fixture
def folder(tmp_path):
    """A stored model whose experts are one weight, beside a dense layer and a shared expert."""
    torch.manual_seed(0)
    save_student(loud(causal_model(EXPERTS)), tmp_path / "base")
    return tmp_path / "base"


@pytest.mark.filterwarnings("ignore:these layers of")
def test_additions_to_experts_are_in_the_exported_weights(tmp_path, folder):
    student = student_of(causal_model(folder), [*FORWARD, "q_proj"])
    said = logits(student)
    assert not said.allclose(logits(causal_model(folder)), atol=0.1)
    save_student(student, tmp_path / "student")
    torch.testing.assert_close(
        logits(causal_model(tmp_path / "student")), said, rtol=1e-4, atol=1e-4
    )
    torch.testing.assert_close(logits(student.merged()), said, rtol=1e-4, atol=1e-4)


@pytest.mark.filterwarnings("ignore:these layers of", "ignore:The following", "ignore:.is_grad")
def test_peft_adds_the_additions_to_experts_again(tmp_path, folder):
    from peft import PeftModel

    student = student_of(causal_model(folder), FORWARD)
    save_additions(student, tmp_path / "additions")
    base = causal_model(folder).model
    again = PeftModel.from_pretrained(base, tmp_path / "additions").eval()
    torch.testing.assert_close(again(input_ids=tokens()).logits, logits(student))


def test_a_weight_by_an_unknown_name_is_never_written(tmp_path):
    student = LowRankModel(causal_model(LLAMA), 2, ["q_proj"])
    student.model.model.norm.register_buffer("inner", torch.zeros(1))
    with says("peft keeps model.norm.inner of LlamaForCausalLM by another name than mtkd knows"):
        save_student(student, tmp_path / "student")
    assert not (tmp_path / "student").exists()


def test_layers_without_an_addition_are_told(folder):
    with pytest.warns(UserWarning, match="these layers of Glm4Moe") as seen:
        LowRankModel(causal_model(folder), 2, [*FORWARD, "q_proj"])
    names = [
        f"model.layers.*.mlp.{part}{name}"
        for part in ("", "shared_experts.")
        for name in sorted(FORWARD)
    ]
    assert len(seen) == 1, "peft wonders about its own settings"
    assert str(seen[0].message) == (
        "these layers of Glm4MoeForCausalLM stay as they are, although targets name them: "
        f"{', '.join(sorted(names))}; peft takes these names for its experts'"
    )


def test_layers_that_text_does_not_reach_are_told():
    config = {**GPT2, "add_cross_attention": True}
    with pytest.warns(UserWarning, match=r": transformer\.h\.\*\.crossattention\.c_attn; text "):
        student = LowRankModel(causal_model(config), 2, ["c_attn"])
    student({"inputs": tokens()}).dense().sum().backward()
    unread = {name for name, weight in student.named_parameters() if "lora_" in name}
    unread -= {name for name, weight in student.named_parameters() if weight.grad is not None}
    assert unread
    assert all("crossattention" in name for name in unread)


def test_a_layer_that_is_never_called_is_refused():
    with says(
        "no gradient reaches additions to dt_proj of FalconMambaForCausalLM, so they would not "
        "learn: it never calls these layers"
    ):
        LowRankModel(causal_model(FALCON_MAMBA), 2, ["x_proj", "dt_proj"])
    LowRankModel(causal_model(FALCON_MAMBA), 2, ["x_proj"])


@pytest.mark.parametrize(("needed", "tried"), [(1, [2]), (9, [2, 32])])
def test_layers_that_work_on_longer_texts_only_are_found(monkeypatch, needed, tried):
    lengths, forward = [], LowRankModel.forward

    def counted(self, batch):
        lengths.append(batch["inputs"].shape[1])
        return forward(self, batch)

    monkeypatch.setattr(LowRankModel, "forward", counted)
    base = causal_model({**LLAMA, "num_hidden_layers": 1})
    attention = base.model.model.layers[0].self_attn
    attention.register_forward_hook(
        lambda layer, given, said: said if said[0].shape[1] >= needed else (said[0].detach(), None)
    )
    LowRankModel(base, 2, ["q_proj"])
    assert lengths == tried


def test_trying_leaves_the_random_state_and_the_mode_alone(monkeypatch):
    states = []
    for check in (True, False):
        if not check:
            monkeypatch.setattr("mtkd.language.low_rank.check_learning", lambda *given: None)
        torch.manual_seed(0)
        student = LowRankModel(
            causal_model({**LLAMA, "attention_dropout": 0.5}), 2, ["q_proj"], dropout=0.5
        )
        assert all(layer.training for layer in student.modules())
        assert all(weight.grad is None for weight in student.parameters())
        states.append((torch.get_rng_state(), [*student.state_dict().values()]))
    assert states[0][0].equal(states[1][0])
    assert all(one.equal(other) for one, other in zip(states[0][1], states[1][1], strict=True))


@pytest.mark.parametrize(
    ("config", "name", "others"),
    [
        (LLAMA4, "router", "down_proj, gate_proj, k_proj, o_proj"),
        (CTRL, "0", "Wk, Wq, Wv, dense"),
        (ZAMBA2, "0", "down_proj, gate_up_proj"),
    ],
    ids=["llama4", "ctrl", "zamba2"],
)
def test_what_is_no_plain_layer_is_no_target(config, name, others):
    with says(f"that can have an addition is called {name!r}; its layers are {others}"):
        LowRankModel(causal_model(config), 2, [name])


def test_what_peft_refuses_is_one_sentence(folder):
    with says(
        "Glm4MoeForCausalLM cannot have additions to gate_proj: Cannot convert PEFT target(s) "
        "gate_proj without also targeting up_proj"
    ):
        LowRankModel(causal_model(folder), 2, ["gate_proj"])
