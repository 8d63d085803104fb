"""Conversations as they stand in a column, checked before a chat template writes them."""

from __future__ import annotations

from typing import Any

Message = dict[str, Any]


def checked(value: Any, at: str) -> list[Message]:
    """A conversation: messages with a role, an assistant's answer after something else.

    Content in parts is joined, so every content is a string, or missing beside tool calls.

    Raises:
        ValueError: It is not that; the sentence says where and what it is.
    """
    wanted = "expected a list of {role: ..., content: ...}"
    if not isinstance(value, list) or not value:
        raise ValueError(f"{at}: the conversation is {str(value)[:40]!r}, {wanted}")
    for number, message in enumerate(value, start=1):
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise ValueError(f"{at}: message {number} is {str(message)[:60]!r}, {wanted}")
    chat = [_message(message, number, at) for number, message in enumerate(value, start=1)]
    roles = [message["role"] for message in chat]
    if "assistant" not in roles:
        raise ValueError(
            f"{at}: no message is the assistant's (roles: {', '.join(roles)}), so nothing could be "
            "learnt; remove the record"
        )
    if roles[0] == "assistant":
        raise ValueError(f"{at}: the first message is the assistant's, there is no prompt to it")
    return chat


def _message(message: Message, number: int, at: str) -> Message:
    """`message` with its content as a string."""
    content = _joined(message.get("content"), f"{at}: content of message {number}")
    said = content or message.get("tool_calls")
    if not said or (isinstance(said, str) and not said.strip()):
        kind = "response" if message["role"] == "assistant" else "prompt"
        raise ValueError(
            f"{at}: the {kind} (message {number}, role {message['role']}) is empty; remove "
            "the record"
        )
    return message if content is None else {**message, "content": content}


def _joined(content: Any, what: str) -> str | None:
    """Content as one string; a template would write a list as Python spells it."""
    if content is None or isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise ValueError(f"{what} is of type {type(content).__name__}, expected text")
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else type(part).__name__
        if kind != "text":
            raise ValueError(f"{what} is a list with a part of type {kind}, expected text")
        if not isinstance(part.get("text"), str):
            raise ValueError(f"{what} is a list with a part of type text that holds no text")
    return "".join(part["text"] for part in content)
