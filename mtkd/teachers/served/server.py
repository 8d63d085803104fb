"""A question to a model server and its answer, over HTTP."""

from __future__ import annotations

import json
from time import monotonic
from typing import Any

from requests import Response
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from mtkd.teachers.served.refusals import Refusals, ServerError, cause, one_line
from mtkd.teachers.served.session import Sessions, plain_url

CONNECT = 10.0
"""Seconds for a connection to be made; the rest of the time limit is for the answer."""

SHORT = 2**20
"""Bytes read of a list of models."""

URL = "its url must be that of an OpenAI-compatible server, as http://localhost:8000/v1"


class _CutOffError(Exception):
    """An answer that began and did not end."""


class Server:
    """An OpenAI-compatible server that is asked for completions.

    Args:
        url: `http://localhost:8000/v1`, without credentials.
        model: A name it serves.
        timeout: Seconds for one answer.
        sessions: How it is connected to.

    Raises:
        ValueError: Not such a URL.
    """

    def __init__(self, url: str, model: str, timeout: float, sessions: Sessions) -> None:
        self.url, self.model, self.sessions = plain_url(url), model, sessions
        self.timeout = min(CONNECT, timeout), timeout
        self.who = f"the server {self.url} (model {model})"

    def ask(self, question: dict[str, Any], most: int) -> object:
        """The decoded answer to a completions request.

        Args:
            question: Body of the request.
            most: Bytes an answer may have.

        Raises:
            ServerError: There is none.
        """
        key, attempts, reason = self.sessions.key, self.sessions.attempts, ""
        for _ in range(attempts):
            try:
                status, body = self._exchange("POST", "/completions", most, question)
            except _CutOffError as error:  # what a session repeats ends with the headers
                reason = str(error)
                continue
            if status != 200:
                raise ServerError(Refusals(self.who, key, self._models).sentence(status, body))
            try:
                return json.loads(body)
            except (ValueError, RecursionError):
                got = one_line(body, key)
                raise ServerError(f"{self.who} answered no JSON but {got!r}; {URL}") from None
        raise ServerError(
            f"{self.who} cut off its answer (attempts: {attempts}; {reason}); see the server's "
            f"log, or raise timeout ({self.timeout[1]:g} s)"
        )

    def _exchange(
        self, method: str, path: str, most: int, question: dict[str, Any] | None = None
    ) -> tuple[int, bytes]:
        """Status and body, read in parts: no server is to fill the memory, or never end."""
        try:
            response = self.sessions.here().request(
                method,
                self.url + path,
                json=question,
                timeout=self.timeout,
                stream=True,
                allow_redirects=False,
            )
        except RequestException as error:
            raise ServerError(self._silent(error)) from None
        with response:
            return response.status_code, self._body(response, most)

    def _body(self, response: Response, most: int) -> bytes:
        body, end = bytearray(), monotonic() + self.timeout[1]
        try:
            while part := response.raw.read1(2**16, decode_content=True):
                body += part
                if len(body) > most:
                    raise ServerError(f"{self.who} answered more than {most} bytes; {URL}")
                if monotonic() > end:  # what a session waits for is the next byte
                    raise _CutOffError("it came too slowly")
        except HTTPError as error:
            raise _CutOffError(cause(error, self.sessions.key)) from None
        return bytes(body)

    def _silent(self, error: Exception) -> str:
        return (
            f"{self.who} did not answer (attempts: {self.sessions.attempts}; "
            f"{cause(error, self.sessions.key)}); start it with `vllm serve {self.model}`, correct "
            f"its url, or raise timeout ({self.timeout[1]:g} s)"
        )

    def _models(self) -> object:
        """What the server lists as its models; None if it lists none."""
        try:
            return json.loads(self._exchange("GET", "/models", SHORT)[1])
        except (ValueError, RecursionError, _CutOffError):  # a ServerError is a ValueError
            return None
