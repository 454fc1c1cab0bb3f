"""Names are looked up at a real name server on this machine, and one that is silent is not waited for twice."""

from __future__ import annotations

import time

import pytest

from publisher.adapters.name_server import NameServer, resolver_at
from publisher.errors import NameServerSilent
from tests.zones import name_server

ZONE = {
    ("post.pressroom.dev.", "TXT"): ['"v=spf1 " "-all"'],
    ("post.pressroom.dev.", "MX"): ["20 b.pressroom.dev.", "10 a.pressroom.dev."],
    ("null.pressroom.dev.", "MX"): ["0 ."],
    ("post.pressroom.dev.", "A"): ["192.0.2.7"],
    ("post.pressroom.dev.", "AAAA"): ["2001:db8::7"],
    ("7.2.0.192.in-addr.arpa.", "PTR"): ["mail.pressroom.dev."],
    ("alias.pressroom.dev.", "CNAME"): ["post.pressroom.dev."],
    ("round.pressroom.dev.", "CNAME"): ["about.pressroom.dev."],
    ("about.pressroom.dev.", "CNAME"): ["round.pressroom.dev."],
    ("key.pressroom.dev.", "TXT"): [f'"{"a" * 255}" "{"b" * 45}"', f'"{"c" * 255}" "{"d" * 145}"'],
}


def test_records_come_in_one_piece_and_best_first_and_what_is_not_there_is_empty() -> None:
    with name_server(ZONE, broken=["broken.pressroom.dev."]) as server:
        names = NameServer(server.resolver)
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
    with name_server(ZONE, silent=True) as server:
        names = NameServer(server.resolver, patience=0.2)
        begun = time.monotonic()
        for name in ("post.pressroom.dev", "null.pressroom.dev", "other.pressroom.dev"):
            with pytest.raises(NameServerSilent, match=r"no name server answered within 0\.2 seconds"):
                names.texts(name)
        assert time.monotonic() - begun < 60, "one wait, however long a busy machine makes it"
    assert set(server.asked) <= {"post.pressroom.dev."}


def test_addresses_have_names_aliases_are_followed_and_long_records_come_over_tcp() -> None:
    with name_server(ZONE) as server:
        names = NameServer(server.resolver)
        assert names.hosts("192.0.2.7") == ["mail.pressroom.dev"]
        assert names.hosts("192.0.2.8") == names.hosts("2001:db8::7") == []
        assert names.texts("alias.pressroom.dev") == ["v=spf1 -all"]
        assert sorted(names.texts("key.pressroom.dev")) == ["a" * 255 + "b" * 45, "c" * 255 + "d" * 145]


def test_aliases_that_go_round_in_circles_are_no_answer() -> None:
    with name_server(ZONE) as server, pytest.raises(NameServerSilent, match=r"could answer for round\.pressroom\.dev"):
        NameServer(server.resolver).texts("round.pressroom.dev")


def test_what_was_answered_once_is_not_asked_again() -> None:
    with name_server(ZONE) as server:
        names = NameServer(server.resolver)
        assert [names.texts(name) for name in ("post.pressroom.dev", "gone.pressroom.dev") * 2] == [
            ["v=spf1 -all"],
            [],
        ] * 2
    assert sorted(server.asked) == ["gone.pressroom.dev.", "post.pressroom.dev."]


def test_a_name_server_is_named_by_its_address_and_port() -> None:
    for text, host, port in (
        ("192.0.2.53", "192.0.2.53", 53), ("192.0.2.53:5353", "192.0.2.53", 5353),
        ("2001:db8::53", "2001:db8::53", 53), ("[2001:db8::53]:5353", "2001:db8::53", 5353),
    ):  # fmt: skip
        (server,) = resolver_at(text).nameservers
        assert (server.address, server.port) == (host, port)  # type: ignore[union-attr]
    for text in ("dns.pressroom.dev", "", "192.0.2.300", "192.0.2.53:x"):
        with pytest.raises(ValueError, match="is no name server; write its address"):
            resolver_at(text)
