"""One sentence for each mistake in a name, a config or a folder."""

import json

import pytest
import torch

from mtkd.language import causal_model, masked_model, sequence_classifier
from mtkd.language.placement import known_device
from tests.language.families import LLAMA, ROTARY, says


def saved(model, folder):
    model.save_pretrained(folder)
    return folder


def test_a_hub_name_that_is_not_here_says_both_places_that_were_looked_at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with says(f"config.json of 'nobody/nothing' is neither in the folder {tmp_path}") as error:
        causal_model("nobody/nothing")
    advice = "models--nobody--nothing; if it is a hub name, local_files_only: false downloads it"
    assert advice in str(error.value)
    assert "\n" not in str(error.value)


def test_a_folder_that_does_not_exist(tmp_path):
    with says(f"there is no folder {tmp_path / 'gone'}; give one written by save_pretrained"):
        causal_model(tmp_path / "gone")


@pytest.mark.parametrize("name", ["models/gone", "./gone", "models/old/gone", "gone/"])
def test_what_can_only_be_a_folder_is_not_looked_for_on_the_hub(name, tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    with says(f"there is no folder {tmp_path / name}; give one written by save_pretrained"):
        causal_model(name)


def test_a_folder_beside_the_study_is_told(tmp_path, monkeypatch):
    (tmp_path / "study" / "small").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "study")
    with says(f"there is no folder {tmp_path / 'small'}; there is {tmp_path / 'study' / 'small'}"):
        causal_model("small")


def test_a_folder_without_a_readable_config(tmp_path):
    with says(f"the config of {tmp_path} is of no family this transformers knows"):
        causal_model(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with says(f"the folder {tmp_path} has no readable config.json ("):
        causal_model(tmp_path)


def test_damaged_weights(tmp_path):
    saved(causal_model(LLAMA).model, tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"rubbish" * 9)
    with says(f"the weights of {tmp_path} are damaged"):
        causal_model(tmp_path)


@pytest.mark.parametrize(
    ("index", "said"),
    [
        ('{"weight_map": {"a": "x.bin"}}', "names 'x.bin', expected files in safetensors"),
        ("{", "are damaged (Expecting property"),
        ("{}", "cannot be loaded as a llama model: KeyError 'weight_map'"),
    ],
)
def test_an_index_of_weights_that_leads_elsewhere(index, said, tmp_path):
    saved(causal_model(LLAMA).model, tmp_path)
    (tmp_path / "model.safetensors").unlink()
    (tmp_path / "model.safetensors.index.json").write_text(index)
    with says(said):
        causal_model(tmp_path)


def test_what_a_file_says_holds_no_escape_codes(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "\x1b[31mred"}))
    with says("of no family this transformers knows") as caught:
        causal_model(tmp_path)
    assert str(caught.value).isprintable()


def test_weights_without_an_output_head(tmp_path):
    saved(causal_model(LLAMA).model.model, tmp_path)
    with says("have no lm_head.weight (1 missing), so LlamaForCausalLM has no trained output head"):
        causal_model(tmp_path)
    with says("have no score.weight (1 missing)"):
        sequence_classifier(tmp_path, padding=0)


def test_weights_of_another_number_of_classes(tmp_path):
    saved(sequence_classifier(LLAMA, classes=3, padding=0).model, tmp_path)
    with says("score.weight has another size; a saved head keeps its number of classes, so leave"):
        sequence_classifier(tmp_path, classes=5, padding=0)


def test_a_family_without_an_output_head(tmp_path):
    with says("a config is of model_type 'vit', which has no AutoModelForCausalLM"):
        causal_model({"model_type": "vit"})
    with says("which has no AutoModelForMaskedLM in transformers: it has no output head for this"):
        masked_model(LLAMA)


@pytest.mark.parametrize(
    ("config", "options", "words"),
    [
        (LLAMA, {"dtype": "float23"}, "unknown dtype 'float23'; it must be one of float16, bfl"),
        (LLAMA, {"dtype": "int8"}, "unknown dtype 'int8'; it must be one of"),
        (LLAMA, {"device": "gpu"}, "unknown device 'gpu'"),
        (LLAMA, {"revision": "main"}, "revision 'main' belongs to a hub name, but a config is not"),
        (ROTARY, {}, "a model's config needs model_type (llama, gpt2, ...), got none"),
        ({"model_type": "lama"}, {}, "unknown model_type 'lama'; did you mean llama"),
        ({**LLAMA, "hidden_sise": 8}, {}, "unknown setting 'hidden_sise' of model_type 'llama'; d"),
        ({**LLAMA, "hidden_size": "8"}, {}, "Field 'hidden_size' expected int, got str"),
    ],
)
def test_a_wrong_name_or_value(config, options, words):
    with says(words):
        causal_model(config, **options)


def test_a_revision_of_a_folder(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(LLAMA))
    with says(f"revision 'main' belongs to a hub name, but {tmp_path} is not one"):
        causal_model(tmp_path, revision="main")


@pytest.mark.skipif(torch.cuda.is_available(), reason="the sentence is for machines without one")
def test_a_gpu_that_is_not_there():
    with says("device 'cuda' asks for a GPU, but torch finds none; use 'cpu'"):
        causal_model(LLAMA, device="cuda")


@pytest.mark.parametrize(
    ("name", "rank", "index"),
    [("cuda", "2", 2), ("cuda:1", "2", 1), ("cuda", None, None), ("cuda", "9", None)],
)
def test_cuda_alone_is_the_gpu_of_this_process(monkeypatch, name, rank, index):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    if rank is not None:
        monkeypatch.setenv("LOCAL_RANK", rank)
    assert known_device(name).index == index
    assert known_device(None) == torch.device("cpu")
