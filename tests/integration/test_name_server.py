"""Names are looked up at a real name server on this machine, and one that is silent is not waited for twice."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from dns.resolver import Resolver

from publisher.adapters.name_server import NameServer
from publisher.errors import NameServerSilent

ZONE = {
    ("post.pressroom.dev.", "TXT"): ['"v=spf1 " "-all"'],
    ("post.pressroom.dev.", "MX"): ["20 b.pressroom.dev.", "10 a.pressroom.dev."],
    ("null.pressroom.dev.", "MX"): ["0 ."],
    ("post.pressroom.dev.", "A"): ["192.0.2.7"],
    ("post.pressroom.dev.", "AAAA"): ["2001:db8::7"],
}


@contextmanager
def name_server(*, answers: bool = True) -> Iterator[tuple[Resolver, list[str]]]:
    """Yield a resolver that asks a server on loopback, and the names that it was asked for."""
    asked: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))

        def serve() -> None:
            while len(packet := bound.recvfrom(4096)[0:2]) == 2 and packet[0]:
                question = dns.message.from_wire(packet[0])
                name, kind = question.question[0].name.to_text(), dns.rdatatype.to_text(question.question[0].rdtype)
                asked.append(name)
                if not answers:
                    continue
                reply = dns.message.make_response(question)
                if found := ZONE.get((name, kind)):
                    reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *found))
                elif name == "broken.pressroom.dev.":
                    reply.set_rcode(dns.rcode.SERVFAIL)
                elif not any(known == name for known, _ in ZONE):
                    reply.set_rcode(dns.rcode.NXDOMAIN)
                bound.sendto(reply.to_wire(), packet[1])

        thread = threading.Thread(target=serve)
        thread.start()
        resolver = Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], bound.getsockname()[1]
        try:
            yield resolver, asked
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", bound.getsockname())
            thread.join()


def test_records_come_in_one_piece_and_best_first_and_what_is_not_there_is_empty() -> None:
    with name_server() as (resolver, _):
        names = NameServer(resolver)
        assert names.texts("post.pressroom.dev") == ["v=spf1 -all"]
        assert names.mail_servers("post.pressroom.dev") == ["a.pressroom.dev", "b.pressroom.dev"]
        assert names.mail_servers("null.pressroom.dev") == ["."]
        assert names.addresses("post.pressroom.dev") == ["192.0.2.7", "2001:db8::7"]
        assert names.texts("nothing.pressroom.dev") == names.texts("null.pressroom.dev") == []
        with pytest.raises(NameServerSilent, match=r"no name server could answer for broken\.pressroom\.dev"):
            names.texts("broken.pressroom.dev")
        with pytest.raises(NameServerSilent, match="cannot be looked up"):
            names.texts("x" * 64 + ".pressroom.dev")


def test_a_name_server_that_is_silent_is_asked_about_one_name_only() -> None:
    with name_server(answers=False) as (resolver, asked):
        names = NameServer(resolver, patience=0.2)
        begun = time.monotonic()
        for name in ("post.pressroom.dev", "null.pressroom.dev", "other.pressroom.dev"):
            with pytest.raises(NameServerSilent, match=r"no name server answered within 0\.2 seconds"):
                names.texts(name)
        assert time.monotonic() - begun < 60, "one wait, however long a busy machine makes it"
    assert set(asked) <= {"post.pressroom.dev."}
