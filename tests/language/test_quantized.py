"""Quantised teachers: smaller weights, a plain head, hidden states that make the model's logits."""

import importlib.util

import pytest
import torch

from mtkd.language import LowRankModel, causal_model, quantized, save_student
from mtkd.teachers import LiveTeacher
from tests.language.families import LLAMA, says, tokens

WIDE = {**LLAMA, "hidden_size": 64, "intermediate_size": 128}
TORCHAO = {"library": "torchao", "scheme": "Int8WeightOnlyConfig"}
SETTINGS = {
    "torchao, 8 bits": TORCHAO,
    "bitsandbytes, 8 bits": {"library": "bitsandbytes", "load_in_8bit": True},
    "bitsandbytes, 4 bits": {
        "library": "bitsandbytes",
        "load_in_4bit": True,
        "bnb_4bit_quant_type": "nf4",
    },
}


def here(library):
    return all(importlib.util.find_spec(name) for name in quantized.NEEDED[library])


def needs(library):
    return pytest.mark.skipif(not here(library), reason=f"{library} is not installed")


with_peft = pytest.mark.skipif(
    importlib.util.find_spec("peft") is None, reason="peft is not installed"
)
INSTALLED = [
    pytest.param(settings, marks=needs(settings["library"]), id=name)
    for name, settings in SETTINGS.items()
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A stored model, wide enough that its body weighs more than its head."""
    torch.manual_seed(0)
    place = tmp_path_factory.mktemp("models") / "wide"
    save_student(causal_model(WIDE), place)
    return place


@pytest.mark.parametrize("settings", INSTALLED)
@pytest.mark.parametrize("tied", [False, True], ids=["own head", "tied head"])
def test_a_quantized_teacher_hands_over_hidden_states_and_a_plain_head(tmp_path, settings, tied):
    torch.manual_seed(0)
    plain = causal_model({**WIDE, "tie_word_embeddings": tied}).eval()
    save_student(plain, tmp_path / "stored")
    teacher = LiveTeacher(
        causal_model(tmp_path / "stored", dtype="bfloat16", quantization=settings), "small"
    )
    inputs = tokens()
    output = teacher({"inputs": inputs, "labels": inputs}).output
    assert output.head.weight.dtype == torch.bfloat16
    assert output.head.weight.equal(plain.model.lm_head.weight.to(torch.bfloat16))
    with torch.no_grad():
        said = teacher.model.model(input_ids=inputs).logits
        wanted = plain.model(input_ids=inputs).logits
    torch.testing.assert_close(output.dense(), said, rtol=0.02, atol=0.02)
    assert (said - wanted).abs().max() < 0.2 * wanted.abs().max()
    layer = teacher.model.model.model.layers[0].self_attn.q_proj.weight
    assert type(layer) not in (torch.Tensor, torch.nn.Parameter), "nothing was quantised"
    assert not any(weight.requires_grad for weight in teacher.model.parameters())


@needs("torchao")
def test_a_quantized_head_is_refused(folder):
    import torchao.quantization

    model = causal_model(folder)
    torchao.quantization.quantize_(
        model.model,
        torchao.quantization.Int8WeightOnlyConfig(),
        filter_fn=lambda layer, name: name == "lm_head",
    )
    with says("the output head of LlamaForCausalLM is a Linear without a plain weight matrix"):
        type(model)(model.model, causal=True)


@with_peft
@pytest.mark.parametrize("settings", INSTALLED)
def test_a_low_rank_student_learns_on_quantized_weights_or_is_refused(tmp_path, folder, settings):
    base = causal_model(folder, quantization=settings)
    try:
        student = LowRankModel(base, 2, ["q_proj"])
    except ValueError as error:
        if "pass no gradient on cpu, so its additions would not learn" not in str(error):
            raise
        return
    student({"inputs": tokens()}).dense().square().sum().backward()
    for name, weight in student.named_parameters():
        assert (weight.grad is not None) == ("lora_" in name)
    with says("the weights below the additions of LlamaForCausalLM are quantised, so they cannot"):
        save_student(student, tmp_path / "student")


@with_peft
def test_weights_that_stop_gradients_are_refused_below_additions(folder):
    """The boundary, for machines without the libraries: a weight of another class that cuts."""

    class Small(torch.nn.Parameter):
        pass

    base = causal_model(folder)
    layer = base.model.model.layers[0].mlp.down_proj
    layer.weight = Small(layer.weight.detach(), requires_grad=False)
    LowRankModel(base, 2, ["q_proj"])
    base = causal_model(folder)
    last = base.model.model.layers[-1]
    last.mlp.down_proj.weight = Small(last.mlp.down_proj.weight.detach(), requires_grad=False)
    last.register_forward_hook(lambda layer, given, said: said.detach())
    with says("the quantised weights of LlamaForCausalLM pass no gradient on cpu, so its additio"):
        LowRankModel(base, 2, ["q_proj"])


def test_settings_reach_transformers_as_they_are(monkeypatch, folder):
    """The boundary to transformers, for machines without the libraries."""
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    monkeypatch.setattr(quantized, "find_spec", lambda name: name)
    given = {}

    def stub(name, **options):
        given.update(options)
        found = {"missing_keys": set(), "mismatched_keys": set()}
        return AutoModelForCausalLM.from_config(options["config"]), found

    monkeypatch.setattr(AutoModelForCausalLM, "from_pretrained", stub)
    settings = SETTINGS["bitsandbytes, 4 bits"]
    model = causal_model(folder, dtype="bfloat16", quantization=settings)
    assert isinstance(given["quantization_config"], BitsAndBytesConfig)
    assert given["quantization_config"].bnb_4bit_quant_type == "nf4"
    assert given["device_map"] == {"": torch.device("cpu")}
    assert given["dtype"] == torch.bfloat16
    assert not any(weight.requires_grad for weight in model.parameters())
