"""Conversations as a chat template writes them, and which of their tokens the assistant says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from mtkd.language.origin import first_sentence
from mtkd.text.record import whole
from mtkd.text.tokens import Tokens

Message = dict[str, Any]
MARK = re.compile(r"\{%-?\s*generation\s*-?%\}")


def checked(value: Any, at: str) -> list[Message]:
    """A conversation: messages with a role, an assistant's answer after something else.

    Raises:
        ValueError: It is not that; the sentence says where and what it is.
    """
    wanted = "expected a list of {role: ..., content: ...}"
    if not isinstance(value, list) or not value:
        raise ValueError(f"{at}: the conversation is {str(value)[:40]!r}, {wanted}")
    for number, message in enumerate(value, start=1):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise ValueError(f"{at}: message {number} is {str(message)[:60]!r}, {wanted}")
        said = message.get("content") or message.get("tool_calls")
        if not said or (isinstance(said, str) and not said.strip()):
            kind = "response" if message["role"] == "assistant" else "prompt"
            raise ValueError(
                f"{at}: the {kind} (message {number}, role {message['role']}) is empty; remove "
                "the record"
            )
    roles = [message["role"] for message in value]
    if "assistant" not in roles:
        raise ValueError(
            f"{at}: no message is the assistant's (roles: {', '.join(roles)}), so nothing could be "
            "learnt; remove the record"
        )
    if roles[0] == "assistant":
        raise ValueError(f"{at}: the first message is the assistant's, there is no prompt to it")
    return value


def encoded(
    tokens: Tokens, chat: Sequence[Message], at: str, turns: str
) -> tuple[str, np.ndarray, np.ndarray]:
    """A conversation's text, its ids `[n]`, and `[n]` whether the assistant says each of them.

    Raises:
        ValueError: The template refuses it, or does not tell where an answer stands.
    """
    text = _render(tokens, chat, at)
    found = tokens.encode([text], special=False)[0]
    ids = np.array(found.ids, dtype=np.int64)
    if turns == "all" and MARK.search(tokens.chat.chat_template):
        return text, ids, _marked(tokens, chat, ids, at)
    starts, ends = np.array(found.offsets, dtype=np.int64).reshape(-1, 2).T
    said = np.zeros(len(ids), dtype=bool)
    for first, last in _places(tokens, chat, text, at, turns):
        said |= (ends > first) & (starts < last)
    return text, ids, said


def last_prompt(tokens: Tokens, chat: Sequence[Message], at: str) -> np.ndarray:
    """`[n]` ids of what stands before the last answer, up to where the assistant begins."""
    text = _render(tokens, chat[: _answers(chat)[-1]], at, prompting=True)
    return np.array(tokens.encode([text], special=False)[0].ids, dtype=np.int64)


def _marked(tokens: Tokens, chat: Sequence[Message], ids: np.ndarray, at: str) -> np.ndarray:
    """What stands between the template's marks."""
    found = tokens.chat.apply_chat_template(
        list(chat), tokenize=True, return_dict=True, return_assistant_tokens_mask=True
    )
    if list(found["input_ids"]) != list(ids):
        raise ValueError(f"{at}: the chat template writes the conversation in two ways")
    return np.array(found["assistant_masks"], dtype=bool)


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
                "that message follows, so its place cannot be told; give template: a file with "
                "{% generation %} marks, or turns: last"
            )
        places.append((len(before), len(after)))
    return places


def _answers(chat: Sequence[Message]) -> list[int]:
    return [number for number, message in enumerate(chat) if message["role"] == "assistant"]


def _render(tokens: Tokens, chat: Sequence[Message], at: str, prompting: bool = False) -> str:
    from jinja2 import TemplateError

    try:
        text: str = tokens.chat.apply_chat_template(
            list(chat), tokenize=False, add_generation_prompt=prompting
        )
    except (TemplateError, TypeError) as error:
        raise ValueError(
            f"{at}: the chat template refuses the conversation: {first_sentence(error)}"
        ) from None
    return whole(text, at)
