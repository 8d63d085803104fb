"""What is exported says the same as the trial's student, to whoever loads it without mtkd."""

import importlib.util
import json
import sys

import pytest
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from mtkd.config import as_yaml, instantiate, load
from mtkd.language import save_student
from tests.export.trials import export, finished, index, text_data
from tests.language.families import CAUSAL, GPT2, LLAMA, MASKED, tokens

with_peft = pytest.mark.skipif(
    importlib.util.find_spec("peft") is None, reason="peft is not installed"
)


def causal(model, **options):
    return {"_target_": "mtkd.language.causal_model", "model": model, **options}


def low_rank(base, targets):
    node = {"_target_": "mtkd.language.LowRankModel", "base": base}
    return {**node, "rank": 2, "targets": targets, "scale": 2.0}


BERT = {"_target_": "mtkd.language.masked_model", "model": MASKED["bert"]}
SEQUENCES = {"_target_": "mtkd.language.sequence_classifier", "model": LLAMA}
PLAIN = {
    "untied": (causal(LLAMA), "AutoModelForCausalLM"),
    "tied": (causal(CAUSAL["llama_tied"]), "AutoModelForCausalLM"),
    "gpt2": (causal(GPT2), "AutoModelForCausalLM"),
    "masked": (BERT, "AutoModelForMaskedLM"),
    "classifier": (
        {**SEQUENCES, "classes": 4, "padding": 0},
        "AutoModelForSequenceClassification",
    ),
}
LOW = {
    "low_untied": (low_rank(causal(LLAMA), ["q_proj"]), "AutoModelForCausalLM"),
    "low_gpt2": (low_rank(causal(GPT2), ["c_attn"]), "AutoModelForCausalLM"),
    "low_masked": (low_rank(BERT, ["query"]), "AutoModelForMaskedLM"),
}
LOW["low_tied"] = (low_rank(causal(CAUSAL["llama_tied"]), ["q_proj"]), "AutoModelForCausalLM")
STUDENTS = [
    *(pytest.param(*case, id=name) for name, case in PLAIN.items()),
    *(pytest.param(*case, id=name, marks=with_peft) for name, case in LOW.items()),
]


@pytest.mark.parametrize(("node", "auto"), STUDENTS)
def test_the_folder_gives_the_logits_of_the_trials_student(tmp_path, capfd, node, auto):
    student = finished(tmp_path / "trial", node, text_data(tmp_path / "tok"))
    assert export(tmp_path / "trial", tmp_path / "model") == 0
    said, noise = capfd.readouterr()
    assert f"transformers.{auto}.from_pretrained" in said
    assert "%" not in noise, "a bar stands between the lines"
    model, found = getattr(transformers, auto).from_pretrained(
        tmp_path / "model", output_loading_info=True
    )
    assert not found["missing_keys"]
    words = tokens()
    logits, wanted = model.eval()(input_ids=words).logits, student({"inputs": words}).dense()
    torch.testing.assert_close(logits, wanted, rtol=1e-4, atol=1e-4)


def test_the_type_of_the_student_is_kept(tmp_path):
    node = causal(LLAMA, dtype="bfloat16")
    finished(tmp_path / "trial", node, text_data(tmp_path / "tok"))
    assert export(tmp_path / "trial", tmp_path / "model") == 0
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "model").dtype == torch.bfloat16


def test_the_tokenizer_goes_with_it_and_no_text_is_read(tmp_path):
    finished(tmp_path / "trial", causal(LLAMA), text_data(tmp_path / "tok"))
    assert export(tmp_path / "trial", tmp_path / "model") == 0
    again = AutoTokenizer.from_pretrained(tmp_path / "model")
    assert again("w7 w30 </s>").input_ids == [7, 30, 2]
    assert again.eos_token == "</s>"


def test_a_named_tokenizer_keeps_its_special_tokens(tmp_path):
    data = text_data(tmp_path / "tok")
    special = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>"}
    file = str(tmp_path / "tok" / "tokenizer.json")
    transformers.PreTrainedTokenizerFast(tokenizer_file=file, **special).save_pretrained(
        tmp_path / "named"
    )
    data["tokenizer"] = str(tmp_path / "named")
    finished(tmp_path / "trial", causal(LLAMA), data)
    assert export(tmp_path / "trial", tmp_path / "model") == 0
    again = AutoTokenizer.from_pretrained(tmp_path / "model")
    assert (again.pad_token_id, again.bos_token_id, again.eos_token_id) == (0, 1, 2)


def test_data_without_a_tokenizer_are_said(tmp_path, capsys):
    finished(tmp_path / "trial", causal(LLAMA), {"_target_": "mtkd.data.Digits", "train": 200})
    assert export(tmp_path / "trial", tmp_path / "model") == 0
    assert "the data have no tokenizer to go with it" in capsys.readouterr().out


