"""Parts of the readers' web pages that need no server."""

from __future__ import annotations

import pytest
from limits.storage import MemoryStorage

from publisher.web.budgets import Budgets, Limits, networks_of
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
    ("client", "networks"),
    [
        ("192.0.2.7", ["192.0.2.7"]),
        ("::ffff:192.0.2.7", ["192.0.2.7"]),
        ("2001:db8:1:234:3:4:5:6", ["2001:db8:1:234::/64", "2001:db8:1:200::/56", "2001:db8:1::/48"]),
        ("fe80::1%eth0", ["fe80::/64", "fe80::/56", "fe80::/48"]),
        ("testclient", ["unknown"]),
    ],
)
def test_a_client_is_an_address_or_the_networks_around_it(client: str, networks: list[str]) -> None:
    assert [network for network, _ in networks_of(client)] == networks


@pytest.mark.parametrize(
    ("network", "most"), [("2001:db8:1:2:{:x}::", 2), ("2001:db8:1:2{:02x}::", 4), ("2001:db8:1:{:x}00::", 8)]
)
def test_a_household_has_twice_and_a_site_four_times_the_budget_of_one_link(network: str, most: int) -> None:
    budgets = Budgets(Limits(client="2 per hour"))
    waits = [budgets.spend_visit(network.format(number)) for number in range(100) for _ in range(3)]
    assert sum(wait == 0 for wait in waits) == most
    assert budgets.spend_visit("2001:db8:2::1") == 0


def test_a_link_that_sends_without_end_takes_nothing_from_its_neighbours() -> None:
    budgets = Budgets(Limits(client="2 per hour"))
    for _ in range(50):
        budgets.spend_visit("2001:db8:1:201::1")
    assert [budgets.spend_visit("2001:db8:1:202::1") for _ in range(2)] == [0, 0]


def test_a_forms_token_is_good_once_or_again_for_the_same_mailbox() -> None:
    budgets = Budgets(Limits())
    sent = [
        ("one", "ada@example.com"),
        ("one", "bob@example.com"),
        ("one", "ada@example.com"),
        ("two", "bob@example.com"),
    ]
    assert [budgets.spend_token(*each) for each in sent] == [True, False, True, True]


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
    assert len(storage.storage) < 20


def test_a_mail_domain_has_a_budget_of_its_own() -> None:
    budgets = Budgets(Limits(domain="1 per hour"))
    assert budgets.spend_domain("example.com") == 0
    assert budgets.spend_domain("example.com") > 0
    assert budgets.spend_domain("example.test") == 0


def test_a_readers_source_is_one_short_line() -> None:
    assert one_line("a\r\nb\u2028c" + "d" * 500, 10) == "a b cddddd"
