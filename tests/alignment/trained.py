"""Real tokenizers, trained here on little texts of different kinds."""

from functools import cache

from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from tests.alignment.corpora import CODE, CORPUS, PROSE, TEXTS

__all__ = ["CODE", "MAKERS", "OTHERS", "PROSE", "TEXTS", "merged", "trained"]


def opened(tokenizer: Tokenizer, bos: str, eos: str | None = None) -> Tokenizer:
    """`tokenizer` that adds `bos` before a text and `eos` after it."""
    names = [bos] if eos is None else [bos, eos]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A" + (f" {eos}" if eos else ""),
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in names],
    )
    return tokenizer


def byte_level(size: int, bos: bool = True, nfc: bool = False, space: bool = False) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    if nfc:
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=space)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        initial_alphabet=alphabet,
        special_tokens=["<s>", "</s>"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return opened(tokenizer, "<s>") if bos else tokenizer


def digit_wise(size: int, corpus: list[str]) -> Tokenizer:
    """Qwen's manner: NFC, every digit alone, words cut by a pattern before bytes are merged."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    pattern = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s+"
    cuts = pre_tokenizers.Split(Regex(pattern), behavior="isolated")
    bytes_ = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([cuts, bytes_])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    return tokenizer


def word_piece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    special = ["[UNK]", "[CLS]", "[SEP]"]
    trainer = trainers.WordPieceTrainer(vocab_size=200, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return opened(tokenizer, "[CLS]", "[SEP]")


def unigram(nfkc: bool = True) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    if nfkc:
        tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=180,
        special_tokens=["<unk>", "<s>", "</s>"],
        unk_token="<unk>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return opened(tokenizer, "<s>", "</s>")


def fallback() -> Tokenizer:
    """Llama's manner: BPE over characters, `▁` for a space, single bytes for the unknown."""
    letters = ["<unk>", *(f"<0x{value:02X}>" for value in range(256)), "▁", "A", "h", "e", "he"]
    vocabulary = {token: index for index, token in enumerate(letters)}
    model = models.BPE(vocabulary, [("h", "e")], unk_token="<unk>", byte_fallback=True)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    return tokenizer


MAKERS = {
    "small": lambda: byte_level(300),
    "large": lambda: byte_level(400),
    "no_bos": lambda: byte_level(320, bos=False),
    "nfc": lambda: byte_level(340, nfc=True),
    "space": lambda: byte_level(330, space=True),
    "words": word_piece,
    "unigram": unigram,
    "plain_unigram": lambda: unigram(nfkc=False),
    "fallback": fallback,
    "code": lambda: digit_wise(700, CODE),
    "prose": lambda: digit_wise(380, PROSE),
}

OTHERS = [
    ("small", "large"),
    ("large", "small"),
    ("small", "words"),
    ("large", "unigram"),
    ("nfc", "fallback"),
    ("space", "no_bos"),
    ("words", "large"),
    ("unigram", "words"),
    ("plain_unigram", "nfc"),
    ("fallback", "small"),
    ("code", "prose"),
    ("prose", "code"),
]
"""Student and teacher with different vocabularies; every tokenizer on both sides."""


@cache
def trained(name: str) -> Tokenizer:
    return MAKERS[name]()


def merged(tokens: list[str], merges: list[tuple[str, str]]) -> Tokenizer:
    """A byte-level tokenizer written by hand, its ids in the order of `tokens`."""
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer
