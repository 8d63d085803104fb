"""Models that are run: against transformers by hand, once only, and refused in one sentence."""

import json

import numpy as np
import pytest
import torch
from tokenizers import processors
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from mtkd.audit import read_told
from tests.audit.files import audit, audited, refused
from tests.audit.networks import ANIMALS, TEXTS, bert, gpt2, network, texts, word_piece, xlnet


@pytest.fixture(autouse=True)
def no_hub(monkeypatch, tmp_path):
    """An empty cache of the hub, and a folder of our own to stand in."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def words(tmp_path):
    """Student, teacher and data; the folder to write is `tmp_path / "run"`."""
    student, teacher = network(tmp_path / "s"), network(tmp_path / "t", 1, make=gpt2)
    data = texts(tmp_path / "texts.csv")
    models = ["--student", f"s={student}", "--teacher", f"t={teacher}"]
    return [*models, "--data", data, "--out", tmp_path / "run"]


def by_hand(folder, text):
    """Natural log-probabilities by class name, one text at a time, in float64."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        logits = model(**tokenizer([text], return_tensors="pt")).logits[0].double()
    return dict(zip(model.config.id2label.values(), logits.log_softmax(-1).tolist(), strict=True))


@pytest.mark.parametrize("batch", ["1", "3", "64"])
def test_answers_are_those_of_transformers_one_text_at_a_time(words, tmp_path, batch):
    found = audited(*words, "--batch", batch)
    for source in found.models:
        told = read_told(source.files["clean"])
        for row, (text, label) in enumerate(TEXTS):
            known = by_hand(tmp_path / source.name, text)
            said = dict(zip(told.classes, told.log_probs[row], strict=True))
            assert said == pytest.approx(known, abs=1e-5)
            assert told.classes[told.labels[row]] == label


def told_as_by_hand(words, folder):
    """The student in `folder` is told to say what transformers makes of each text alone."""
    found = audited(*words, "--student", f"x={folder}")
    (source,) = [one for one in found.models if one.name == "x"]
    told = read_told(source.files["clean"])
    for row, (text, _) in enumerate(TEXTS):
        known = by_hand(folder, text)
        said = dict(zip(told.classes, told.log_probs[row], strict=True))
        assert said == pytest.approx(known, abs=1e-5)


def test_a_model_that_reads_padding_is_given_none(words, tmp_path):
    told_as_by_hand(words, network(tmp_path / "x", make=xlnet))


def test_token_types_of_a_single_text_reach_the_model(words, tmp_path):
    folder = network(tmp_path / "x")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS]:1 $A:0 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save_pretrained(folder)
    told_as_by_hand(words, folder)


def test_a_text_without_a_token_is_padding_beside_the_others(words, tmp_path):
    for name in "st":
        tokenizer = AutoTokenizer.from_pretrained(tmp_path / name)
        tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(single="$A")
        tokenizer.save_pretrained(tmp_path / name)
    rows = texts(tmp_path / "texts.csv", [*TEXTS, ("\u200b", "cat")])
    assert len(audited(*words, "--data", rows).said["clean"]["s"].labels) == len(TEXTS) + 1


def test_classes_in_another_order_are_matched_by_name(words, tmp_path):
    straight = audited(*words).said["clean"]["s"]
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "s")
    order = [2, 0, 1]
    with torch.no_grad():
        for weight in model.classifier.parameters():
            weight.copy_(weight[order].clone())
    model.config.id2label = {place: ANIMALS[k] for place, k in enumerate(order)}
    model.config.label2id = {name: place for place, name in model.config.id2label.items()}
    model.save_pretrained(tmp_path / "s")
    other = audited(*words)
    like = audited(*words, "--student", f"first={network(tmp_path / 'f')}").said["clean"]["s"]
    assert read_told(other.models[0].files["clean"]).classes == ("eel", "cat", "dog")
    for name in ("ids", "labels", "log_probs"):
        np.testing.assert_allclose(vars(like)[name], vars(like)[name])
    teacher = other.said["clean"]["t"]
    assert (teacher.labels == other.said["clean"]["s"].labels).all()
    order = [ANIMALS.index(name) for name in ("eel", "cat", "dog")]
    np.testing.assert_allclose(
        other.said["clean"]["s"].log_probs, straight.log_probs[:, order], atol=1e-5
    )


