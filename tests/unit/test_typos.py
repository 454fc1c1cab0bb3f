"""Hints at typing errors in domains: for errors, never for what other people's providers are called."""

from __future__ import annotations

import pytest

from subscribers.typos import Typos, meant_domain


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gmial.com", "gmail.com"), ("gmail.con", "gmail.com"), ("gmai.com", "gmail.com"), ("gnail.com", "gmail.com"),
        ("gmail.co", "gmail.com"), ("gmail.cmo", "gmail.com"), ("hotmial.com", "hotmail.com"), ("outlok.com", "outlook.com"),
        ("yaho.com", "yahoo.com"), ("yahooo.com", "yahoo.com"), ("iclould.com", "icloud.com"), ("gmial.con", "gmail.com"),
        ("company.con", "company.com"), ("t-onlin.de", "t-online.de"), ("verein.ogr", "verein.org"), ("gmx.con", "gmx.com"),
    ],
)  # fmt: skip
def test_a_domain_one_error_away_from_a_providers_is_hinted_at(domain: str, meant: str) -> None:
    assert meant_domain(domain) == meant


@pytest.mark.parametrize("domain", ["gmail.com", "mail.com", "email.com", "ymail.com", "gmx.com", "gmx.de", "web.de", "we.de", "aol.de", "example.com", "mail.ru", "hotmail.it", "live.fr", "bücher.test", "xn--bcher-kva.test", "me.com", "mac.com", "proton.ch", ""])  # fmt: skip
def test_a_domain_of_somebody_else_is_not(domain: str) -> None:
    assert meant_domain(domain) is None


def test_errors_are_counted_by_domain_with_the_first_line() -> None:
    typos = Typos()
    for line, address in enumerate(["a@gmail.com", "b@gmial.com", "c@yaho.com", "d@gmial.com"], start=2):
        typos.look(address, line)
    assert [(each.domain, each.meant, each.count, each.line) for each in typos.found()] == [
        ("gmial.com", "gmail.com", 2, 3),
        ("yaho.com", "yahoo.com", 1, 4),
    ]
