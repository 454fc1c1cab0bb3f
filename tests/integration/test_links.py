"""Links are fetched with a guard: a real server on loopback, admitted by `allow`, and addresses that are not."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from publisher.adapters import links
from publisher.adapters.links import PrivateAddress, check_links, follow_links, public_address
from publisher.ports import LinkAnswer
from tests.pace import within

LOOPBACK = "127.0.0.1"


def loopback(address: str) -> bool:
    return address == LOOPBACK


def nothing(_: str) -> bool:
    return False


class Handler(http.server.BaseHTTPRequestHandler):
    """/404 answers 404; /to?URL redirects; /moved?URL does for good; /loop redirects to itself; /drip sends one byte now and then."""

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        if self.path.startswith("/to?"):
            self._answer(302, self.path.partition("?")[2])
        elif self.path.startswith("/moved?"):
            self._answer(308, self.path.partition("?")[2])
        elif self.path == "/loop":
            self._answer(301, "/loop")
        elif self.path == "/drip":
            self._drip()
        elif self.path == "/large":
            self._answer(200, length=10**12)
        else:
            self._answer(int(self.path.strip("/") or 200))

    def _answer(self, code: int, location: str | None = None, length: int = 0) -> None:
        self.send_response(code)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _drip(self) -> None:
        try:
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 10_000:
                self.wfile.write(bytes([byte]))
                time.sleep(0.02)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[http.server.ThreadingHTTPServer]:
    with http.server.ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        server.daemon_threads = True
        if certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.seen = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server() -> Iterator[http.server.ThreadingHTTPServer]:
    with serving() as made:
        yield made


@pytest.fixture
def base(server: http.server.ThreadingHTTPServer) -> str:
    return f"http://{LOOPBACK}:{server.server_port}"


@pytest.fixture
def secured(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a server with TLS, which this machine trusts, and which every name leads to."""
    genuine = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest, **named: genuine(LOOPBACK, *rest, **named))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(certificate) as made:
        yield made.server_port


def one(url: str, **options: Any) -> str | None:
    return check_links([url], allow=loopback, **options)[url]


@pytest.mark.parametrize(
    ("path", "verdict"),
    [
        ("/200", None), ("/204", None), ("/403", None), ("/429", None), ("/404", "answers 404"), ("/410", "answers 410"),
        ("/500", "answers 500"), ("/503", "answers 503"), ("/to?/200", None), ("/to?/404", "answers 404"),
        ("/loop", "redirects more than 5 times"), ("/to?ftp://example.com/", "leads to something other than http or https"),
        ("/to?file:///etc/passwd", "leads to something other than http or https"), ("/large", None),
    ],
)  # fmt: skip
def test_a_link_is_dead_or_alive(base: str, path: str, verdict: str | None) -> None:
    assert one(base + path) == verdict


def test_many_links_are_checked_each_once(base: str, server: http.server.ThreadingHTTPServer) -> None:
    urls = [f"{base}/{code}" for code in (200, 404, 204)] * 3
    assert check_links(urls, allow=loopback) == {f"{base}/200": None, f"{base}/204": None, f"{base}/404": "answers 404"}
    assert len(server.seen) == 3  # type: ignore[attr-defined]
    assert check_links([]) == {}


def test_what_only_this_machine_can_reach_is_not_fetched(base: str, server: http.server.ThreadingHTTPServer) -> None:
    port = server.server_port
    for host in (LOOPBACK, "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"):
        url = f"http://{host}:{port}/200"
        verdict = check_links([url])[url]
        assert verdict, host
        assert "is not a public address" in verdict, (host, verdict)
    assert server.seen == []  # type: ignore[attr-defined]


def test_a_redirect_to_a_private_address_is_refused(base: str, server: http.server.ThreadingHTTPServer) -> None:
    assert one(f"{base}/to?http://169.254.169.254/latest/") == "leads to 169.254.169.254, which is not a public address"
    assert (
        one(f"{base}/to?http://127.0.0.2:{server.server_port}/200")
        == "leads to 127.0.0.2, which is not a public address"
    )
    assert len(server.seen) == 2  # type: ignore[attr-defined]


