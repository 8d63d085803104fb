"""Conversations as a chat template writes them, and which of their tokens the assistant says."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from mtkd.language.origin import first_sentence
from mtkd.text.messages import Message
from mtkd.text.record import whole
from mtkd.text.tokens import Tokens

MARK = re.compile(r"\{%-?\s*generation\s*-?%\}")
RAISED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a template's own expressions raise, such as `1 / 0`; it comes with a model of others."""


def encoded(
    tokens: Tokens, chat: Sequence[Message], at: str, turns: str
) -> tuple[str, np.ndarray, np.ndarray, bool]:
    """A conversation's text, its ids `[n]`, `[n]` whether the assistant says each, and straddling.

    Straddling: whether a token that the assistant says begins before the assistant does.

    Raises:
        ValueError: The template refuses it, or does not tell where an answer stands.
    """
    text = _render(tokens, chat, at)
    found = tokens.encode([text], special=False)[0]
    ids = np.array(found.ids, dtype=np.int64)
    marked = turns == "all" and MARK.search(tokens.chat.chat_template)
    places = _marked(tokens, chat, text, at) if marked else _places(tokens, chat, text, at, turns)
    starts, ends = np.array(found.offsets, dtype=np.int64).reshape(-1, 2).T
    said, begun = np.zeros((2, len(ids)), dtype=bool)
    for first, last in places:
        said |= (ends > first) & (starts < last)
        begun |= (starts >= first) & (starts < last)
    return text, ids, said, bool((said & ~begun).any())


def last_prompt(tokens: Tokens, chat: Sequence[Message], at: str) -> np.ndarray:
    """`[n]` ids of what stands before the last answer, up to where the assistant begins."""
    text = _render(tokens, chat[: _answers(chat)[-1]], at, prompting=True)
    return np.array(tokens.encode([text], special=False)[0].ids, dtype=np.int64)


def _marked(tokens: Tokens, chat: Sequence[Message], text: str, at: str) -> list[tuple[int, int]]:
    """Character ranges between the template's marks.

    The token mask of transformers loses the end of a character that is several tokens, and goes
    on to the end of the text after one that is none.
    """
    from transformers.utils.chat_template_utils import render_jinja_template

    given = [{key: of for key, of in message.items() if of is not None} for message in chat]
    (written,), (places,) = render_jinja_template(
        [given],
        chat_template=tokens.chat.chat_template,
        return_assistant_tokens_mask=True,
        **tokens.chat.special_tokens_map,
    )
    if written != text:
        raise ValueError(f"{at}: the chat template writes the conversation in two ways")
    return [(first, last) for first, last in places if first < last]


def _places(
    tokens: Tokens, chat: Sequence[Message], text: str, at: str, turns: str
) -> list[tuple[int, int]]:
    """Character ranges of the assistant's turns, found by what each of them adds."""
    places = []
    for turn in _answers(chat)[-1 if turns == "last" else 0 :]:
        before = _render(tokens, chat[:turn], at, prompting=True)
        after = _render(tokens, chat[: turn + 1], at)
        if not (after.startswith(before) and text.startswith(after)):
            raise ValueError(
                f"{at}: the chat template writes the text before message {turn + 1} otherwise when "
                f"that message follows, so its place cannot be told; {_remedy(chat, turn, turns)}"
            )
        places.append((len(before), len(after)))
    return places


def _remedy(chat: Sequence[Message], turn: int, turns: str) -> str:
    """What to do where the place of message `turn` cannot be told."""
    marks = "give template: a file with {% generation %} marks"
    if turns == "last":
        marks += " and turns: all"
    if turn < _answers(chat)[-1]:
        return f"{marks}, or turns: last"
    if turn < len(chat) - 1:
        return f"{marks}, or end the conversation with the assistant's message"
    return marks


def _answers(chat: Sequence[Message]) -> list[int]:
    return [number for number, message in enumerate(chat) if message["role"] == "assistant"]


def _render(tokens: Tokens, chat: Sequence[Message], at: str, prompting: bool = False) -> str:
    from jinja2 import TemplateError

    try:
        text: str = tokens.chat.apply_chat_template(
            list(chat), tokenize=False, add_generation_prompt=prompting
        )
    except (TemplateError, *RAISED) as error:
        raise ValueError(
            f"{at}: the chat template refuses the conversation: {first_sentence(error)}"
        ) from None
    return whole(text, at)
