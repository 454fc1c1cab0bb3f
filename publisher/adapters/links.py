"""Fetches links, so that the pre-flight of an issue and the look at all of them, once a week, can say which are dead.

Content may come from anyone who can open a pull request, so a link must not reach what only this machine can reach:
every address that a host resolves to has to be public, the connection goes to the address that was checked (no
second look-up that could answer differently), and each redirect is checked like the first URL.
"""

from __future__ import annotations

import concurrent.futures
import ipaddress
import socket
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable
from typing import Any, cast

import requests
import requests.adapters
import urllib3

from publisher.ports import LinkAnswer

TIMEOUT = 10.0
"""Seconds for connecting, and between two bytes."""
DEADLINE = 20.0
"""Seconds for one link with all its redirects, however slowly the server answers."""
MAX_REDIRECTS = 5
NAT64 = ipaddress.ip_network("64:ff9b::/96")
WORKERS = 8


class PrivateAddress(Exception):
    """A link's host resolves to an address that is not public."""


def check_links(
    urls: Iterable[str], *, allow: Callable[[str], bool] = lambda _address: False, deadline: float = DEADLINE
) -> dict[str, str | None]:
    """Return for each URL what is wrong with it, or None. `allow` admits addresses that are not public."""
    return {url: answer.problem for url, answer in follow_links(urls, allow=allow, deadline=deadline).items()}


def follow_links(
    urls: Iterable[str], *, allow: Callable[[str], bool] = lambda _address: False, deadline: float = DEADLINE
) -> dict[str, LinkAnswer]:
    """Return for each URL what is wrong with it, and where it moved for good. `allow` admits addresses that are not public."""
    unique = sorted(set(urls))
    with concurrent.futures.ThreadPoolExecutor(WORKERS, thread_name_prefix="links") as pool:
        return dict(zip(unique, pool.map(lambda url: _check(url, allow, deadline), unique), strict=True))


def _check(url: str, allow: Callable[[str], bool], seconds: float) -> LinkAnswer:
    deadline = _Deadline(seconds)
    try:
        with deadline, requests.Session() as session:
            session.trust_env = False  # a proxy of the environment would resolve names for us, unchecked
            session.headers["User-Agent"] = "Pressroom link check"
            for scheme in ("http://", "https://"):
                session.mount(scheme, _GuardedAdapter(allow, deadline))
            verdict = _follow(url, session, deadline)
    except PrivateAddress as error:
        return LinkAnswer(str(error))
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
        verdict = LinkAnswer(f"cannot be reached ({type(error).__name__})")
    return LinkAnswer(f"took longer than {seconds:g} s") if deadline.passed else verdict  # half an answer looks whole


def _follow(url: str, session: requests.Session, deadline: _Deadline) -> LinkAnswer:
    asked, for_good = url, True
    for _ in range(MAX_REDIRECTS + 1):
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            return LinkAnswer("leads to something other than http or https")
        with session.get(url, timeout=deadline.left(TIMEOUT), allow_redirects=False, stream=True) as response:
            if response.is_redirect:
                url = urllib.parse.urljoin(url, response.headers["Location"])
                for_good = for_good and response.status_code in (301, 308)
                continue
            # Some sites refuse programs but serve people; that is not a dead link.
            gone = response.status_code in (404, 410) or response.status_code >= 500
            if gone:
                return LinkAnswer(f"answers {response.status_code}")
            return LinkAnswer(None, url if for_good and url != asked else None)
    return LinkAnswer(f"redirects more than {MAX_REDIRECTS} times")


def public_address(host: str, port: int | None, allow: Callable[[str], bool]) -> str:
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


class _Deadline:
    """Hangs up on the connections of one check when its time is over.

    The time-out of requests begins anew with each byte: a server that drips them would hold us for ever.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._connections: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._hang_up)
        self._timer.daemon = True

    @property
    def passed(self) -> bool:
        return time.monotonic() >= self._end

    def left(self, most: float) -> float:
        return max(0.01, min(most, self._end - time.monotonic()))

    def watch(self, connection: socket.socket) -> None:
        """Hang up on this connection in time, also when TLS has taken the socket over."""
        self._connections.append(connection.dup())

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
        for connection in self._connections:
            connection.close()

    def _hang_up(self) -> None:
        for connection in self._connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # it is closed already
                continue


class _GuardedAdapter(requests.adapters.HTTPAdapter):
    """Connects to the address that was checked. TLS still verifies the host's name."""

    def __init__(self, allow: Callable[[str], bool], deadline: _Deadline) -> None:
        self._allow = allow
        self._deadline = deadline
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:  # noqa: FBT001, FBT002 - requests' signature
        context, plain = _watched(self._deadline)
        super().init_poolmanager(connections, maxsize, block, ssl_context=context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": plain, "https": urllib3.HTTPSConnectionPool}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        host, pool = cast("tuple[Any, Any]", super().build_connection_pool_key_attributes(request, verify, cert))
        name = host["host"]
        if host["scheme"] == "https":
            pool["server_hostname"] = name
        return {**host, "host": public_address(name, host["port"], self._allow)}, pool

    def add_headers(self, request: requests.PreparedRequest, **_: Any) -> None:
        request.headers["Host"] = urllib.parse.urlsplit(request.url or "").netloc.rpartition("@")[2]


def _watched(deadline: _Deadline) -> tuple[ssl.SSLContext, type[urllib3.HTTPConnectionPool]]:
    """Return what makes connections, with and without TLS, that end with the deadline."""

    class Context(ssl.SSLContext):
        def wrap_socket(self, sock: socket.socket, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
            deadline.watch(sock)  # before the handshake, which may be dripped, too
            return super().wrap_socket(sock, *args, **kwargs)

    class Plain(urllib3.connection.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            deadline.watch(self.sock)

    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    context = Context(ssl.PROTOCOL_TLS_CLIENT)
    context.load_default_certs()
    return context, Pool