def test_a_name_is_resolved_once_so_that_its_second_answer_cannot_differ(
    server: http.server.ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    genuine = socket.getaddrinfo

    def rebinding(host: str, *rest: Any, **named: Any) -> Any:
        if host == "rebind.test":
            asked.append(host)
            host = LOOPBACK if len(asked) == 1 else "192.0.2.1"
        return genuine(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert one(f"http://rebind.test:{server.server_port}/200") is None
    assert asked == ["rebind.test"]
    ((_, headers),) = server.seen  # type: ignore[attr-defined]
    assert headers["Host"] == f"rebind.test:{server.server_port}"


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    with pytest.raises(PrivateAddress, match=r"leads to mixed\.test, which is not a public address"):
        public_address("mixed.test", 80, nothing)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07::1", True), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("100.64.0.1", False), ("169.254.169.254", False), ("0.0.0.0", False), ("224.0.0.1", False),
        ("255.255.255.255", False), ("::", False), ("fe80::1", False), ("fc00::1", False), ("ff02::1", False),
        ("::ffff:10.0.0.1", False), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("64:ff9b::5db8:d70e", True),
    ],
)  # fmt: skip
def test_only_addresses_that_everyone_can_reach_are_public(
    address: str, public: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (address, 80))])
    if public:
        assert public_address("name.test", 80, nothing) == address
    else:
        with pytest.raises(PrivateAddress):
            public_address("name.test", 80, nothing)


def test_a_server_that_drips_bytes_is_hung_up_on(base: str) -> None:
    began = time.monotonic()
    assert one(f"{base}/drip", deadline=0.3) == "took longer than 0.3 s"
    assert time.monotonic() - began < within(2)


def test_a_secured_link_is_checked_by_the_name_in_it_although_its_address_is_dialled(secured: int) -> None:
    assert one(f"https://named.test:{secured}/200") is None
    assert one(f"https://named.test:{secured}/404") == "answers 404"
    assert one(f"https://other.test:{secured}/200") == "cannot be reached (SSLError)"


def test_a_secured_server_that_drips_bytes_is_hung_up_on_too(secured: int) -> None:
    began = time.monotonic()
    assert one(f"https://named.test:{secured}/drip", deadline=0.3) == "took longer than 0.3 s"
    assert time.monotonic() - began < within(2)


def test_a_server_that_drips_its_half_of_the_tls_handshake_is_hung_up_on() -> None:
    began = time.monotonic()
    with socket.create_server((LOOPBACK, 0)) as listening:
        over = threading.Event()
        thread = threading.Thread(target=_drip_record, args=(listening, over))
        thread.start()
        verdict = one(f"https://{LOOPBACK}:{listening.getsockname()[1]}/", deadline=0.3)
        over.set()
        thread.join()
    assert verdict == "took longer than 0.3 s"
    assert time.monotonic() - began < within(2)


def _drip_record(listening: socket.socket, over: threading.Event) -> None:
    connection, _ = listening.accept()
    with connection:
        for byte in b"\x16\x03\x03\x10\x00\x02\x00\x0f\xfc" + b"\x00" * 10_000:  # a handshake record without end
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                return
            if over.wait(0.02):
                return


def test_a_silent_server_and_a_closed_port_are_said() -> None:
    with socket.create_server((LOOPBACK, 0)) as listening:
        port = listening.getsockname()[1]
        assert one(f"http://{LOOPBACK}:{port}/", deadline=0.3)
    verdict = one(f"http://{LOOPBACK}:{port}/")
    assert verdict
    assert verdict.startswith("cannot be reached (")


@pytest.mark.parametrize(
    "url", ["http://", "http://[::1", "http://a..b/", "http://" + "a" * 300 + ".test/", "mailto:a@b.test"]
)
def test_what_is_no_web_address_is_said_and_raises_nothing(url: str) -> None:
    assert check_links([url])[url]


def test_a_proxy_of_the_environment_is_not_asked(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert one(f"{base}/200") is None
    assert links.DEADLINE >= links.TIMEOUT


def test_a_link_that_moved_for_good_names_its_new_address_and_one_that_leads_on_for_now_does_not(base: str) -> None:
    found = follow_links([f"{base}/moved?/200", f"{base}/to?/200", f"{base}/moved?/404"], allow=loopback)
    assert found[f"{base}/moved?/200"] == LinkAnswer(None, f"{base}/200")
    assert found[f"{base}/to?/200"] == LinkAnswer(None)
    assert found[f"{base}/moved?/404"] == LinkAnswer("answers 404")
