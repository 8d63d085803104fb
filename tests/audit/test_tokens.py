"""Language models are audited token by token, from files of trials and by running them."""

import json

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GPT2LMHeadModel

from mtkd.token_predictions import TokenPredictions
from tests.audit.files import audit, audited, write_csv
from tests.audit.networks import TEXTS, gpt2, loud, network, texts


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MTKD_CACHE", str(tmp_path / "cache"))


def language_model(folder, seed):
    """A loud one, so that some wrong tokens are confident."""
    torch.manual_seed(seed)
    return loud(GPT2LMHeadModel(gpt2().config), folder)


@pytest.fixture
def words(tmp_path):
    models = []
    for place, (role, name) in enumerate((("student", "s"), ("teacher", "t"), ("control", "c"))):
        models += [f"--{role}", f"{name}={language_model(tmp_path / name, place)}"]
    data = texts(tmp_path / "texts.csv", [(text,) for text, _ in TEXTS[:6]], ("text",))
    return [*models, "--data", data, "--length", "16", "--out", tmp_path / "run"]


def test_positions_are_those_of_transformers_one_text_at_a_time(words, tmp_path):
    said = TokenPredictions.load(audited(*words).models[0].files["clean"])
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "s")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "s").eval()
    known = []
    for text, _ in TEXTS[:6]:
        ids = tokenizer([text], return_tensors="pt").input_ids[:, :16]
        with torch.no_grad():
            logs = model(ids).logits[0].double().log_softmax(-1)
        known += [float(logs[place, ids[0, place + 1]]) for place in range(ids.shape[1] - 1)]
    assert sorted(said.label_log_probs.tolist()) == pytest.approx(sorted(known), abs=1e-4)


def test_the_report_is_that_of_a_study_and_a_second_run_asks_nobody(
    words, tmp_path, capsys, monkeypatch
):
    assert audit(*words, "--tau", ".3", "--domain", f"more={tmp_path}/texts.csv") == 0
    printed = capsys.readouterr()
    assert "s: accuracy" in printed.out
    index = json.loads((tmp_path / "run/study.json").read_text())
    assert [domain["kind"] for domain in index["domains"]] == ["clean", "shift"]
    results = (tmp_path / "run/results.csv").read_text()
    assert "inheritance/t/excess_ceir" in results
    assert "inheritance/t/ceir_far" in results
    assert audit(*words, "--tau", ".3", "--length", "8") == 0
    assert "2 of 6 on clean are longer than 8 tokens" in capsys.readouterr().out

    def nobody(*given):
        raise AssertionError("asked again")

    monkeypatch.setattr("mtkd.audit.asking_tokens.predict_tokens", nobody)
    assert audit(*words, "--tau", ".3") == 0


def test_a_saved_trial_of_tokens_is_read_as_it_is(words, tmp_path):
    found = audited(*words)
    folders = []
    for source in found.models:
        folder = tmp_path / "trials" / source.name
        TokenPredictions.load(source.files["clean"]).save(folder / "predictions/clean.npz")
        folders += [f"--{source.role}", f"{source.name}={folder}"]
    again = audited(*folders)
    for name in "stc":
        np.testing.assert_array_equal(
            again.said["clean"][name].log_probs, found.said["clean"][name].log_probs
        )
    assert audit(*folders, "--out", tmp_path / "again") == 0


def test_what_cannot_be_compared_is_one_sentence(words, tmp_path, capsys):
    control = write_csv(tmp_path / "x.csv", "c")
    no_control = [*words[:4], *words[6:]]
    classifier = network(tmp_path / "k")
    for said, more in {
        "compare models of one kind": ("--control", f"x={control}"),
        "k gives one class to a text and another model predicts tokens": (
            "--control",
            f"x={classifier}",
        ),
        "give it with --domain": ("--outside", f"o={tmp_path}/texts.csv"),
        "add --length 32, or less": ("--length", "40"),
        "--map is about classes": ("--map", "t=names"),
    }.items():
        refused(said, capsys, *no_control, *more)


def test_other_positions_are_refused(words, tmp_path, capsys):
    found = audited(*words)
    short = TokenPredictions.load(audited(*words, "--length", "8").models[1].files["clean"])
    short.save(tmp_path / "short.npz")
    student = found.models[0].files["clean"]
    refused(
        "is about other positions than",
        capsys,
        *("--student", student, "--teacher", f"t={tmp_path}/short.npz"),
    )


def refused(said, capsys, *words):
    """Exit status 2 and that sentence on one line."""
    capsys.readouterr()
    assert audit(*words) == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1
