"""Which addresses reach one mailbox, so that nobody is flooded by variants of their address. Pure.

This is for counting mail and for refusing it, not for identity: `one+a@example.com` and `one+b@example.com` are two
readers, if they want to be, but one mailbox gets the mail that asks them to confirm, and whoever refuses mail refuses it
at both. If a rule is wrong for a server, two people share a limit and a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from subscribers.subscriber import Suppression

SEPARATOR = "+"
"""Begins a tag of the local part (RFC 5233) with nearly every provider that has tags at all."""


@dataclass(frozen=True, slots=True)
class _Provider:
    """The rules of one provider: its domains, the first of which stands for all; other separators than `+`; characters
    that it ignores. `hosts` says that anything@NAME.DOMAIN reaches NAME@DOMAIN.
    """

    domains: tuple[str, ...]
    separators: str = ""
    ignored: str = ""
    hosts: bool = False


# Sources, read on 30 November 2026: support.google.com/mail/answer/7436150 (dots), proton.me/support/creating-aliases and
# removeEmailAlias in Proton's WebClients (dots, hyphens, underscores), fastmail.help (plus and subdomain addressing),
# validator.js normalizeEmail (Yahoo's hyphen, Yandex' and Apple's domains).
_PROVIDERS = (
    _Provider(("gmail.com", "googlemail.com"), ignored="."),
    _Provider(("proton.me", "protonmail.com", "pm.me", "protonmail.ch"), ignored=".-_"),
    _Provider(("fastmail.com", "fastmail.fm"), hosts=True),
    _Provider(("icloud.com", "me.com", "mac.com")),
    _Provider(("yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua", "ya.ru"), ignored=".-"),
    *(
        _Provider((domain,), separators="-")
        for domain in (
            "yahoo.com", "yahoo.de", "yahoo.fr", "yahoo.es", "yahoo.it", "yahoo.co.uk", "yahoo.ca", "yahoo.co.in",
            "yahoo.in", "yahoo.com.br", "yahoo.com.au", "ymail.com", "rocketmail.com",
        )
    ),
)  # fmt: skip
_BY_DOMAIN: Mapping[str, _Provider] = {domain: each for each in _PROVIDERS for domain in each.domains}
_OTHER = _Provider(())


def mailbox_of(canonical: str) -> str:
    """Return the key of the mailbox that a canonical address reaches; equal keys are one mailbox.

    >>> mailbox_of("ada.b+news@googlemail.com"), mailbox_of("ada.b+news@example.com")
    ('adab@gmail.com', 'ada.b@example.com')
    """
    local_part, _, domain = canonical.rpartition("@")
    host, _, above = domain.partition(".")
    if above in _BY_DOMAIN and _BY_DOMAIN[above].hosts:
        local_part, domain = host, above
    elif local_part and domain not in _BY_DOMAIN and SEPARATOR not in local_part:
        return canonical  # quickly, of most addresses
    rules = _BY_DOMAIN.get(domain, _OTHER)
    own = local_part
    for separator in SEPARATOR + rules.separators:
        own = own.partition(separator)[0] or own  # an address may begin with the separator
    own = own.translate(str.maketrans("", "", rules.ignored)) or own
    return f"{own}@{rules.domains[0] if rules.domains else domain}"


def refuses_mailbox(suppression: Suppression) -> bool:
    """Return whether its owner never wants mail again, at whichever address; of a digest the mailbox is unknown."""
    return suppression.reason.of_mailbox and "@" in suppression.canonical
