"""What receivers ask the domain name system about a sender: what is there, and the records to enter (pure).

Sources: RFC 7208 (SPF), RFC 6376 and 8463 (DKIM), RFC 7489 (DMARC), RFC 5321 5.1 (MX).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from urllib.parse import urlsplit

from publisher.errors import NameServerSilent
from publisher.examples import is_example
from publisher.ports import Names
from publisher.publication import Publication
from publisher.values import is_loopback


class RecordState(StrEnum):
    """What a look-up found of a record."""

    FOUND = "found"
    MISSING = "missing"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that receivers or readers look up. `record` is what to enter, as a zone file has it, where that is known."""

    what: str
    state: RecordState
    says: str
    record: str = ""


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key that Pressroom signs with: `record` is the text of the TXT record that has to be there for it."""

    selector: str
    domain: str
    record: str


def look_up(
    publication: Publication, smtp_host: str, selector: str, names: Names, own_keys: Sequence[OwnKey] = ()
) -> Iterator[Finding]:
    """Yield what was found of each record, leaving out examples, which nobody can look up.

    `smtp_host` and `selector`, of a DKIM key that somebody else signs with, may be empty.
    """
    smtp_host, sender = "" if is_loopback(smtp_host) else smtp_host, publication.sender
    domain, returned = _domain(sender.address), _domain(sender.bounces or sender.address)
    looks: list[tuple[str, str, Callable[[Names], Finding]]] = [
        ("SPF", returned, partial(_spf, returned, smtp_host)),
        *(("DKIM", key.domain, partial(_own_key, key)) for key in own_keys),
        *([("DKIM", domain, partial(_dkim, domain, selector))] if selector or not own_keys else ()),
        ("DMARC", domain, partial(_dmarc, domain, publication.editors[0].address)),
        *(("MX", at, partial(_mx, at, smtp_host)) for at in _receiving(publication)),
    ]
    host = urlsplit(publication.base_url).hostname or ""
    if not is_loopback(host):
        looks.append(("web", host, partial(_web, host)))
    for what, at, look in looks:
        if is_example(at):
            continue
        try:
            yield look(names)
        except NameServerSilent as error:
            yield Finding(f"{what} of {at}", RecordState.UNKNOWN, f"{error}; look it up elsewhere, or try again")


def _receiving(publication: Publication) -> Iterator[str]:
    """Yield each domain of the publication to which mail comes."""
    sender = publication.sender
    addresses = (sender.address, sender.reply_to, sender.bounces, publication.delivery.unsubscribe_mailbox)
    yield from dict.fromkeys(_domain(address) for address in addresses if address)


def _domain(address: str) -> str:
    """Return an address's domain as DNS has it."""
    return address.rpartition("@")[2].encode("idna").decode("ascii").lower()


def _spf(domain: str, smtp_host: str, names: Names) -> Finding:
    what = f"SPF of {domain}"
    found = [text for text in names.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]
    record = f'{domain}. IN TXT "v=spf1 {_mechanism(smtp_host)} ~all"'
    if not found:
        says = "no record says who may send; if your provider gives you an include:, write that instead of a: or mx"
        return Finding(what, RecordState.MISSING, says, record)
    if len(found) > 1:
        return Finding(what, RecordState.WRONG, f"{len(found)} records, so none counts; keep one: {' | '.join(found)}")
    if {"+all", "all"} & set(found[0].lower().split()):
        return Finding(what, RecordState.WRONG, f"it lets everybody send; end it with ~all: {found[0]}", record)
    return Finding(
        what,
        RecordState.FOUND,
        f"{found[0]} (it has to name {smtp_host or 'your mail server'}, or what that sends through)",
    )


def _mechanism(host: str) -> str:
    """Return how SPF names a server (RFC 7208 5).

    >>> [_mechanism(host) for host in ("mail.example.com", "192.0.2.7", "2001:db8::7", "")]
    ['a:mail.example.com', 'ip4:192.0.2.7', 'ip6:2001:db8::7', 'mx']
    """
    try:
        return f"ip{ipaddress.ip_address(host).version}:{host}"
    except ValueError:
        return f"a:{host}" if host else "mx"


