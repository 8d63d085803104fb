"""A tokenizer as text data needs it: ids, offsets, special tokens, its chat template."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Encoding, Tokenizer

from mtkd.alignment import ByteReader
from mtkd.alignment.backend import backend, settings_of, untrimmed
from mtkd.text.origin import chat_template, declared, gives_types, identifying, load_tokenizer


class Tokens:
    """A tokenizer, its special tokens declared, never truncating or padding by itself.

    Special tokens that the tokenizer puts around a text (BOS, `[CLS]`) are added; forms add an end
    token; one that is spelt out in a text is read as that token, as transformers does.

    Args:
        source: Folder or hub name of a tokenizer of transformers, or a `tokenizer.json` file.
        revision: Of a hub name.
        end: The token that ends a text. True: the one the tokenizer declares; False: none.
        template: File with a Jinja chat template, in place of the tokenizer's own.
        local_files_only: Whether a hub name is looked up in the local cache only.

    Attributes:
        source: As given.
        plain: The `tokenizers.Tokenizer` itself.
        end_token: The token that ends a text; None if none is wanted or known.
        classes: One above the largest token id.
        types: Whether a model is to read the token types that it makes.
        identity: 16 hex digits: hash of the tokenizer's content, special tokens and template.

    Raises:
        ValueError: One sentence: nothing there, not fast, an end token it does not have.
    """

    def __init__(
        self,
        source: str,
        *,
        revision: str | None = None,
        end: str | bool = True,
        template: str | None = None,
        local_files_only: bool = True,
    ) -> None:
        self.source = source
        self._loaded = load_tokenizer(source, revision, local_files_only)
        self.plain = untrimmed(backend(self._loaded))
        self.classes = max(self.plain.get_vocab().values(), default=-1) + 1
        self._template = chat_template(self._loaded, template)
        self.end_token = declared(self._loaded, "eos_token") if end is True else (end or None)
        self._wanted, self.types = end is not False, gives_types(self._loaded)
        if self.end_token is not None and self.plain.token_to_id(self.end_token) is None:
            raise ValueError(
                f"the tokenizer {source} has no token {self.end_token!r} to end a text with"
            )
        about = [self.end_token, *identifying(self._loaded, self._template)]
        content = json.dumps([self.plain.to_str(), *about]).encode()
        self.identity = hashlib.sha256(content).hexdigest()[:16]

    @cached_property
    def end(self) -> int | None:
        """Id of the token that ends a text; None if none is wanted.

        Raises:
            ValueError: One is wanted and none is known.
        """
        if self.end_token is None and self._wanted:
            raise ValueError(
                f"the tokenizer {self.source} declares no end token, so no text could end; give "
                "end: the token that ends a text, or end: false"
            )
        return None if self.end_token is None else self.plain.token_to_id(self.end_token)

    @cached_property
    def padding(self) -> int:
        """Id that fills up rows: the declared padding token, else the end token, else 0."""
        for name in (declared(self._loaded, "pad_token"), self.end_token):
            index = None if name is None else self.plain.token_to_id(name)
            if index is not None:
                return int(index)
        return 0

    @property
    def mask(self) -> int:
        """Id of the token that hides another one.

        Raises:
            ValueError: The tokenizer declares none.
        """
        name = declared(self._loaded, "mask_token")
        if name is None:
            raise ValueError(
                f"the tokenizer {self.source} declares no mask token to hide tokens with; use the "
                "tokenizer of a masked model, or hidden: null"
            )
        index: int = self.plain.get_vocab()[name]
        return index

    @cached_property
    def reader(self) -> ByteReader:
        """Where tokens end in the bytes of a text, special tokens added."""
        return ByteReader(self.plain)

    @cached_property
    def bare_reader(self) -> ByteReader:
        """As `reader`, no special tokens added: for texts that a chat template wrote."""
        settings = {**settings_of(self.plain), "post_processor": None}
        return ByteReader(Tokenizer.from_str(json.dumps(settings)))

    @cached_property
    def chat(self) -> Any:
        """The tokenizer of transformers with its chat template.

        Raises:
            ValueError: There is no template.
        """
        if self._template is None:
            raise ValueError(
                f"the tokenizer {self.source} has no chat template; give template: a file with "
                "one, or use the prompt and response columns without chat"
            )
        from transformers import PreTrainedTokenizerFast

        chat = self._loaded
        if isinstance(chat, Tokenizer):
            special = {} if self.end_token is None else {"eos_token": self.end_token}
            chat = PreTrainedTokenizerFast(tokenizer_object=chat, **special)
        chat.chat_template = self._template
        return chat

    def encode(
        self, texts: Sequence[str], special: bool = True, offsets: bool = True
    ) -> list[Encoding]:
        """Ids and character offsets of each text; `special`: with the tokens added around it."""
        encode = self.plain.encode_batch if offsets else self.plain.encode_batch_fast
        found: list[Encoding] = encode(list(texts), add_special_tokens=special)
        return found

    def decode(self, ids: Sequence[int]) -> str:
        """The text of `ids`, special tokens spelt out."""
        text: str = self.plain.decode(list(ids), skip_special_tokens=False)
        return text


def known_tokens(tokenizer: str | Path | Tokens) -> Tokens:
    """`tokenizer` itself, or the one that a path or hub name means."""
    return tokenizer if isinstance(tokenizer, Tokens) else Tokens(str(tokenizer))
