"""Models that read padding, or need what a row does not have, are told before training."""

import json
from functools import partial

import pytest
import torch
from tokenizers import Tokenizer, processors
from transformers import PreTrainedTokenizerFast

from mtkd.config import instantiate
from mtkd.language import masked_model, sequence_classifier
from mtkd.study.facts import Facts
from mtkd.study.fitting import check_fit
from mtkd.study.sequences import check_padding
from tests.language.families import BART, T5
from tests.study.fitted import (
    BERT,
    CLASSIFIER,
    MASKED,
    SENTENCES,
    SIZE,
    byte_level,
    class_study,
    passing,
    refusal,
    text_study,
)
from tests.text.made import word_piece

FNET = {key: value for key, value in BERT.items() if "heads" not in key}
FNET |= {"model_type": "fnet", "pad_token_id": 1}
XLNET = {
    "model_type": "xlnet",
    "vocab_size": SIZE,
    "d_model": 8,
    "n_layer": 1,
    "n_head": 2,
    "initializer_range": 0.3,
    "pad_token_id": 1,
}
MIXES = (
    "mixes padding into what it says of a text, so an answer would depend on the other texts of a "
    "batch; use a model of another family, or texts of one length"
)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("MTKD_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def refused(tmp_path):
    return partial(refusal, tmp_path / "study")


@pytest.fixture
def passes(tmp_path):
    return partial(passing, tmp_path / "study")


@pytest.mark.parametrize("padding", [1, 5])
@pytest.mark.parametrize("config", [XLNET, FNET], ids=["xlnet", "fnet"])
def test_a_classifier_that_mixes_padding_in_is_refused(config, padding, place, refused):
    said = refused(class_study(place), student__model=config | {"pad_token_id": padding})
    assert said.startswith("config.student: ")
    assert said.endswith(f"ForSequenceClassification {MIXES}")


def test_so_is_a_masked_model_and_texts_of_one_length_are_none_to_it(place, refused, passes):
    study = text_study(place, hidden=0.2, packing="none") | {"teachers": {}}
    student = {"_target_": MASKED, "model": FNET}
    assert refused(study, student=student) == f"config.student: FNetForMaskedLM {MIXES}"
    passes(study, student=student | {"model": BERT})
    (place / "even.jsonl").write_text('{"text": "the cat sat"}\n{"text": "the cat sat"}\n')
    even = dict.fromkeys(("train", "validation", "test"), str(place / "even.jsonl"))
    passes(study, student=student, data__splits=even)


def test_looking_at_a_model_changes_neither_it_nor_the_generator(place):
    node = text_study(place, hidden=0.2, packing="none")["data"]
    model, state = masked_model(BERT), torch.random.get_rng_state()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    check_fit(model, Facts(instantiate(node)), "config.student")
    assert torch.equal(torch.random.get_rng_state(), state)
    assert model.training
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())


@pytest.mark.parametrize("config", [BART, T5], ids=["bart", "t5"])
def test_texts_without_the_end_that_a_classifier_reads_at_are_told(
    config, place, tmp_path, refused, passes
):
    sizes = {"vocab_size": SIZE, "pad_token_id": 1, "eos_token_id": 0}
    student = {"_target_": CLASSIFIER, "model": config | sizes, "classes": 2}
    student["model"].pop("max_position_embeddings", None)
    said = refused(class_study(place), student=student)
    assert "does not take the data (train), whose texts have 0 to 0 of its end token 0: " in said
    assert said.endswith("; set data.tokenizer to one that ends each text with it")
    ended = Tokenizer.from_str(byte_level(tuple(SENTENCES)).to_str())
    ended.post_processor = processors.TemplateProcessing(
        single="$A <end>", special_tokens=[("<end>", 0)]
    )
    PreTrainedTokenizerFast(tokenizer_object=ended, pad_token="<pad>").save_pretrained(tmp_path)
    passes(class_study(place, tokenizer=str(tmp_path)), student=student)
    rows = [{"text": f"cat{more}", "label": n} for n, more in enumerate(["", "<end>"])]
    (tmp_path / "odd.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    odd = dict.fromkeys(("train", "validation", "test"), str(tmp_path / "odd.jsonl"))
    said = refused(class_study(place, tokenizer=str(tmp_path), splits=odd), student=student)
    assert "(train), whose texts have 1 to 2 of its end token 0: All examples must" in said


def test_more_token_types_than_a_model_knows_are_told(place, tmp_path, refused, passes):
    word_piece().save(str(tmp_path / "tokenizer.json"))
    rows = [{"text": "the cat", "other": "sat", "label": n} for n in (0, 1)]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    files = dict.fromkeys(("train", "validation", "test"), str(tmp_path / "pairs.jsonl"))
    study = class_study(place, splits=files, pair="other")
    study["data"]["tokenizer"] = str(tmp_path / "tokenizer.json")
    text = (tmp_path / "tokenizer.json").read_text()
    (tmp_path / "tokenizer.json").write_text(
        text.replace('"type_id":1', '"type_id":2').replace('"type_id": 1', '"type_id": 2')
    )
    said = refused(study)
    assert said == (
        "config.student: BertForSequenceClassification does not take the data (train): token types "
        "are numbered up to 2, but BertForSequenceClassification knows 2 of them; use a model with "
        "more (type_vocab_size)"
    )
    passes(study, student__model__type_vocab_size=3)
    passes(study, student__model__type_vocab_size=1)


def test_a_model_that_draws_when_it_is_asked_is_not_judged_by_that(place):
    facts = Facts(instantiate(class_study(place)["data"]))
    model = sequence_classifier(BERT, classes=2)
    check_padding(model, facts, "config.student")
    model.model.register_forward_hook(drawn)
    check_padding(model, facts, "config.student")


def drawn(layer, given, output):
    output.logits = torch.randn_like(output.logits)
    return output
