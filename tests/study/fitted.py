"""Stored models, tokenizers and texts so small that a study of them is checked in a moment."""

import copy
import json
from functools import cache

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from mtkd.config import ConfigError, set_path
from mtkd.language import causal_model, masked_model, save_student, sequence_classifier
from mtkd.study.check import check_plan
from mtkd.study.plan import make_plan

SENTENCES = [
    "the cat sat on the mat with the other thing",
    "there they were, the three of them, on the mat",
    "a house is a house and a boat is a boat, said she",
    "and so it went on, day after day after day",
]
OTHERS = ["quick brown foxes jump over lazy dogs", "pack my box with five dozen jugs"]
SIZE, PADDED = 290, 320
LLAMA = {
    "model_type": "llama",
    "vocab_size": SIZE,
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "intermediate_size": 12,
    "max_position_embeddings": 96,
}
GPT2 = {
    "model_type": "gpt2",
    "vocab_size": SIZE,
    "n_embd": 8,
    "n_layer": 1,
    "n_head": 2,
    "n_positions": 96,
    "initializer_range": 0.3,
}
BERT = {
    "model_type": "bert",
    "vocab_size": SIZE,
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "max_position_embeddings": 96,
}
NAMED = {"id2label": {0: "Pos", 1: "Neg"}, "label2id": {"Pos": 0, "Neg": 1}}
CAUSAL = "mtkd.language.causal_model"
MASKED = "mtkd.language.masked_model"
CLASSIFIER = "mtkd.language.sequence_classifier"
BASE = {
    "base": ["configs/base.yaml"],
    "endpoint": "nll",
    "trainer": {"max_steps": 2, "max_epochs": -1, "batch_size": 4},
    "loss": {"_target_": "mtkd.losses.ForwardKL", "temperature": 1.0},
}


@cache
def byte_level(texts, size=SIZE):
    """Exactly `size` byte-level tokens, four of them special."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<end>", "<pad>", "<mask>", "<more>"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    assert tokenizer.get_vocab_size() == size
    return tokenizer


def fast(tokenizer, **more):
    special = {"eos_token": "<end>", "pad_token": "<pad>", "mask_token": "<mask>"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special, **more)


def extended():
    """The tokenizer with the role of a chat added, which no text uses."""
    tokenizer = Tokenizer.from_str(byte_level(tuple(SENTENCES)).to_str())
    return fast(tokenizer, additional_special_tokens=["<role>"])


def make_folders(place):
    """Folders of models with their tokenizers, by the names that the tests use, and the texts."""
    own, other = fast(byte_level(tuple(SENTENCES))), fast(byte_level(tuple(OTHERS)))
    more = fast(byte_level(tuple(SENTENCES), 300))
    for name, tokenizer in {"own": own, "other": other, "more": more}.items():
        tokenizer.save_pretrained(place / f"tokens_{name}")
    wide, short = LLAMA | {"vocab_size": PADDED}, LLAMA | {"max_position_embeddings": 12}
    for name, config, tokenizer in (
        ("own", LLAMA, own),
        ("other", LLAMA, other),
        ("roles", LLAMA, extended()),
        ("roles_wide", LLAMA | {"vocab_size": SIZE + 1}, extended()),
        ("padded", wide, own),
        ("bare", wide, None),
        ("short", short, other),
        ("larger", LLAMA | {"vocab_size": 300}, more),
    ):
        save_student(causal_model(config), place / name, tokenizer)
    save_student(masked_model(BERT), place / "masked", own)
    save_student(sequence_classifier(BERT | NAMED, classes=2), place / "named", own)
    for split, some in {"train": 4, "validation": 3, "test": 2}.items():
        rows = [{"text": text, "label": ["neg", "pos"][n % 2]} for n, text in enumerate(SENTENCES)]
        rows = [row | {"text": f"{row['text']} {split}"} for row in rows]
        (place / f"{split}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows[:some]))


def splits(place):
    return {name: str(place / f"{name}.jsonl") for name in ("train", "validation", "test")}


def text_study(place, **data):
    """A student from a config and one stored teacher, on plain texts."""
    node = {"_target_": "mtkd.text.TextData", "tokenizer": str(place / "tokens_own")}
    return BASE | {
        "data": node | {"splits": splits(place), "length": 48} | data,
        "student": {"_target_": CAUSAL, "model": LLAMA},
        "teachers": {"a": {"model": stored(place / "own"), "seed": 1}},
    }


def class_study(place, **data):
    node = {"_target_": "mtkd.text.LabelledTexts", "tokenizer": str(place / "tokens_own")}
    return BASE | {
        "data": node | {"splits": splits(place), "length": 64} | data,
        "student": {"_target_": CLASSIFIER, "model": BERT, "classes": 2},
    }


def stored(folder, target=CAUSAL):
    return {"_target_": target, "model": str(folder)}


def checked(folder, study, **changes):
    """What `check_plan` says about `study` with some values set; `__` stands for a dot."""
    study = copy.deepcopy(study)
    for key, value in changes.items():
        study = set_path(study, key.split("__"), value)
    folder.mkdir(exist_ok=True)
    (folder / "study.yaml").write_text(json.dumps(study))
    return check_plan(make_plan(folder))


def refusal(folder, study, **changes):
    """The one sentence that the study is refused with."""
    with pytest.raises(ConfigError) as caught:
        checked(folder, study, **changes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def passing(folder, study, **changes):
    """What `checked` says, which is something."""
    found = checked(folder, study, **changes)
    assert found
    return found
