"""One sentence for each mistake in the settings of a quantised model."""

import pytest

from mtkd.language import causal_model, quantized, save_student
from tests.language.families import GPT2, LLAMA, says
from tests.language.test_quantized import SETTINGS, needs


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A stored model."""
    place = tmp_path_factory.mktemp("models") / "stored"
    save_student(causal_model(LLAMA), place)
    return place


@pytest.mark.parametrize("library", ["bitsandbytes", "torchao"])
def test_a_library_that_is_not_installed(monkeypatch, folder, library):
    monkeypatch.setattr(quantized, "find_spec", lambda name: None)
    with says(f"quantization with {library} needs {library}") as error:
        causal_model(folder, quantization={"library": library})
    assert "which is not installed; pip install " in str(error.value)
    assert "or leave quantization out and set dtype: bfloat16" in str(error.value)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "quantization needs library: bitsandbytes or torchao, got None"),
        ({"library": "bits"}, "quantization needs library: bitsandbytes or torchao, got 'bits'"),
        ({"library": "bitsandbytes"}, "needs load_in_8bit: true or load_in_4bit: true"),
        (
            {"library": "bitsandbytes", "load_in_4bits": True},
            "unknown setting 'load_in_4bits' of BitsAndBytesConfig; did you mean load_in_4bit",
        ),
        (
            {"library": "bitsandbytes", "load_in_4bit": True, "load_in_8bit": True},
            "quantization, BitsAndBytesConfig: load_in_4bit and load_in_8bit are both True",
        ),
    ],
)
def test_wrong_settings(monkeypatch, folder, settings, words):
    monkeypatch.setattr(quantized, "find_spec", lambda name: name)
    with says(words):
        causal_model(folder, quantization=settings)


@needs("torchao")
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"scheme": "Int8WeightOnly"}, "unknown scheme 'Int8WeightOnly' of torchao; did you mean"),
        ({}, "unknown scheme None of torchao"),
        ({"scheme": "Int8WeightOnlyConfig", "groupsize": 4}, "unknown setting 'groupsize' of Int8"),
    ],
)
def test_wrong_settings_of_torchao(folder, settings, words):
    with says(words):
        causal_model(folder, quantization={"library": "torchao", **settings})


def test_weights_that_are_not_stored_are_not_quantized(monkeypatch):
    monkeypatch.setattr(quantized, "find_spec", lambda name: name)
    with says("quantization needs stored weights, a config from scratch has none"):
        causal_model(GPT2, quantization=SETTINGS["bitsandbytes, 8 bits"])
