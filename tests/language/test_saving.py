"""A saved student comes back with the same logits; what is in the way is never deleted."""

import importlib.util

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from mtkd.language import (
    LowRankModel,
    causal_model,
    masked_model,
    save_student,
    sequence_classifier,
)
from tests.language.families import CAUSAL, GPT2, LLAMA, MASKED, loud, says, tokens

with_peft = pytest.mark.skipif(
    importlib.util.find_spec("peft") is None, reason="peft is not installed"
)


def logits(model):
    return model.eval()({"inputs": tokens()}).dense()


@pytest.mark.parametrize("family", CAUSAL)
def test_every_family_comes_back_with_equal_logits(tmp_path, family):
    torch.manual_seed(0)
    student = loud(causal_model(CAUSAL[family]))
    save_student(student, tmp_path / "student")
    assert logits(causal_model(tmp_path / "student")).equal(logits(student))


def test_masked_models_and_classifiers_are_saved_too(tmp_path):
    torch.manual_seed(0)
    hidden = loud(masked_model(MASKED["bert"]))
    save_student(hidden, tmp_path / "hidden")
    assert logits(masked_model(tmp_path / "hidden")).equal(logits(hidden))
    classes = loud(sequence_classifier(LLAMA, classes=4, padding=0))
    save_student(classes, tmp_path / "classes")
    assert logits(sequence_classifier(tmp_path / "classes")).equal(logits(classes))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_tied_weights_are_stored_once_and_in_their_type(tmp_path, dtype):
    student = causal_model(GPT2, dtype=dtype)
    save_student(student, tmp_path / "student")
    again = causal_model(tmp_path / "student")
    assert again.model.dtype == getattr(torch, dtype)
    assert again.model.lm_head.weight is again.model.transformer.wte.weight
    size = sum(weight.nbytes for weight in student.parameters())
    assert (tmp_path / "student" / "model.safetensors").stat().st_size < size + 4096


@with_peft
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize(
    ("config", "targets"),
    [(LLAMA, ["q_proj", "down_proj"]), (GPT2, ["c_attn", "c_fc"])],
    ids=["llama", "gpt2"],
)
def test_low_rank_additions_are_summed_in_and_the_student_goes_on(tmp_path, config, targets, dtype):
    torch.manual_seed(0)
    base = loud(causal_model(config, dtype=dtype))
    before = logits(base)
    student = LowRankModel(base, 2, targets, scale=2.0)
    for name, weight in student.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    trained = logits(student)
    assert not trained.allclose(before, atol=0.1)
    save_student(student, tmp_path / "student")
    assert logits(student).equal(trained), "saving changed the student"
    again = causal_model(tmp_path / "student")
    room = 1e-3 if dtype == "float32" else 0.2
    torch.testing.assert_close(logits(again), trained, rtol=room, atol=room)
    assert not any("lora" in name for name, _ in again.named_parameters())


def test_the_tokenizer_goes_beside_the_model(tmp_path):
    words = Tokenizer(WordLevel({"one": 0, "two": 1, "?": 2}, unk_token="?"))
    save_student(
        causal_model(GPT2), tmp_path / "student", PreTrainedTokenizerFast(tokenizer_object=words)
    )
    again = AutoTokenizer.from_pretrained(tmp_path / "student")
    assert again.convert_tokens_to_ids("two") == 1
    causal_model(tmp_path / "student")


def test_an_older_model_is_replaced_as_a_whole(tmp_path):
    folder = tmp_path / "student"
    save_student(causal_model(LLAMA), folder)
    (folder / "generation_config.json").write_text("{}")
    (folder / "old.json").write_text("{}")
    torch.manual_seed(5)
    student = causal_model(GPT2)
    save_student(student, folder)
    assert logits(causal_model(folder)).equal(logits(student))
    assert not (folder / "old.json").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["student"], "something is left behind"


def test_a_failure_leaves_the_older_model_and_nothing_else(tmp_path):
    folder = tmp_path / "student"
    student = causal_model(LLAMA)
    save_student(student, folder)
    wanted = logits(student)

    class FullDisk:
        def save_pretrained(self, folder):
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        save_student(loud(student), folder, FullDisk())
    assert logits(causal_model(folder)).equal(wanted)
    assert [path.name for path in tmp_path.iterdir()] == ["student"]


def test_what_is_no_model_is_not_deleted(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "config.json").write_text("{}")
    (tmp_path / "runs" / "predictions").mkdir()
    (tmp_path / "thesis.txt").write_text("do not lose me")
    for place in (tmp_path, tmp_path / "runs", tmp_path / "thesis.txt"):
        with says(f"{place} holds something else than a saved model; give a folder of its own"):
            save_student(causal_model(GPT2), place)
    assert (tmp_path / "thesis.txt").read_text() == "do not lose me"
    assert (tmp_path / "runs" / "predictions").is_dir()
