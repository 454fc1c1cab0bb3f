"""Fetches the links of an issue, so that the pre-flight can say which are dead.

Content may come from anyone who can open a pull request, so a link must not reach what only this machine can reach:
every address that a host resolves to has to be public, the connection goes to the address that was checked (no
second look-up that could answer differently), and each redirect is checked like the first URL.
"""

from __future__ import annotations

import concurrent.futures
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2
import httpx2

TIMEOUT = 10.0
"""Seconds for connecting, and between two bytes."""
DEADLINE = 20.0
"""Seconds for one link with all its redirects, however slowly the server answers."""
MAX_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
HEADERS = ((b"User-Agent", b"Pressroom link check"), (b"Accept", b"*/*"))
NAT64 = ipaddress.ip_network("64:ff9b::/96")
WORKERS = 8

_TIMEOUTS = {"connect": TIMEOUT, "read": TIMEOUT, "write": TIMEOUT}
_FAILURES = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError)


class PrivateAddress(Exception):
    """A link's host resolves to an address that is not public."""


def check_links(
    urls: Iterable[str], *, allow: Callable[[str], bool] = lambda _address: False, deadline: float = DEADLINE
) -> dict[str, str | None]:
    """Return for each URL what is wrong with it, or None. `allow` admits addresses that are not public."""
    unique = sorted(set(urls))
    trusted = httpcore2.default_ssl_context()
    with concurrent.futures.ThreadPoolExecutor(WORKERS, thread_name_prefix="links") as pool:
        verdicts = pool.map(lambda url: _check(url, _Network(allow, deadline), trusted), unique)
        return dict(zip(unique, verdicts, strict=True))


def _check(url: str, network: _Network, trusted: ssl.SSLContext) -> str | None:
    try:
        with httpcore2.ConnectionPool(ssl_context=trusted, network_backend=network) as pool:
            verdict = _follow(httpx2.URL(url), pool)
    except PrivateAddress as error:
        return str(error)
    except (*_FAILURES, httpx2.InvalidURL, ValueError, OSError) as error:
        verdict = f"cannot be reached ({type(error).__name__})"
    return f"took longer than {network.seconds:g} s" if network.late else verdict


def _follow(url: httpx2.URL, pool: httpcore2.ConnectionPool) -> str | None:
    for _ in range(MAX_REDIRECTS + 1):
        if url.scheme not in ("http", "https"):
            return "leads to something other than http or https"
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        headers = [(b"Host", url.netloc), *HEADERS]
        with pool.stream("GET", target, headers=headers, extensions={"timeout": _TIMEOUTS}) as response:
            location = next((value for name, value in response.headers if name.lower() == b"location"), None)
            if location is not None and response.status in REDIRECTS:
                url = url.join(location.decode("utf-8", "replace"))
                continue
            # Some sites refuse programs but serve people; that is not a dead link.
            gone = response.status in (404, 410) or response.status >= 500
            return f"answers {response.status}" if gone else None
    return f"redirects more than {MAX_REDIRECTS} times"


def public_address(host: str, port: int, allow: Callable[[str], bool]) -> str:
    """Resolve a host once and return one of its addresses. Raises PrivateAddress if any of them is not public."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not _public(ipaddress.ip_address(address.partition("%")[0])) and not allow(address):
            raise PrivateAddress(f"leads to {host}, which is not a public address")
    return found[0]


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Say whether an address is public; one that wraps an IPv4 address is as public as that."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped:
            return _public(wrapped)
    return address.is_global and not address.is_multicast


class _Network(httpcore2.NetworkBackend):
    """Dials only an address that was checked, and ends with its deadline. TLS still verifies the host's name."""

    def __init__(self, allow: Callable[[str], bool], seconds: float) -> None:
        self.seconds = seconds
        self._allow = allow
        self._end = time.monotonic() + seconds

    @property
    def late(self) -> bool:
        return time.monotonic() >= self._end

    def left(self, timeout: float | None) -> float:
        """Return how long the next step may take. A time-out alone starts again with each byte that a server drips."""
        if self.late:
            raise httpcore2.TimeoutException
        return min(TIMEOUT if timeout is None else timeout, self._end - time.monotonic())

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *_: Any, **__: Any) -> _Stream:
        address = public_address(host, port, self._allow)
        return _Stream(httpcore2.SyncBackend().connect_tcp(address, port, self.left(timeout)), self)


class _Stream(httpcore2.NetworkStream):
    """A connection in which every step ends by the deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, network: _Network) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._network.left(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Stream:
        secured = self._stream.start_tls(ssl_context, server_hostname, self._network.left(timeout))
        return _Stream(secured, self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()