def test_a_student_of_a_run_is_named_as_other_commands_name_it(tmp_path):
    data = text_data(tmp_path / "tok")
    home = tmp_path / "run" / "trials"
    first = finished(home / "first", causal(LLAMA), data)
    second = finished(home / "second", causal(GPT2), data)
    index(tmp_path / "run", ["first", "second"])
    assert not list((tmp_path / "run").glob("**/*.npz")), "no teacher's answers are needed"
    for name, student in (("C1", first), ("C2", second)):
        assert export(tmp_path / "run", tmp_path / name, "--student", name) == 0
        model = AutoModelForCausalLM.from_pretrained(tmp_path / name)
        assert type(model) is type(student.model)


def test_an_encoder_of_bytes_goes_with_the_tokenizer_it_reads_them_with(tmp_path):
    text_data(tmp_path / "tok")
    file = str(tmp_path / "tok" / "tokenizer.json")
    words = transformers.PreTrainedTokenizerFast(tokenizer_file=file, pad_token="<pad>")
    bert = instantiate({**SEQUENCES, "model": MASKED["bert"], "classes": 4})
    save_student(bert, tmp_path / "bert", words)
    node = {"_target_": "mtkd.text.PretrainedEncoder", "model": str(tmp_path / "bert")}
    student = finished(tmp_path / "trial", {**node, "classes": 4}, {})
    assert export(tmp_path / "trial", tmp_path / "model") == 0
    auto = transformers.AutoModelForSequenceClassification
    model = auto.from_pretrained(tmp_path / "model").eval()
    read = AutoTokenizer.from_pretrained(tmp_path / "model")("w7 w30 w9", return_tensors="pt")
    rows = torch.tensor([list(b"w7 w30 w9")])
    logits = model(input_ids=read["input_ids"]).logits
    torch.testing.assert_close(logits, student({"inputs": rows}).dense(), rtol=1e-4, atol=1e-4)


@with_peft
def test_additions_alone_are_added_to_the_model_below_by_peft(tmp_path):
    from peft import PeftModel

    base = AutoModelForCausalLM.from_config(transformers.LlamaConfig(**LLAMA))
    base.save_pretrained(tmp_path / "base")
    node = low_rank(causal(str(tmp_path / "base")), ["q_proj", "down_proj"])
    student = finished(tmp_path / "trial", node, text_data(tmp_path / "tok"))
    frozen = student.model.state_dict().items()
    base.load_state_dict({n.replace(".base_layer", ""): w for n, w in frozen if "lora_" not in n})
    assert export(tmp_path / "trial", tmp_path / "additions", "--adapter") == 0
    names = {path.name for path in (tmp_path / "additions").iterdir()}
    assert names >= {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json"}
    assert not names & {"model.safetensors", "README.md"}
    whole = PeftModel.from_pretrained(base, tmp_path / "additions").eval()
    wanted = student({"inputs": tokens()}).dense()
    torch.testing.assert_close(whole(input_ids=tokens()).logits, wanted, rtol=1e-4, atol=1e-4)


def test_the_seed_of_a_cell_chooses_its_network(tmp_path):
    data = text_data(tmp_path / "tok")
    run = tmp_path / "run"
    finished(run / "trials" / "first", causal(LLAMA), data)
    finished(run / "trials" / "second", causal(GPT2), data)
    index(run, ["first", "second"])
    study = json.loads((run / "study.json").read_text())
    study["trials"][1] |= {"cell": study["trials"][0]["cell"], "seed": 1}
    (run / "study.json").write_text(json.dumps(study))
    assert export(run, tmp_path / "model", "--student", "C1", "--seed", 1) == 0
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "model").config.model_type == "gpt2"


def test_the_chat_template_of_the_study_goes_with_the_tokenizer(tmp_path):
    data = text_data(tmp_path / "tok")
    template = "{% for m in messages %}{{ m.content }}{% endfor %}"
    (tmp_path / "chat.jinja").write_text(template)
    data["tokenizer"]["template"] = str(tmp_path / "chat.jinja")
    finished(tmp_path / "trial", causal(LLAMA), data)
    assert export(tmp_path / "trial", tmp_path / "model") == 0
    assert AutoTokenizer.from_pretrained(tmp_path / "model").chat_template == template


def test_a_student_whose_class_lies_beside_its_study(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    finished(tmp_path / "trial", causal(LLAMA), text_data(tmp_path / "tok"))
    study = tmp_path / "study"
    study.mkdir()
    (study / "study.yaml").write_text("question: q\n")
    (study / "networks_of_mine.py").write_text(
        "from mtkd.language import causal_model\n"
        f"def small():\n    return causal_model({LLAMA!r})\n"
    )
    config = load(tmp_path / "trial" / "config.yaml")
    config["student"] = {"_target_": "networks_of_mine.small"}
    (tmp_path / "trial" / "config.yaml").write_text(as_yaml(config))
    assert export(tmp_path / "trial", tmp_path / "none") == 2
    assert export(tmp_path / "trial", tmp_path / "model", "--study", study) == 0
    assert (tmp_path / "model" / "config.json").is_file()
