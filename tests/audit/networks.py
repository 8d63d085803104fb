"""Classifiers small enough to make in a test, with a tokenizer trained here, in folders."""

import csv
from functools import cache

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    GPT2Config,
    GPT2ForSequenceClassification,
    PreTrainedTokenizerFast,
    XLNetConfig,
    XLNetForSequenceClassification,
)

ANIMALS = ("cat", "dog", "eel")
TEXTS = (
    ("a cat on the mat", "cat"),
    ("the dog and its bone", "dog"),
    ("an eel", "eel"),
    ("another cat, and again a cat on another mat, which is long", "cat"),
    ("dogs bark", "dog"),
    ("eels are long too, says the dog", "eel"),
    ("an eel", "cat"),
)
"""The third and the last are the same words."""
SPECIAL = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}


@cache
def word_piece(size=120):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=list(SPECIAL.values()), show_progress=False
    )
    tokenizer.train_from_iterator([text for text, _ in TEXTS], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **SPECIAL)


def bert(names=ANIMALS, positions=32, vocabulary=120, **changes):
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=positions,
        id2label=dict(enumerate(names)),
        label2id={name: place for place, name in enumerate(names)},
        **changes,
    )
    return BertForSequenceClassification(config)


def gpt2(names=ANIMALS, **changes):
    """Reads its answer at the last token that is no padding."""
    config = GPT2Config(
        vocab_size=120,
        n_embd=16,
        n_layer=1,
        n_head=2,
        n_positions=32,
        id2label=dict(enumerate(names)),
        label2id={name: place for place, name in enumerate(names)},
        **changes,
    )
    return GPT2ForSequenceClassification(config)


def xlnet(names=ANIMALS, **changes):
    """Reads its answer at the last place, padding or not."""
    config = XLNetConfig(
        vocab_size=120,
        d_model=16,
        d_inner=24,
        n_layer=1,
        n_head=2,
        pad_token_id=0,
        id2label=dict(enumerate(names)),
        label2id={name: place for place, name in enumerate(names)},
        **changes,
    )
    return XLNetForSequenceClassification(config)


def network(folder, seed=0, make=bert, **options):
    """A folder with a model, loud enough that its answers differ, and its tokenizer."""
    torch.manual_seed(seed)
    return loud(make(**options), folder)


def loud(model, folder):
    """Make its weights eight times as large, and save it with the tokenizer."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.mul_(8)
    model.eval().save_pretrained(folder)
    word_piece().save_pretrained(folder)
    return folder


def texts(path, rows=TEXTS, header=("text", "label")):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path