def test_a_second_run_asks_nobody(words, tmp_path, monkeypatch):
    assert audit(*words) == 0
    first = {path.name: path.read_bytes() for path in (tmp_path / "run/answers").iterdir()}
    assert len(first) == 2
    monkeypatch.setattr("mtkd.audit.answers.Asked", None)
    assert audit(*words) == 0
    (tmp_path / "s").rename(tmp_path / "elsewhere")
    renamed = [str(word).replace(f"s={tmp_path}/s", f"x={tmp_path}/elsewhere") for word in words]
    assert audit(*renamed) == 0
    again = {path.name: path.read_bytes() for path in (tmp_path / "run/answers").iterdir()}
    assert again == first


@pytest.mark.parametrize("change", ["weights", "text", "label", "length", "damage"])
def test_what_decides_the_answers_makes_them_anew(words, tmp_path, change):
    before = audited(*words).models[0].files["clean"]
    if change == "weights":
        network(tmp_path / "s", 7)
    if change in ("text", "label"):
        row = ("an owl", "cat") if change == "text" else ("a cat on the mat", "dog")
        texts(tmp_path / "texts.csv", [row, *TEXTS[1:]])
    if change == "damage":
        before.write_bytes(before.read_bytes()[:-40])
    more = ["--length", "8"] if change == "length" else []
    after = audited(*words, *more).models[0].files["clean"]
    assert (after == before) == (change == "damage")
    assert len(read_told(after)) == len(TEXTS)


def test_domains_of_texts_and_texts_of_no_class(words, tmp_path):
    jsonl = tmp_path / "more.jsonl"
    jsonl.write_text("".join(json.dumps({"text": t, "label": n}) + "\n" for t, n in TEXTS[:4]))
    outside = texts(tmp_path / "banking.csv", [(t, "card lost") for t, _ in TEXTS])
    more = ["--domain", f"more={jsonl}", "--outside", f"banking={outside}", "--validation", jsonl]
    assert audit(*words, *more) == 0
    index = json.loads((tmp_path / "run/study.json").read_text())
    assert [(d["name"], d["kind"]) for d in index["domains"]] == [
        ("clean", "clean"),
        ("more", "shift"),
        ("banking", "ood"),
    ]
    assert index["validated"]
    assert "ood_auroc" in (tmp_path / "run/results.csv").read_text()


def test_files_and_models_can_be_mixed_by_id(words, tmp_path):
    rows = [(f"q{place}", *row) for place, row in enumerate(TEXTS)]
    data = texts(tmp_path / "named.csv", rows, ("name", "question", "animal"))
    lines = [f"q{place},{label},.2,.3,.5" for place, (_, label) in enumerate(TEXTS)]
    (tmp_path / "t.csv").write_text("\n".join(["id,label,cat,dog,eel", *lines[::-1]]))
    columns = ["--text-column", "question", "--label-column", "animal", "--id-column", "name"]
    found = audited(
        "--student", "s", "--teacher", "t=t.csv", "--data", data, *columns, "--out", "mixed"
    )
    assert found.said["clean"]["t"].probs == pytest.approx(np.tile([0.2, 0.3, 0.5], (7, 1)))
    assert len(found.said["clean"]["student"]) == 7


def test_long_texts_are_cut_and_the_page_says_so(words, tmp_path, capsys):
    assert audit(*words, "--length", "8") == 0
    said = "read the beginning of texts: 2 of 7 on clean are longer than 8 tokens"
    assert said in capsys.readouterr().out
    assert said in (tmp_path / "run/report.html").read_text()
    network(tmp_path / "s", positions=10)
    assert audit(*words) == 0
    assert "1 of 7 on clean are longer than 10 tokens" in capsys.readouterr().out


