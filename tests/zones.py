"""A small name server on loopback, over UDP and TCP, that answers as recursive servers do and fails where it is told to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.resolver import Resolver

from publisher.adapters.name_server import resolver_at
from tests.free_ports import free_port

Records = Mapping[tuple[str, str], Sequence[str]]
"""(a name that ends in a dot, a kind) -> what it has, as a zone file has it."""


@dataclass
class Running:
    """A server that runs: `asked` are the names that it was asked for."""

    address: str
    asked: list[str] = field(default_factory=list)

    @property
    def resolver(self) -> Resolver:
        return resolver_at(self.address)


@contextmanager
def name_server(
    records: Records, *, silent: Collection[str] | bool = (), broken: Collection[str] = ()
) -> Iterator[Running]:
    """Serve records. `silent` are the names that get no answer (True: none does), `broken` those that get SERVFAIL."""
    running = Running("")

    def answer(wire: bytes, most: int) -> bytes:
        question = dns.message.from_wire(wire)
        name, kind = question.question[0].name.to_text(), dns.rdatatype.to_text(question.question[0].rdtype)
        running.asked.append(name)
        if silent is True or (silent is not False and name in silent):
            return b""
        reply = dns.message.make_response(question, recursion_available=True)
        if name in broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply.to_wire()
        _fill(reply, records, name, kind)
        whole = reply.to_wire()
        if len(whole) > most:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
        return reply.to_wire()

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if made := answer(self.request[0], 512):
                self.request[1].sendto(made, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            size = int.from_bytes(self.rfile.read(2), "big")
            if made := answer(self.rfile.read(size), 65535):
                self.wfile.write(len(made).to_bytes(2, "big") + made)

    place = ("127.0.0.1", free_port())
    with socketserver.ThreadingUDPServer(place, Udp) as udp, socketserver.ThreadingTCPServer(place, Tcp) as tcp:
        running.address = f"127.0.0.1:{place[1]}"
        threads = [threading.Thread(target=server.serve_forever, args=(0.05,)) for server in (udp, tcp)]
        for thread in threads:
            thread.start()
        try:
            yield running
        finally:
            for server in (udp, tcp):
                server.shutdown()
            for thread in threads:
                thread.join()


def _fill(reply: dns.message.Message, records: Records, name: str, kind: str) -> None:
    """Add what a name has, along its aliases; where these go round in circles, as often as a server would notice."""
    for _ in range(5):
        if found := records.get((name, kind)):
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *found))
            return
        alias = records.get((name, "CNAME"))
        if not alias:
            break
        reply.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", alias[0]))
        name = alias[0]
    if not any(known == name for known, _ in records):
        reply.set_rcode(dns.rcode.NXDOMAIN)
