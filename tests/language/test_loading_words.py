"""What transformers cannot build or load is one sentence that names the settings to look at."""

import json

import pytest
import torch

import mtkd.language.loading
from mtkd.language import LowRankModel, causal_model, masked_model, sequence_classifier
from mtkd.language.wrong_config import told_config
from mtkd.memory import OutOfMemory
from tests.language.families import ENCODER, GPT2, LLAMA, MASKED, says

PAD = "below vocab_size, which is 31, or to null"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({**LLAMA, "pad_token_id": 9999}, f"set pad_token_id, which is 9999, {PAD}"),
        ({**ENCODER, "model_type": "phi3"}, f"set pad_token_id, which is 32000, {PAD}"),
        ({**ENCODER, "model_type": "modernbert-decoder"}, f"which is 50283, {PAD}"),
        ({**LLAMA, "hidden_act": "relux"}, "KeyError 'relux'; look at hidden_act: relux"),
        (
            {**LLAMA, "hidden_act": "relux", "attention_dropout": 0, "pretraining_tp": 0},
            "look at hidden_act: relux",
        ),
        (
            {**LLAMA, "rope_scaling": {"type": "foo"}},
            "'foo'; look at rope_scaling: {'type",
        ),
        ({**LLAMA, "rope_theta": None}, "look at rope_theta: None"),
        ({**LLAMA, "hidden_size": -4}, "negative dimension -4: [31, -4]; look at hidden_size: -4"),
        ({**LLAMA, "num_attention_heads": 0}, "by zero; look at num_attention_heads: 0"),
        ({**LLAMA, "vocab_size": 0}, "look at vocab_size: 0"),
        (
            {**LLAMA, "hidden_size": 24, "num_attention_heads": 4, "num_key_value_heads": 3},
            "make num_attention_heads, which is 4, a multiple of num_key_value_heads, which is 3",
        ),
        ({**LLAMA, "head_dim": 3}, "size of tensor a (3) must match the size of tensor b (4)"),
        ({**LLAMA, "head_dim": 3}, "; look at head_dim: 3"),
        ({**GPT2, "n_head": -4}, "look at n_head: -4"),
        ({**GPT2, "activation_function": "relux"}, "look at activation_function: relux"),
    ],
)
def test_a_config_that_cannot_be_built_names_what_to_change(config, words):
    with says(words) as caught:
        causal_model(config)
    sentence = str(caught.value)
    assert sentence.startswith(f"the config of a {config['model_type']} model cannot be built: ")
    assert "\n" not in sentence


def test_masked_models_and_classifiers_say_the_same():
    with says(f"set pad_token_id, which is 40, {PAD}"):
        masked_model({**MASKED["bert"], "pad_token_id": 40})
    wrong = {**LLAMA, "num_key_value_heads": 3, "pad_token_id": 0}
    with says("make num_attention_heads, which is 2, a multiple of num_key_value_heads"):
        sequence_classifier(wrong, classes=2)
    with says("the config of a llama model cannot be built"):
        sequence_classifier({**LLAMA, "num_labels": "two"})


def test_the_advice_about_padding_works():
    for family, pad in (("phi3", None), ("phi3", 30), ("modernbert-decoder", 30)):
        made = causal_model({**ENCODER, "model_type": family, "pad_token_id": pad})
        assert made.classes == ENCODER["vocab_size"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pad_token_id": 99}, f"cannot be loaded as a llama model: .*pad_token_id, .*99, {PAD}"),
        ({"hidden_act": "relux"}, "cannot be loaded as a llama model: .*look at hidden_act: relux"),
        ({"hidden_size": "big"}, "the config of .* cannot be read: .*expected int, got str .*mend"),
        ({"num_attention_heads": 3}, "cannot be read: .*is not a multiple of the number of"),
    ],
)
def test_a_stored_config_that_does_not_work_is_told(change, words, tmp_path):
    causal_model(LLAMA).model.save_pretrained(tmp_path)
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(ValueError, match=words) as caught:
        causal_model(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_model_larger_than_the_memory_is_told():
    huge = {**LLAMA, "hidden_size": 4_000_000, "num_attention_heads": 2}
    with pytest.raises(OutOfMemory, match=r"memory in a new model, which asked for .* GiB at once"):
        causal_model(huge)
    with pytest.raises(OutOfMemory, match=r"; use a smaller model .*dtype: bfloat16"):
        causal_model(huge)


def test_stored_weights_larger_than_the_memory_are_told(tmp_path, monkeypatch):
    causal_model(LLAMA).model.save_pretrained(tmp_path)

    def full(*given, **named):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 19.53 GiB. GPU 0")

    monkeypatch.setattr(mtkd.language.loading, "_check_whole", full)
    words = f"out of memory in the model {tmp_path}, which asked for 19.53 GiB at once; use a"
    with says(words):
        causal_model(tmp_path)


def test_what_is_no_mistake_of_the_config_passes_as_it_is():
    with pytest.raises(ValueError, match=r"^a sentence$"), told_config("it fails", {}):
        raise ValueError("a sentence")
    with pytest.raises(torch.OutOfMemoryError), told_config("it fails", {}):
        raise torch.OutOfMemoryError("CUDA out of memory")
    with says("it fails: no reason given; compare its settings with"), told_config("it fails", {}):
        raise AssertionError


@pytest.mark.parametrize(
    ("base", "words"),
    [
        (
            "some/model",
            "got 'some/model'; write base: {_target_: mtkd.language.causal_model",
        ),
        (7, "base must be a language model, got a int; write base"),
    ],
)
def test_the_base_of_a_low_rank_student_is_a_model(base, words):
    with says(words):
        LowRankModel(base, 2, ["q_proj"])


def test_the_base_of_a_low_rank_student_is_no_classifier():
    with says("base is a sequence classifier, whose own head must be trained beside the additions"):
        LowRankModel(sequence_classifier({**LLAMA, "pad_token_id": 0}), 2, ["q_proj"])


def test_an_addition_that_could_never_learn_is_refused():
    with says("scale must not be 0"):
        LowRankModel(causal_model(LLAMA), 2, ["q_proj"], scale=0)