def test_classes_without_names_are_numbers(tmp_path):
    folder = network(tmp_path / "n", names=("LABEL_0", "LABEL_1", "LABEL_2"))
    rows = [(text, ANIMALS.index(label)) for text, label in TEXTS]
    data = texts(tmp_path / "numbers.csv", rows)
    found = audited("--student", folder, "--teacher", f"t={folder}", "--data", data, "--out", "run")
    assert read_told(found.models[0].files["clean"]).classes == ("0", "1", "2")


def unfit(folder):
    """Another tokenizer: it knows more tokens than the model."""
    network(folder, vocabulary=120)
    bert(vocabulary=20).save_pretrained(folder)


def no_tokenizer(folder):
    bert().save_pretrained(folder)


def no_weights(folder):
    network(folder)
    (folder / "model.safetensors").rename(folder / "model.bin")


def other_kind(folder):
    from transformers import BertForMaskedLM

    BertForMaskedLM(bert().config).save_pretrained(folder)
    word_piece().save_pretrained(folder)


def several(folder):
    network(folder, problem_type="multi_label_classification")


def changed(file, **settings):
    """A folder with other settings in one of its JSON files."""

    def make(folder):
        network(folder)
        known = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps(known | settings))

    return make


BROKEN = {
    "cannot be read: unhashable type": changed("config.json", model_type=["bert"]),
    "by name, got [5]": changed("config.json", architectures=[5]),
    "names 1 distinct classes in id2label for 2": changed(
        "config.json", id2label={"5": "a", "7": "b"}
    ),
    "the attention 'owner/kernel' of the hub": changed(
        "config.json", attn_implementation="owner/kernel"
    ),
    "broken holds no tokenizer that": changed("tokenizer.json", model={"type": "Evil"}),
    "it is the tokenizer of another model": unfit,
    "holds no tokenizer: no file gives its tokens; save its own there": no_tokenizer,
    "model.safetensors": no_weights,
    "is a BertForMaskedLM, expected a model for sequence classification": other_kind,
    "gives several classes to a text": several,
}


@pytest.mark.parametrize("said", BROKEN)
def test_models_that_cannot_be_run_are_one_sentence(said, words, tmp_path, capsys):
    BROKEN[said](tmp_path / "broken")
    refused(said, capsys, *words, "--control", f"c={tmp_path}/broken")


REFUSED = {
    "has the label 'owl', expected one of the models' classes cat, dog": ("text,label\nx,owl\n",),
    "texts.csv, line 3: the text is empty": ("text,label\nx,cat\n,dog\n",),
    "texts.csv, line 2 has '' in column label": ("text,label\nx,\n",),
    "has no column 'label'; its columns are: text, intent": ("text,intent\nx,cat\n",),
    "holds no rows, expected at least one text": ("text,label\n",),
    "has the id 'x' of": ("text,label\nx,cat\nx,dog\n", "--id-column", "text"),
    "has the label -1 among the items of clean": ("text,label\nx,cat\ny,-1\n",),
}


@pytest.mark.parametrize("said", REFUSED)
def test_texts_that_break_a_rule_are_one_sentence(said, words, tmp_path, capsys):
    content, *more = REFUSED[said]
    (tmp_path / "texts.csv").write_text(content)
    refused(said, capsys, *words, *more)


def test_a_name_that_is_not_in_the_cache_says_where_it_looked(words, tmp_path, capsys):
    said = f"nor in the cache {tmp_path}/hub/models--owner--small; add --download to fetch it"
    refused(said, capsys, *words, "--control", "c=owner/small@v2")


def test_data_that_cannot_be_meant_so(words, tmp_path, capsys):
    refused("is a model to run, so --data is needed", capsys, *words[:4], *words[6:])
    named = ["--data", "owner/animals:test"]
    refused("datasets--owner--animals", capsys, *words[:4], *named, "--out", tmp_path / "run")
    (tmp_path / "folder").mkdir()
    refused("but all models are run here", capsys, *words, "--domain", f"x={tmp_path}/folder")
