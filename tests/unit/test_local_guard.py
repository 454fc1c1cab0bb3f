"""Who may ask the pages that are for whoever sits at this machine."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.local.guard import refusal
from tests.long import some


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8026", "localhost", "LOCALHOST:80", "[::1]:8026", "192.168.2.7:8026", "desk.lan:1"]
)
def test_an_address_in_digits_and_a_known_name_are_answered(host: str) -> None:
    assert refusal("GET", {"host": host}, "desk.lan") is None


@settings(max_examples=some(300), deadline=None)
@given(st.one_of(st.text(), st.from_regex(r"([a-z0-9-]+\.)+[a-z]{2,9}(:[0-9]{1,5})?", fullmatch=True)))
def test_no_other_name_is_answered_so_that_dns_rebinding_reads_nothing(host: str) -> None:
    refused = refusal("GET", {"host": host}, "127.0.0.1")
    bare = host.rpartition(":")[0] or host
    if any(mark.isalpha() for mark in bare) and "localhost" not in host.lower() and ":" not in bare:
        assert refused is not None
        assert refused[0] == 421


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_what_another_site_asks_for_is_refused_unless_somebody_follows_a_link(site: str) -> None:
    asked = {"host": "127.0.0.1", "sec-fetch-site": site}
    for kind in ("image", "script", "iframe", "empty"):
        assert refusal("GET", asked | {"sec-fetch-dest": kind}, "127.0.0.1") == (
            403,
            "another site asked for this page",
        )
    assert refusal("GET", asked | {"sec-fetch-dest": "document"}, "127.0.0.1") is None


def test_nothing_can_be_sent() -> None:
    assert {refusal(method, {"host": "localhost"}, "x")[0] for method in ("POST", "PUT", "DELETE", "OPTIONS")} == {405}  # type: ignore[index]
