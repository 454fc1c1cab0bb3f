"""Every record of a publication that receivers and readers look up (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from urllib.parse import urlsplit

from publisher.doctor import dmarc, keys, servers
from publisher.doctor.finding import Finding, Look, RecordState, domain_of
from publisher.doctor.keys import OwnKey
from publisher.doctor.spf import spf
from publisher.errors import NameServerSilent
from publisher.examples import is_example
from publisher.ports import Names
from publisher.publication import Publication
from publisher.values import is_loopback


def looks(
    publication: Publication,
    smtp_host: str,
    selector: str,
    names: Names,
    own_keys: Sequence[OwnKey] = (),
    sending: Sequence[str] = (),
) -> Iterator[Look]:
    """Yield every look at the name system, those at examples too.

    `smtp_host` and `selector`, of a DKIM key that somebody else signs with, may be empty. `sending` are the addresses that
    mail leaves from, where they are known.
    """
    smtp_host, sender = "" if is_loopback(smtp_host) else smtp_host, publication.sender
    domain, returned = domain_of(sender.address), domain_of(sender.bounces or sender.address)
    yield Look("SPF", returned, partial(spf, returned, smtp_host, sending, names))
    for key in own_keys:
        yield Look("DKIM", key.domain, partial(keys.own_key, key, names))
    if selector or not own_keys:
        yield Look("DKIM", domain, partial(keys.key_of, domain, selector, names))
    yield Look("DMARC", domain, partial(dmarc.dmarc, domain, publication.editors[0].address, names))
    for at in _receiving(publication):
        yield Look("MX", at, partial(servers.mx, at, smtp_host, names))
    for host in dict.fromkeys(urlsplit(place).hostname or "" for place in (publication.url(), publication.service())):
        if not is_loopback(host):
            yield Look("web", host, partial(servers.web, host, names))


def taken(look: Look) -> Finding:
    """Take a look; where no name server answers, that is what it finds."""
    try:
        return look.take()
    except NameServerSilent as error:
        return Finding(f"{look.what} of {look.at}", RecordState.UNKNOWN, f"{error}; look it up elsewhere, or try again")


def look_up(
    publication: Publication, smtp_host: str, selector: str, names: Names, own_keys: Sequence[OwnKey] = ()
) -> Iterator[Finding]:
    """Yield what was found of each record, one after the other, leaving out examples, which nobody can look up."""
    for look in looks(publication, smtp_host, selector, names, own_keys):
        if not is_example(look.at):
            yield taken(look)


def _receiving(publication: Publication) -> Iterator[str]:
    """Yield each domain of the publication to which mail comes."""
    sender = publication.sender
    addresses = (sender.address, sender.reply_to, sender.bounces, publication.delivery.unsubscribe_mailbox)
    yield from dict.fromkeys(domain_of(address) for address in addresses if address)
