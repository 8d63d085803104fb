"""What a server says instead of an answer, in one sentence that never holds its key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from mtkd.teachers.served.session import key_in

LONGEST = 200
"""Characters of what a server said that are repeated."""

ADVICE = (
    ("logprobs", "start it with a higher --max-logprobs, or lower top"),
    ("length", "cut or pack the text to fewer tokens, or start it with a larger --max-model-len"),
    ("too long", "cut or pack the text to fewer tokens, or start it with a larger --max-model-len"),
    ("vocab", "serve a teacher whose tokenizer is the student's"),
)
"""A word of a server's refusal, and what to do about it."""


class ServerError(ValueError):
    """A server that cannot be reached, refuses, or says something else; one sentence."""


def one_line(text: bytes | str, key: str | None) -> str:
    """The beginning of what a server said, on one line, its key blotted out."""
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    if key is not None:
        said = said.replace(key_in(key), f"${key}")
    line = "".join(c if c.isprintable() else " " for c in " ".join(said.split()))
    return line if len(line) <= LONGEST else f"{line[:LONGEST]} …"


def cause(error: Exception, key: str | None) -> str:
    """The innermost reason that requests gives for an error; it may repeat what a server said."""
    inner = re.sub(r"['\"]\)+$", "", str(error).rsplit(": ", 1)[-1])
    return one_line(inner, key) or type(error).__name__


class Refusals:
    """Sentences about refusals.

    Args:
        who: The server.
        key: Name of the environment variable that holds its key, or None.
        models: Asks for its models: decoded JSON, or None.
    """

    def __init__(self, who: str, key: str | None, models: Callable[[], object]) -> None:
        self.who, self.key, self.models = who, key, models

    def sentence(self, status: int, body: bytes) -> str:
        """What to say about an answer of another status than 200."""
        if status in (401, 403):
            return f"{self.who} refuses access ({status}); {self._access()}"
        if status == 404:
            return f"{self.who} answered 404; {self._missing()}"
        said = one_line(_message(body), self.key) or "without a reason"
        if status == 400:
            fitting = [advice for word, advice in ADVICE if word in said.lower()]
            todo = fitting[0] if fitting else "see the server's log"
        elif status == 429:
            todo = "lower together, or raise attempts"
        elif 300 <= status < 400:
            todo = "give the url that it redirects to"
        else:
            todo = "see the server's log"
        return f"{self.who} answered {status}: {said}; {todo}"

    def _access(self) -> str:
        if self.key is None:
            return "give the name of the environment variable that holds its key as key"
        return f"the environment variable {self.key} must hold a key that it accepts"

    def _missing(self) -> str:
        found = self.models()
        listed = found.get("data") if isinstance(found, dict) else None
        models = listed if isinstance(listed, list) else []
        names = [one["id"] for one in models if isinstance(one, dict) and "id" in one]
        if not names:
            return "its url must lead to its completions endpoint: that of vLLM ends in /v1"
        served = one_line(", ".join(map(str, names)), self.key)
        return f"it serves {served}; give one of these as model"


def _message(body: bytes) -> str:
    """The message inside of a refusal: `error.message`, `message` or `detail`, else all of it."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")
    if isinstance(said, dict):
        inner = said.get("error", said)
        if isinstance(inner, dict):
            inner = inner.get("message", inner.get("detail", inner))
        said = inner
    return said if isinstance(said, str) else json.dumps(said)
