"""What comes back from a folder or a config: the same weights, the asked type, nothing unsafe."""

import ast
import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, LlamaConfig

import mtkd.language
from mtkd.language import causal_model, masked_model, save_student, sequence_classifier
from tests.language.families import GEMMA2, GPT2, LLAMA, MASKED, tokens

FILES = sorted(Path(mtkd.language.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("config", [LLAMA, GEMMA2, GPT2], ids=["llama", "gemma2", "gpt2"])
def test_a_saved_model_comes_back_the_same(tmp_path, config):
    before = causal_model(config).eval()
    before.model.save_pretrained(tmp_path)
    after = causal_model(str(tmp_path)).eval()
    one, other = before({"inputs": tokens()}), after({"inputs": tokens()})
    torch.testing.assert_close(one.dense(), other.dense(), rtol=0, atol=0)
    assert (after.scale, after.softcap) == (before.scale, before.softcap)


def test_a_config_gives_other_weights_for_another_seed_and_the_same_for_the_same():
    weights = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        weights.append(causal_model(GPT2).model.get_input_embeddings().weight)
    assert weights[0].equal(weights[1])
    assert not weights[0].equal(weights[2])


def test_making_a_model_draws_its_weights_from_the_seed_and_nothing_more():
    config = {**LLAMA, "attention_dropout": 0.5}
    torch.manual_seed(0)
    plain = AutoModelForCausalLM.from_config(LlamaConfig(**config))
    state = torch.get_rng_state()
    torch.manual_seed(0)
    adapter = causal_model(config)
    assert torch.get_rng_state().equal(state)
    torch.testing.assert_close(adapter.model.state_dict(), plain.state_dict())


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64"])
def test_a_model_has_the_type_that_is_asked_for(tmp_path, name):
    causal_model(LLAMA).model.save_pretrained(tmp_path)
    for adapter in (causal_model(LLAMA, dtype=name), causal_model(tmp_path, dtype=name)):
        assert {weight.dtype for weight in adapter.parameters()} == {getattr(torch, name)}


def test_without_a_type_the_stored_one_is_kept(tmp_path):
    causal_model(LLAMA, dtype="bfloat16").model.save_pretrained(tmp_path)
    assert causal_model(tmp_path).model.dtype == torch.bfloat16
    assert causal_model(LLAMA).model.dtype == torch.float32


def test_a_classifier_can_start_from_a_language_model(tmp_path):
    language = causal_model(LLAMA).model
    language.save_pretrained(tmp_path)
    classifier = sequence_classifier(tmp_path, classes=3, padding=0)
    torch.testing.assert_close(
        classifier.model.get_input_embeddings().weight, language.get_input_embeddings().weight
    )
    classifier.model.save_pretrained(tmp_path / "again")
    again = sequence_classifier(tmp_path / "again").eval()
    torch.testing.assert_close(
        again({"inputs": tokens()}).logits, classifier.eval()({"inputs": tokens()}).logits
    )


def test_a_masked_model_comes_back_the_same(tmp_path):
    before = masked_model(MASKED["bert"]).eval()
    before.model.save_pretrained(tmp_path)
    after = masked_model(tmp_path).eval()
    batch = {"inputs": tokens()}
    torch.testing.assert_close(after(batch).dense(), before(batch).dense())


def test_weights_that_could_run_code_are_not_read(tmp_path):
    model = causal_model(LLAMA).model
    model.config.save_pretrained(tmp_path)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(ValueError, match=r"has no readable model\.safetensors"):
        causal_model(tmp_path)


def test_code_beside_the_weights_is_not_run(tmp_path):
    causal_model(LLAMA).model.save_pretrained(tmp_path)
    ran = tmp_path / "ran"
    (tmp_path / "own.py").write_text(f"open({str(ran)!r}, 'w')")
    config = json.loads((tmp_path / "config.json").read_text())
    config["auto_map"] = {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    causal_model(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({**config, "model_type": "own"}))
    with pytest.raises(ValueError, match="mtkd runs no code that comes with a model"):
        causal_model(tmp_path)
    assert not ran.exists()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_importing_the_package_imports_neither_transformers_nor_what_comes_with_it(path):
    for node in ast.parse(path.read_text()).body:
        names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names.append(node.module)
        roots = {name.partition(".")[0] for name in names}
        assert not roots & {"transformers", "huggingface_hub", "tokenizers", "peft"}


def test_no_bar_is_drawn_and_bars_are_on_again(tmp_path, capfd):
    from transformers.utils import logging

    before = logging.is_progress_bar_enabled()
    logging.enable_progress_bar()
    save_student(causal_model(LLAMA), tmp_path / "model")
    causal_model(tmp_path / "model")
    assert "%" not in capfd.readouterr().err
    assert logging.is_progress_bar_enabled()
    if not before:
        logging.disable_progress_bar()
