"""One request to a provider, over `requests`: it ends in time, and it is known whether its body left whole.

A request whose last bytes were never written cannot have been accepted. After the last byte, no answer means that
nobody knows. `requests` repeats nothing by itself, follows no redirect here, and reads no password from ~/.netrc.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests
import urllib3
from requests.utils import get_environ_proxies

MOST_BYTES: Final = 2_000_000
"""Bytes of an answer that are read. The answer to a batch of 500 messages has 100,000."""
MOST_WAIT: Final = 86_400.0
"""Seconds: no Retry-After counts for more than a day."""
KEPT: Final = 4.0
"""Seconds for which an unused connection is used again; many servers close theirs after five."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two bytes, and for the whole of a request with its answer."""

    connect: float = 10.0
    read: float = 30.0
    whole: float = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, below the base of the API."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the names of headers are in small letters. `body` is empty if it was too long or compressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """Return the body as JSON, or None if it is not."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def says(self) -> dict[str, Any]:
        """Return the body if it is a JSON object, else an empty one."""
        said = self.json()
        return said if isinstance(said, dict) else {}

    def word(self, name: str) -> str:
        """Return a string that a JSON object has under a name, "" without one."""
        said = self.says().get(name)
        return said if isinstance(said, str) else ""

    def after(self, now: dt.datetime | None = None) -> float:
        """Return the seconds that Retry-After asks for, 0 without it (RFC 9110 10.2.3: seconds, or a date)."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return min(float(value), MOST_WAIT)
        with suppress(ValueError):
            moment = parsedate_to_datetime(value)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
            wait = (moment - (now or dt.datetime.now(dt.UTC))).total_seconds()
            return max(0.0, min(wait, MOST_WAIT))
        return 0.0


class NotSent(Exception):
    """The request did not leave whole, so nothing was accepted; `mistrusted` means that the certificate is not trusted."""

    def __init__(self, why: str, *, mistrusted: bool = False) -> None:
        self.mistrusted = mistrusted
        super().__init__(why)


class NoAnswer(Exception):
    """The request left whole, or may have, and no answer came that can be read."""


class _Body:
    """A body that knows when its last bytes were asked for. Until then no server can have all of it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self.whole = not data

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:  # what makes it a stream to `requests`
        while block := self.read(16_384):
            yield block

    def read(self, size: int = -1) -> bytes:
        block = self._data[self._at :] if size < 0 else self._data[self._at : self._at + size]
        self._at += len(block)
        self.whole = self.whole or self._at >= len(self._data)
        return block


class Wire:
    """A way to one API, which keeps its connection for a few seconds. Used by one thread at a time."""

    def __init__(self, api: str, timeouts: Timeouts) -> None:
        self._api = api
        self._timeouts = timeouts
        self._session: requests.Session | None = None
        self._used = 0.0

    def ask(self, request: Request) -> Answer:
        """Return the answer, whatever its status. Raises NotSent, NoAnswer."""
        body = _Body(request.body)
        came: list[Answer | BaseException] = []

        def work() -> None:
            try:
                came.append(self._ask(request, body))
            except BaseException as error:  # noqa: BLE001  it is raised again in the caller's thread
                came.append(error)

        thread = threading.Thread(target=work, name="provider", daemon=True)
        thread.start()
        thread.join(self._timeouts.whole)
        if not came:  # the thread is left to itself; what it still writes may arrive
            self._session = None
            raise NoAnswer(f"no answer within {self._timeouts.whole:g} seconds")
        if isinstance(came[0], BaseException):
            self.close()
            raise came[0]
        self._used = time.monotonic()
        return came[0]

    def fresh(self) -> bool:
        """Whether the connection was used only a moment ago, so that the other side still keeps it."""
        return time.monotonic() - self._used < KEPT

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _ask(self, request: Request, body: _Body) -> Answer:
        if not self.fresh():
            self.close()
        session = self._session = self._session or _session(self._api)
        limits = (self._timeouts.connect, self._timeouts.read)
        try:
            with session.request(
                request.method, self._api + request.path, headers=dict(request.headers), data=body if request.body else None,
                timeout=limits, allow_redirects=False, stream=True,
            ) as response:  # fmt: skip
                return Answer(response.status_code, _lower(response.headers), _read(response))
        except requests.exceptions.SSLError as error:
            mistrusted = "CERTIFICATE_VERIFY_FAILED" in str(error) or "doesn't match" in str(error)
            raise _lost(body, "no secure connection", mistrusted=mistrusted) from None
        except (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError):
            raise NotSent("no connection came about") from None
        except requests.exceptions.ConnectionError as error:
            if _never_connected(error):
                raise NotSent("no connection came about") from None
            raise _lost(body, "the connection broke") from None
        except requests.exceptions.Timeout:
            raise _lost(body, "no answer in time") from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError):
            raise _lost(body, "the answer cannot be read") from None


def _session(api: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # else ~/.netrc would replace the key
    session.proxies.update(get_environ_proxies(api))
    session.headers.update({"User-Agent": "Pressroom", "Accept": "application/json", "Accept-Encoding": "identity"})
    return session


def _never_connected(error: requests.exceptions.ConnectionError) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def _lost(body: _Body, why: str, *, mistrusted: bool = False) -> NotSent | NoAnswer:
    return NoAnswer(why) if body.whole and not mistrusted else NotSent(why, mistrusted=mistrusted)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _read(response: requests.Response) -> bytes:
    """Return the body; an empty one if it is too long, or compressed although we asked for none of that."""
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        return b""
    body = bytearray()
    for block in response.iter_content(16_384):
        body += block
        if len(body) > MOST_BYTES:
            return b""
    return bytes(body)
