"""A pretrained encoder among models that read bytes."""

import pytest
import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    PreTrainedTokenizerFast,
)

from mtkd.config import check, instantiate, load
from mtkd.text import PretrainedEncoder
from tests.text.made import word_piece


@pytest.fixture
def folder(tmp_path):
    return stored(tmp_path / "encoder", pad_token="[PAD]")


@pytest.fixture
def headless(tmp_path):
    return stored(tmp_path / "headless", BertModel, pad_token="[PAD]")


def stored(place, kind=BertForSequenceClassification, **special):
    """A small encoder and its tokenizer, as `save_pretrained` writes them."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=word_piece(), **special)
    tokenizer.save_pretrained(place)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=3,
    )
    kind(config).save_pretrained(place)
    return place


def rows(*texts, length=24):
    """Bytes as `Intents` makes them."""
    cut = [text.encode()[:length].ljust(length, b"\0") for text in texts]
    return {"inputs": torch.tensor([list(row) for row in cut])}


def test_its_logits_are_those_of_the_model_on_the_text(folder):
    encoder = PretrainedEncoder(str(folder), 3).eval()
    texts = ["the cat sat", "a dog"]
    found = encoder(rows(*texts)).logits
    model = BertForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    for text, logits in zip(texts, found, strict=True):
        alone = model(**tokenizer([text], return_tensors="pt")).logits[0]
        torch.testing.assert_close(logits, alone, rtol=1e-5, atol=1e-6)
    assert not torch.allclose(found[0], found[1])


def test_a_row_that_is_cut_inside_a_character_is_read(folder):
    encoder = PretrainedEncoder(str(folder), 3).eval()
    assert encoder(rows("caf\N{LATIN SMALL LETTER E WITH ACUTE}", length=4)).logits.isfinite().all()


def test_rows_longer_than_its_tokens_are_cut(folder):
    encoder = PretrainedEncoder(str(folder), 3, tokens=4).eval()
    found = encoder(rows("the cat sat", "the cat sat on the mat")).logits
    torch.testing.assert_close(found[0], found[1])


def test_a_folder_without_a_classifier_gets_a_new_one_that_learns(headless):
    encoder = PretrainedEncoder(str(headless), 5)
    logits = encoder(rows("the cat", "the dog")).logits
    assert logits.shape == (2, 5)
    logits.logsumexp(dim=-1).sum().backward()
    assert all(p.grad is not None for p in encoder.classifier.model.classifier.parameters())


def test_a_classifier_for_other_classes(folder):
    with pytest.raises(ValueError, match="a saved head keeps its number of classes"):
        PretrainedEncoder(str(folder), 5)


def test_a_tokenizer_without_padding(tmp_path):
    place = stored(tmp_path / "bare")
    with pytest.raises(ValueError, match="has no padding token; choose an encoder"):
        PretrainedEncoder(str(place), 3)


def test_a_hub_name_while_offline_says_where_it_looked():
    with pytest.raises(ValueError, match="nobody/nothing"):
        PretrainedEncoder("nobody/nothing", 3)


def test_the_config_names_its_arguments_and_builds_on_a_folder(headless):
    node = load("configs/teachers/intents_pretrained.yaml", [])["teachers"]["encoder"]["model"]
    check(node, "teachers.encoder.model")
    assert instantiate({**node, "model": str(headless)}).classifier.classes == 135
