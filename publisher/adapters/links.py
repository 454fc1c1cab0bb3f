"""Fetches the links of an issue, so that the pre-flight can say which are dead.

Content may come from anyone who can open a pull request, so a link must not reach what only this machine can reach:
every address that a host resolves to has to be public, the connection goes to the address that was checked (no
second look-up that could answer differently), and each redirect is checked like the first URL.
"""

from __future__ import annotations

import concurrent.futures
import ipaddress
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable
from typing import Any

import requests
import requests.adapters
import urllib3
import urllib3.connection

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
    """Return for each URL what is wrong with it, None where nothing is. `allow` admits addresses that are not public."""
    unique = sorted(set(urls))
    with concurrent.futures.ThreadPoolExecutor(WORKERS, thread_name_prefix="links") as pool:
        return dict(zip(unique, pool.map(lambda url: _check(url, allow, deadline), unique), strict=True))


def _check(url: str, allow: Callable[[str], bool], seconds: float) -> str | None:
    dialled: list[socket.socket] = []
    session = requests.Session()
    session.trust_env = False  # a proxy of the environment would resolve names for us, unchecked
    session.headers["User-Agent"] = "Pressroom link check"
    session.mount("http://", _GuardedAdapter(allow, dialled))
    session.mount("https://", _GuardedAdapter(allow, dialled))
    end = time.monotonic() + seconds
    # The time-out of requests begins anew with each byte: whoever drips them would hold us for ever.
    watchdog = threading.Timer(seconds, _hang_up, [dialled])
    watchdog.daemon = True
    watchdog.start()
    try:
        verdict = _follow(url, session, end)
        return verdict if time.monotonic() < end else f"took longer than {seconds:g} s"  # half an answer looks whole
    except PrivateAddress as error:
        return str(error)
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError, OSError) as error:
        if time.monotonic() > end:
            return f"took longer than {seconds:g} s"
        cause = _private_cause(error)
        return str(cause) if cause else f"cannot be reached ({type(error).__name__})"
    finally:
        watchdog.cancel()
        session.close()


def _follow(url: str, session: requests.Session, end: float) -> str | None:
    for _ in range(MAX_REDIRECTS + 1):
        if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
            return "leads to something other than http or https"
        timeout = max(0.01, min(TIMEOUT, end - time.monotonic()))
        with session.get(url, timeout=timeout, allow_redirects=False, stream=True) as response:
            if response.is_redirect:
                url = urllib.parse.urljoin(url, response.headers["Location"])
                continue
            # Some sites refuse programs but serve people; that is not a dead link.
            gone = response.status_code in (404, 410) or response.status_code >= 500
            return f"answers {response.status_code}" if gone else None
    return f"redirects more than {MAX_REDIRECTS} times"


def _hang_up(dialled: list[socket.socket]) -> None:
    for connection in dialled:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # it is closed already
            continue


def _private_cause(error: BaseException | None) -> PrivateAddress | None:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, PrivateAddress):
            return error
        seen.add(id(error))
        reason = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        error = reason if isinstance(reason, BaseException) else error.__cause__ or error.__context__
    return None


def public_address(host: str, port: int, allow: Callable[[str], bool]) -> str:
    """Resolve a host once and return an address of it. Raises PrivateAddress if any of its addresses is not public."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not _public(ipaddress.ip_address(address.partition("%")[0])) and not allow(address):
            raise PrivateAddress(f"leads to {host}, which is not a public address")
    return found[0]


def _public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Say whether everyone may reach an address; one that wraps an IPv4 address is as public as that is."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped:
            return _public(wrapped)
    return address.is_global and not address.is_multicast


def _guarded(
    base: type[urllib3.connection.HTTPConnection], allow: Callable[[str], bool], dialled: list[socket.socket]
) -> type:
    """Return a connection class that dials only an address that was checked; TLS still verifies the host's name."""

    def connect(self: Any) -> socket.socket:
        host = self._dns_host.strip("[]")
        self._dns_host = public_address(host, self.port, allow)
        try:
            connection = base._new_conn(self)  # noqa: SLF001 - urllib3 offers no public place to dial from
            dialled.append(connection)
            return connection
        finally:
            self._dns_host = host

    return type("Guarded", (base,), {"_new_conn": connect})


class _GuardedAdapter(requests.adapters.HTTPAdapter):
    def __init__(self, allow: Callable[[str], bool], dialled: list[socket.socket]) -> None:
        self._allow = allow
        self._dialled = dialled
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: object) -> None:  # noqa: FBT001, FBT002 - requests' signature
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        plain = type(
            "Plain",
            (urllib3.HTTPConnectionPool,),
            {"ConnectionCls": _guarded(urllib3.connection.HTTPConnection, self._allow, self._dialled)},
        )
        secure = type(
            "Secure",
            (urllib3.HTTPSConnectionPool,),
            {"ConnectionCls": _guarded(urllib3.connection.HTTPSConnection, self._allow, self._dialled)},
        )
        self.poolmanager.pool_classes_by_scheme = {"http": plain, "https": secure}
