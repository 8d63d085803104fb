"""Connections to a server: when to ask again, how long to wait, and with which key."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import InvalidHeader
from urllib3.util import Retry

AGAIN = (408, 409, 425, 429, 500, 502, 503, 504)
"""Answers that may be others a moment later."""

LONGEST_WAIT = 300.0
"""Seconds waited at most before asking again, whatever the server says."""


class _Patient(Retry):
    """Waits as long as the server asks for in `Retry-After`, within reason."""

    def parse_retry_after(self, retry_after: str) -> float:
        try:
            return min(super().parse_retry_after(retry_after), LONGEST_WAIT)
        except InvalidHeader:
            return 0.0  # urllib3 waits its backoff then


class _Bearer(AuthBase):
    """Sends the key that an environment variable holds at that time; it is kept nowhere.

    Set even without a key: requests would else send a password of ~/.netrc.
    """

    def __init__(self, key: str | None) -> None:
        self.key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.key is not None:
            request.headers["Authorization"] = f"Bearer {key_in(self.key)}"
        return request


class Sessions:
    """A session for each process that asks: connections do not survive a fork.

    Args:
        key: Name of the environment variable that holds the server's key, or None.
        attempts: How often a question is sent at most.
        connections: Kept open at a time.
        backoff: Seconds before the third attempt, doubled before each further one.

    Raises:
        ValueError: `key` is no name of a variable; it may be the key itself and is not repeated.
    """

    def __init__(self, key: str | None, attempts: int, connections: int, backoff: float) -> None:
        if key is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key):
            raise ValueError(
                "key must be the name of the environment variable that holds the server's key, as "
                "TEACHER_KEY, not the key itself; what was given is no such name"
            )
        self.key, self.attempts = key, attempts
        self.connections, self.backoff = connections, backoff
        self._opened: tuple[int, requests.Session] | None = None

    def here(self) -> requests.Session:
        """The session of this process."""
        process = os.getpid()
        if self._opened is None or self._opened[0] != process:
            self._opened = process, self._open()
        return self._opened[1]

    def _open(self) -> requests.Session:
        retry = _Patient(
            self.attempts - 1,
            status_forcelist=AGAIN,
            allowed_methods=None,  # POST too: scoring a prompt twice changes nothing
            backoff_factor=self.backoff,
            raise_on_status=False,
        )
        session = requests.Session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(pool_maxsize=self.connections, max_retries=retry))
        session.auth = _Bearer(self.key)
        return session


def key_in(variable: str) -> str:
    """The key that an environment variable holds.

    Raises:
        ValueError: It is not set, or holds what cannot be sent; the value is not repeated.
    """
    value = os.environ.get(variable, "").strip()
    if not value:
        raise ValueError(
            f"the environment variable {variable} is to hold a server's key and is empty or not "
            "set; set it, or leave out key if the server wants none"
        )
    if not re.fullmatch(r"[!-~]+", value):
        raise ValueError(
            f"the environment variable {variable} holds spaces or other characters that no "
            "server's key has; set it to the key alone"
        )
    return value


def plain_url(url: str) -> str:
    """`url` without a last slash; it goes into sentences, so it may hold no password.

    Raises:
        ValueError: It is no such URL.
    """
    try:
        parts = urlsplit(url)
        private = any(("@" in parts.netloc, parts.query, parts.fragment))
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        private, fits = "@" in url, False
    if private:
        raise ValueError(
            "the url of a served teacher may hold no user, password or query; give the name of "
            "the environment variable that holds the server's key as key"
        )
    if not fits:
        raise ValueError(
            f"the url of a served teacher must be like http://localhost:8000/v1, got {url!r}"
        )
    return url.rstrip("/")
