"""A prompt and a response in two columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np
from tokenizers import Encoding

from mtkd.text.chat import last_prompt
from mtkd.text.conversations import written
from mtkd.text.documents import Document, Form, batches, shifted, spelt, string, with_end
from mtkd.text.messages import Message
from mtkd.text.record import Record
from mtkd.text.tokens import Tokens


class Instructions(Form):
    """A prompt and a response in two columns; the response and its end are learnt.

    Prompt, separator and response are tokenised as one text, with the tokenizer's special tokens
    around it and its end token after it. A token that covers the end of the prompt and the start
    of the response belongs to the response; such records are counted.

    Args:
        prompt: Column of the prompt.
        response: Column of the response.
        separator: Written between them, part of the prompt.
        chat: Whether the two are a user's and an assistant's message, written by the tokenizer's
            chat template in place of the separator; the template then decides what ends a turn.
        prompt_loss: Whether the prompt is learnt too.
    """

    prompts: ClassVar[bool] = True

    def __init__(
        self,
        prompt: str = "prompt",
        response: str = "response",
        *,
        separator: str = "",
        chat: bool = False,
        prompt_loss: bool = False,
    ) -> None:
        self.columns, self.separator = (prompt, response), separator
        self.chat, self.prompt_loss = chat, prompt_loss
        if chat and separator:
            raise ValueError(
                f"separator {separator!r} would be ignored, a chat template parts the messages; "
                "leave one of the two out"
            )

    @property
    def options(self) -> str:
        return f"instructions {self.columns!r} {self.separator!r} {self.chat} {self.prompt_loss}"

    def documents(
        self, records: Sequence[Record], tokens: Tokens, spans: bool
    ) -> Iterator[Document]:
        pairs = [self._pair(record) for record in records]
        if self.chat:
            chats = [_two_messages(*pair) for pair in pairs]
            yield from written(chats, records, tokens, spans, "all", self.prompt_loss)
            return
        texts = (prompt + self.separator + response for prompt, response in pairs)
        pieces = ((some, tokens.encode(some)) for some in batches(texts))
        read = (one for some, found in pieces for one in zip(some, found, strict=True))
        for number, (text, found) in enumerate(read):
            boundary = len(pairs[number][0]) + len(self.separator)
            made = self._document(found, text, boundary, tokens.end, number)
            yield spelt(made, text, tokens, spans)

    def prompt_ids(self, records: Sequence[Record], tokens: Tokens) -> Iterator[np.ndarray]:
        pairs = [self._pair(record) for record in records]
        if self.chat:
            chats = [_two_messages(*pair) for pair in pairs]
            for chat, record in zip(chats, records, strict=True):
                yield last_prompt(tokens, chat, record.at)
            return
        for some in batches(prompt + self.separator for prompt, _ in pairs):
            yield from map(_opened, tokens.encode(some, offsets=False))

    def _document(
        self, found: Encoding, text: str, boundary: int, end: int | None, record: int
    ) -> Document:
        ids = with_end(np.array(found.ids, dtype=np.int64), end)
        places = range(boundary, len(text))
        # A tokenizer may drop the space that a response begins with.
        first = next((t for t in map(found.char_to_token, places) if t is not None), len(ids))
        place = found.token_to_chars(first) if first < len(found.ids) else None
        straddles = place is not None and place[0] < boundary
        predicted = np.arange(len(ids)) >= (0 if self.prompt_loss else first)
        return Document(ids, shifted(ids, predicted), None, "", record, straddles)

    def _pair(self, record: Record) -> tuple[str, str]:
        prompt, response = (string(record, column) for column in self.columns)
        for name, text in (("prompt", prompt), ("response", response)):
            if not text.strip():
                column = self.columns[name == "response"]
                raise ValueError(
                    f"{record.at}: the {name} (column {column!r}) is empty; remove the record"
                )
        return prompt, response


def _two_messages(prompt: str, response: str) -> list[Message]:
    return [{"role": "user", "content": prompt}, {"role": "assistant", "content": response}]


def _opened(found: Encoding) -> np.ndarray:
    """The ids of a text without the special tokens that end it."""
    keep = len(found.ids)
    while keep and found.special_tokens_mask[keep - 1]:
        keep -= 1
    return np.array(found.ids[:keep], dtype=np.int64)
