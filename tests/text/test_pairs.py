"""Pairs of texts keep apart by their token types, which models that know them read."""

import sys

import pytest
import torch
from tokenizers import Tokenizer, processors
from transformers import PreTrainedTokenizerFast

from mtkd.data.fingerprint import fingerprint
from mtkd.language import sequence_classifier
from mtkd.language.positions import most_types
from mtkd.teachers import LiveTeacher
from mtkd.text import LabelledTexts, Tokens
from tests.language.families import GPT2, MASKED, loud
from tests.text.made import lines, saved, word_piece

RECORDS = [
    {"text": "the cat sat", "other": "on the mat", "label": 0},
    {"text": "the mat", "other": "the other thing sat on the cat", "label": 1},
]
NAMES = ["input_ids", "token_type_ids", "attention_mask"]
TINY = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
BERT = {"model_type": "bert", "vocab_size": 200, "num_attention_heads": 2, **TINY}
XLNET = {"model_type": "xlnet", "vocab_size": 200, "d_model": 16, "n_layer": 1, "n_head": 2}


def of(folder, tokenizer=None, names=NAMES):
    """A tokenizer of transformers, and `Tokens` of it."""
    special = {"pad_token": "[PAD]", "model_input_names": names}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer or word_piece(), **special)
    fast.save_pretrained(folder / "tokens")
    return fast, Tokens(str(folder / "tokens"), end=False)


@pytest.mark.filterwarnings("ignore")
def pairs(folder, tokens, pair="other"):
    file = lines(folder / "a.jsonl", RECORDS)
    return LabelledTexts(tokens, dict.fromkeys(("train", "validation", "test"), file), pair=pair)


def made(config, **more):
    torch.manual_seed(0)
    return loud(sequence_classifier(config | more, classes=2)).eval()


@pytest.mark.filterwarnings("ignore")
def test_a_student_and_a_teacher_answer_a_pair_as_transformers_does(tmp_path):
    fast, tokens = of(tmp_path)
    model, batch = made(BERT), next(pairs(tmp_path, tokens).train.in_order(2))
    read = fast(*([r[side] for r in RECORDS] for side in ("text", "other")), padding=True)
    with torch.no_grad():
        wanted = model.model(**{key: torch.tensor(read[key]) for key in NAMES}).logits
    torch.testing.assert_close(model(batch).dense(), wanted)
    torch.testing.assert_close(LiveTeacher(model, "x")(batch).output.dense(), wanted)
    blind = model({key: batch[key] for key in ("inputs", "attention_mask")}).dense()
    assert not blind.allclose(wanted, atol=1e-2), "the types say nothing here"


@pytest.mark.filterwarnings("ignore")
def test_types_by_hand_and_no_column_of_zeros(tmp_path):
    tokens = saved(tmp_path, word_piece(), end=False)
    data, alone = pairs(tmp_path, tokens), pairs(tmp_path, tokens, pair=None)
    assert set(alone.train.extras) == {"attention_mask"}
    for types, inputs in zip(data.train.extras["token_type_ids"], data.train.inputs, strict=True):
        first, last = (inputs == tokens.plain.token_to_id("[SEP]")).nonzero().flatten().tolist()
        places = torch.arange(len(inputs))
        assert types.tolist() == ((places > first) & (places <= last)).long().tolist()


@pytest.mark.filterwarnings("ignore")
def test_a_tokenizer_that_gives_its_model_no_types_gives_none(tmp_path):
    _, tokens = of(tmp_path, names=["input_ids", "attention_mask"])
    assert set(pairs(tmp_path, tokens).train.extras) == {"attention_mask"}
    _, tokens = of(tmp_path)
    assert "token_type_ids" in pairs(tmp_path, tokens).train.extras, "the cache has the other rows"


@pytest.mark.filterwarnings("ignore")
def test_the_same_tokens_of_other_types_are_other_data(tmp_path):
    bare = Tokenizer.from_str(word_piece().to_str())
    bare.post_processor = processors.TemplateProcessing(
        single="$A", pair="$A $B", special_tokens=[]
    )
    one = pairs(tmp_path, of(tmp_path, bare)[1]).train
    bare.post_processor = processors.TemplateProcessing(
        single="$A", pair="$A $B:1", special_tokens=[]
    )
    two = pairs(tmp_path, of(tmp_path, bare)[1]).train
    assert torch.equal(one.inputs, two.inputs)
    assert not torch.isin(one.ids, two.ids).any()
    assert fingerprint(one)["sha256"] != fingerprint(two)["sha256"]
    assert two.take(torch.tensor([1])).ids.tolist() == two.ids[1:].tolist()


@pytest.mark.parametrize(
    ("config", "known"),
    [
        (BERT, 2),
        (BERT | {"type_vocab_size": 3}, 3),
        (MASKED["roberta"] | {"type_vocab_size": 1}, 0),
        (GPT2 | {"pad_token_id": 0}, 0),
        (XLNET, sys.maxsize),
        (
            {"model_type": "distilbert", "vocab_size": 200, "dim": 16, "n_layers": 1, "n_heads": 2},
            0,
        ),
    ],
)
def test_only_a_model_that_knows_token_types_is_given_them(config, known):
    model, batch = made(config), {"inputs": torch.tensor([[3, 4, 5]])}
    assert model.types == most_types(model.model) == known
    told = model(batch | {"token_type_ids": torch.tensor([[0, 0, 1]])}).dense()
    assert told.equal(model(batch).dense()) == (known == 0)
