"""Tokenizers trained here, files written here, and data sets made of them."""

import json
from functools import cache

from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from mtkd.text import TextData, Tokens

TEXTS = [
    "The cat sat on the mat.",
    "Le café naïve à Noël coûte 3,50 €.",
    "x",
    "emoji 😀 and a family 👨‍👩‍👧 together",
    "東京は日本の首都です。 中文 한국어",
    "  two leading spaces\n\tand a tab, and much more text that goes on and on for a while",
    "there they were, the three of them, on the mat with the cat",
    "the other thing",
]
SPECIAL = ["<s>", "</s>", "<pad>", "<|user|>", "<|bot|>", "<|end|>"]

MARKED = (
    "{% for m in messages %}{% if m.role == 'assistant' %}<|bot|>\n{% generation %}"
    "{{ m.content }}<|end|>{% endgeneration %}{{ '\n' }}{% else %}"
    "<|user|>\n{{ m.content }}<|end|>\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|bot|>\n{% endif %}"
)
PLAIN = MARKED.replace("{% generation %}", "").replace("{% endgeneration %}", "")
FORGETFUL = PLAIN.replace(
    "<|bot|>\n{{ m.content }}", "<|bot|>\n{{ m.content if loop.last else m.content | upper }}"
)
"""Writes earlier answers otherwise than the last one, as templates that drop reasoning do."""


@cache
def byte_level(begin: bool = True) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=SPECIAL,
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS * 5, trainer)
    if begin:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", 0)]
        )
    return tokenizer


@cache
def sentence_piece() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=150,
        special_tokens=[*SPECIAL, "<unk>"],
        unk_token="<unk>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS * 5, trainer)
    return tokenizer


@cache
def word_piece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=200,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS * 5, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return tokenizer


def saved(folder, tokenizer, **options):
    """`Tokens` of a file, ended by `</s>` unless told otherwise."""
    file = folder / "tokenizer.json"
    tokenizer.save(str(file))
    return Tokens(str(file), **{"end": "</s>", **options})


def chatty(folder, template=MARKED, **special):
    """Folder of a tokenizer of transformers with a chat template."""
    names = {"eos_token": "</s>", "pad_token": "<pad>", "bos_token": "<s>", **special}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=byte_level(), **names)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder / "chatty")
    return str(folder / "chatty")


def lines(file, records):
    """A JSON Lines file, and its path as text."""
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return str(file)


def plain(folder, tokens, texts=TEXTS, **options):
    """A data set whose three splits hold the same `texts`."""
    file = lines(folder / "texts.jsonl", [{"text": text} for text in texts])
    splits = dict.fromkeys(("train", "validation", "test"), file)
    return TextData(tokens, splits, **options)


def conversations(folder, tokenizer, records, form, **options):
    file = lines(folder / "records.jsonl", records)
    splits = dict.fromkeys(("train", "validation", "test"), file)
    return TextData(tokenizer, splits, form=form, **options)


def learnt(data, row=0, split="train"):
    """The text of the labels of a row."""
    labels = data.splits[split].labels[row]
    return data.tokens.decode(labels[labels >= 0].tolist())


def read(data, row=0, split="train"):
    """The text of a row without its padding."""
    examples = data.splits[split]
    mask = examples.extras["attention_mask"][row].bool()
    return data.tokens.decode(examples.inputs[row][mask].tolist())