def _dkim(domain: str, selector: str, names: Names) -> Finding:
    what = f"DKIM of {domain}"
    form = f'{selector or "SELECTOR"}._domainkey.{domain}. IN TXT "v=DKIM1; k=rsa; p=KEY"'
    if not selector:
        says = "cannot be found without its selector, which your mail server or provider has: --dkim-selector NAME"
        return Finding(what, RecordState.UNKNOWN, says, form)
    found = [text for text in names.texts(f"{selector}._domainkey.{domain}") if "p=" in text]
    if not found:
        return Finding(what, RecordState.MISSING, "no key; your mail server or provider signs, and has it", form)
    key = next(part.partition("=")[2].strip() for part in found[0].split(";") if part.strip().startswith("p="))
    if not key:
        return Finding(what, RecordState.WRONG, "its key is empty, which revokes it", form)
    return Finding(
        what, RecordState.FOUND, f"{selector} has a key; that mail is signed with it shows in a message that arrived"
    )


def _own_key(own: OwnKey, names: Names) -> Finding:
    """Compare what is published with the key that Pressroom signs with."""
    at = f"{own.selector}._domainkey.{own.domain}"
    what, record = f"DKIM of {own.domain}, {own.selector}", txt_record(at, own.record)
    found = [text for text in names.texts(at) if "p=" in text]
    if not found:
        return Finding(what, RecordState.MISSING, "no key, so what Pressroom signs with it counts for nothing", record)
    if len(found) > 1:
        return Finding(what, RecordState.WRONG, f"{len(found)} records, so none is sure to count; keep one", record)
    there, wanted = _tags(found[0]), _tags(own.record)
    if not there["p"]:
        return Finding(what, RecordState.WRONG, "its key is empty, which revokes it", record)
    if (there.get("k", "rsa"), there["p"]) != (wanted["k"], wanted["p"]):
        return Finding(what, RecordState.WRONG, "it has another key than the one that Pressroom signs with", record)
    if "y" in there.get("t", "").split(":"):
        return Finding(what, RecordState.WRONG, "t=y says that it is only a test, and receivers may ignore it", record)
    return Finding(what, RecordState.FOUND, "it has the key that Pressroom signs with")


def _tags(record: str) -> dict[str, str]:
    """Return a record's tags without white space, of which it may have any (RFC 6376 3.2)."""
    parts = (part.partition("=") for part in "".join(record.split()).split(";"))
    return {name: value for name, _, value in parts if name}


def txt_record(name: str, text: str) -> str:
    """Return a TXT record as a zone file has it, in strings of at most 255 octets (RFC 1035 3.3)."""
    strings = (f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))
    return f"{name}. IN TXT {' '.join(strings)}"


def _dmarc(domain: str, reports_to: str, names: Names) -> Finding:
    what, labels = f"DMARC of {domain}", domain.split(".")
    for at in (".".join(labels[index:]) for index in range(len(labels) - 1)):
        found = [text for text in names.texts(f"_dmarc.{at}") if text.replace(" ", "").lower().startswith("v=dmarc1")]
        if len(found) > 1:
            return Finding(what, RecordState.WRONG, f"_dmarc.{at} has {len(found)} records, so none counts; keep one")
        if found:
            return Finding(what, RecordState.FOUND, found[0] if at == domain else f"{found[0]} (of {at})")
    record = f'_dmarc.{domain}. IN TXT "v=DMARC1; p=none; rua=mailto:{reports_to}"'
    return Finding(
        what,
        RecordState.MISSING,
        "no policy; begin with p=none, and change it to p=quarantine when the reports are clean",
        record,
    )


def _mx(domain: str, smtp_host: str, names: Names) -> Finding:
    what, servers = f"MX of {domain}", names.mail_servers(domain)
    if servers == ["."]:
        return Finding(what, RecordState.WRONG, "it says that it takes no mail, so replies and bounces are lost")
    if servers:
        return Finding(what, RecordState.FOUND, ", ".join(servers))
    if names.addresses(domain):
        return Finding(what, RecordState.FOUND, "none, so mail goes to its own address")
    server = smtp_host if _mechanism(smtp_host).startswith("a:") else "YOUR-MAIL-SERVER"
    return Finding(what, RecordState.MISSING, "no server takes replies and bounces", f"{domain}. IN MX 10 {server}.")


def _web(host: str, names: Names) -> Finding:
    found = names.addresses(host)
    if found:
        return Finding(f"web of {host}", RecordState.FOUND, ", ".join(found))
    return Finding(
        f"web of {host}", RecordState.MISSING, "readers find no page", f"{host}. IN A ADDRESS-OF-YOUR-SERVER"
    )
