"""Conversations in one column, as lists of messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import numpy as np

from mtkd.text.chat import encoded, last_prompt
from mtkd.text.documents import Document, Form, shifted, spelt
from mtkd.text.messages import Message, checked
from mtkd.text.record import Record
from mtkd.text.tokens import Tokens


class Messages(Form):
    """A conversation in one column, written by the tokenizer's chat template.

    A message is `{role, content}`, the content a text or a list of parts of type text. What the
    assistant says is learnt, with what the template writes after it to end the turn. It is found by
    the template's `{% generation %}` marks, or, where it has none, by writing the conversation with
    and without each turn: the shorter text must begin the longer one.

    Args:
        column: Column of the conversation.
        turns: `all`, or `last`: only the last turn of the assistant is learnt, for templates
            that write earlier turns otherwise (such as without their reasoning).
        prompt_loss: Whether everything is learnt.
    """

    prompts: ClassVar[bool] = True

    def __init__(
        self, column: str = "messages", *, turns: str = "all", prompt_loss: bool = False
    ) -> None:
        if turns not in ("all", "last"):
            raise ValueError(f"turns must be all or last, got {turns!r}")
        self.columns, self.turns, self.prompt_loss = (column,), turns, prompt_loss

    @property
    def options(self) -> str:
        return f"messages {self.columns[0]} {self.turns} {self.prompt_loss}"

    def documents(
        self, records: Sequence[Record], tokens: Tokens, spans: bool
    ) -> Iterator[Document]:
        chats = [checked(record.values[self.columns[0]], record.at) for record in records]
        yield from written(chats, records, tokens, spans, self.turns, self.prompt_loss)

    def prompt_ids(self, records: Sequence[Record], tokens: Tokens) -> Iterator[np.ndarray]:
        for record in records:
            chat = checked(record.values[self.columns[0]], record.at)
            yield last_prompt(tokens, chat, record.at)


def written(
    chats: Sequence[Sequence[Message]],
    records: Sequence[Record],
    tokens: Tokens,
    spans: bool,
    turns: str,
    prompt_loss: bool,
) -> Iterator[Document]:
    """Documents of conversations: see `Messages`."""
    for number, (chat, record) in enumerate(zip(chats, records, strict=True)):
        text, ids, predicted, straddles = encoded(tokens, chat, record.at, turns)
        made = Document(ids, shifted(ids, predicted | prompt_loss), None, "", number, straddles)
        yield spelt(made, text, tokens, spans, bare=True)
