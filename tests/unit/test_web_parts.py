"""Parts of the readers' web pages that need no server."""

from __future__ import annotations

import pytest
from limits.storage import MemoryStorage

from publisher.web.budgets import Budgets, Limits, network_of
from publisher.web.form import one_line
from publisher.web.guard import masked


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/unsubscribe/c2VjcmV0", "/unsubscribe/…"),
        ("/notes/confirm/c2VjcmV0", "/notes/confirm/…"),
        ("/Unsubscribe//c2VjcmV0/x", "/Unsubscribe//…/x"),
        ("/preferences/c2VjcmV0/move", "/preferences/…/move"),
        ("/move/c2VjcmV0", "/move/…"),
        ("/issues/3/", "/issues/3/"),
        ("/a\nb\x1b[31m", "/a\\nb\\x1b[31m"),
    ],
)
def test_a_log_line_contains_no_token_and_no_control_character(path: str, shown: str) -> None:
    assert masked(path) == shown


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "unknown"),
    ],
)
def test_a_client_is_an_address_or_its_network(client: str, network: str) -> None:
    assert network_of(client) == network


def test_a_client_without_budget_does_not_use_up_the_budget_of_others() -> None:
    budgets = Budgets(Limits(client="2 per hour", everyone="4 per hour"))
    assert [budgets.spend_visit("192.0.2.1") > 0 for _ in range(20)] == [False, False] + [True] * 18
    assert [budgets.spend_visit("192.0.2.2") > 0 for _ in range(3)] == [False, False, True]
    assert 1 <= budgets.spend_visit("192.0.2.3") <= 3600


def test_a_client_with_many_networks_cannot_fill_the_memory_with_budgets() -> None:
    budgets = Budgets(Limits(client="5 per hour", everyone="3 per hour"))
    waits = [budgets.spend_visit(f"2001:db8:{number:x}::1") for number in range(1_000)]
    assert waits[:3] == [0, 0, 0]
    assert min(waits[3:]) > 0
    storage = budgets._alone.storage
    assert isinstance(storage, MemoryStorage)
    assert len(storage.storage) < 10


def test_a_mail_domain_has_a_budget_of_its_own() -> None:
    budgets = Budgets(Limits(domain="1 per hour"))
    assert budgets.spend_domain("example.com") == 0
    assert budgets.spend_domain("example.com") > 0
    assert budgets.spend_domain("example.test") == 0


def test_a_readers_source_is_one_short_line() -> None:
    assert one_line("a\r\nb\u2028c" + "d" * 500, 10) == "a b cddddd"
