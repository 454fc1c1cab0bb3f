"""SPF as a receiver evaluates it, with the limits at which it gives up (pure). Source: RFC 7208."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from publisher.doctor.finding import Finding, RecordState, mechanism, txt_record
from publisher.ports import Names

MOST_LOOKUPS, MOST_VOID, MOST_SERVERS = 10, 2, 10
"""RFC 7208 4.6.4: terms that ask the name system, those of them that find nothing, and servers of one `mx`."""
_TERM = re.compile(r"([+?~-]?)([a-z0-9]+)(?:[:]([^/ ]*))?((?:/\d{1,3})?(?://\d{1,3})?)", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9._-]*)=(.*)", re.IGNORECASE)
_ASKING = frozenset(("include", "a", "mx", "ptr", "exists"))
_QUALIFIED = {"": "pass", "+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class BrokenRecord(Exception):
    """What makes receivers give up (permerror), as half a sentence."""


@dataclass
class Evaluation:
    """One evaluation for `address`; without an address nothing matches, so every term is asked, as in the worst case.

    `result` is pass, fail, softfail, neutral or none. Raises BrokenRecord, and NameServerSilent.
    """

    names: Names
    address: _Address | None = None
    lookups: int = 0
    void: list[str] = field(default_factory=list)
    macros: bool = False
    """Whether a term depends on the message, so that nothing can be said of it here."""

    def result(self, domain: str) -> str:
        record = record_of(domain, self.names)
        if record is None:
            return "none"
        redirect = ""
        for term in record.split()[1:]:
            if modifier := _MODIFIER.fullmatch(term):
                redirect = modifier[2] if modifier[1].lower() == "redirect" else redirect
                continue
            parsed = _TERM.fullmatch(term)
            if parsed is None:
                raise BrokenRecord(f"{domain} has «{term}», which is no term of SPF")
            if parsed[2].lower() == "all":
                return _QUALIFIED[parsed[1]]
            if self._matches(domain, parsed[2].lower(), parsed[3] or "", parsed[4] or ""):
                return _QUALIFIED[parsed[1]]
        return self._redirected(domain, redirect) if redirect else "neutral"

    def _redirected(self, domain: str, target: str) -> str:
        self._count(f"redirect={target}")
        if self._depends(target):
            return "neutral"
        result = self.result(target)
        if result == "none":
            raise BrokenRecord(f"{domain} sends receivers on to {target}, which has no record of SPF")
        return result

    def _matches(self, domain: str, name: str, value: str, masks: str) -> bool:
        if name in _ASKING:
            self._count(f"{name}:{value}" if value else name)
        target = value or domain
        match name:
            case "ip4" | "ip6":
                return self._within([f"{value}{masks}"], name)
            case "ptr":  # obsolete (RFC 7208 5.5): who may send that way is not looked for
                return False
            case "include" | "exists" if not value:
                raise BrokenRecord(f"{domain} has «{name}» without a domain")
            case "a" | "mx" | "include" | "exists" if self._depends(target):
                return False
            case "include":
                return self._included(domain, target)
            case "exists":
                return bool(self._found(target, self.names.addresses(target)))
            case "a":
                return self._within(self._found(target, self.names.addresses(target)), masks=masks)
            case "mx":
                servers = self._found(target, self.names.mail_servers(target))
                if len(servers) > MOST_SERVERS:
                    raise BrokenRecord(f"mx of {target} has {len(servers)} servers, and SPF allows {MOST_SERVERS}")
                addresses = [one for server in servers for one in self.names.addresses(server)]
                return self._within(addresses, masks=masks)
        raise BrokenRecord(f"{domain} has «{name}», which is no mechanism of SPF")

    def _included(self, domain: str, target: str) -> bool:
        result = self.result(target)
        if result == "none":
            raise BrokenRecord(f"{domain} includes {target}, which has no record of SPF")
        return result == "pass" and self.address is not None

    def _within(self, networks: Sequence[str], kind: str = "", *, masks: str = "") -> bool:
        short, _, long = masks.partition("//")
        for text in networks:
            try:
                network = ipaddress.ip_network(text, strict=False)
                if not kind:
                    mask = short.removeprefix("/") if network.version == 4 else long
                    network = ipaddress.ip_network(f"{text}/{mask}" if mask else text, strict=False)
                if kind and kind != f"ip{network.version}":
                    raise ValueError(text)
            except ValueError:
                raise BrokenRecord(f"«{f'{kind}:' if kind else ''}{text}» is no network") from None
            if self.address is not None and self.address in network:
                return True
        return False

    def _count(self, term: str) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise BrokenRecord(f"it takes more than {MOST_LOOKUPS} look-ups, and receivers stop at «{term}»")

    def _depends(self, target: str) -> bool:
        self.macros = self.macros or "%" in target
        return "%" in target

    def _found(self, target: str, found: Sequence[str]) -> Sequence[str]:
        if not found:
            self.void.append(target)
            if len(self.void) > MOST_VOID:
                said = ", ".join(self.void)
                raise BrokenRecord(f"more than {MOST_VOID} of its names lead nowhere ({said}), where receivers stop")
        return found


def record_of(domain: str, names: Names) -> str | None:
    """Return a domain's one record; None without any. Raises BrokenRecord where there are several."""
    found = _records(domain, names)
    if len(found) > 1:
        raise BrokenRecord(f"{domain} has {len(found)} records of SPF, so none counts")
    return found[0] if found else None


def _records(domain: str, names: Names) -> list[str]:
    return [text for text in names.texts(domain) if text.lower().split(" ")[0] == "v=spf1"]


def spf(domain: str, smtp_host: str, sending: Sequence[str], names: Names) -> Finding:
    """Look at who may send for a domain. `sending` are the addresses that mail leaves from, where they are known."""
    what, found = f"SPF of {domain}", _records(domain, names)
    record = f'{domain}. IN TXT "v=spf1 {" ".join(map(mechanism, sending or [smtp_host]))} ~all"'
    if not found:
        says = "no record says who may send; if your provider gives you an include:, write that instead of a: or mx"
        return Finding(what, RecordState.MISSING, says, record)
    if len(found) > 1:
        return Finding(what, RecordState.WRONG, f"{len(found)} records, so none counts; keep one: {' | '.join(found)}")
    if {"+all", "all"} & set(found[0].lower().split()):
        return Finding(what, RecordState.WRONG, f"it lets everybody send; end it with ~all: {found[0]}", record)
    worst = Evaluation(names)
    try:
        result = worst.result(domain)
        outside = [one for one in sending if not _may_send(domain, one, names)]
    except BrokenRecord as error:
        return Finding(what, RecordState.WRONG, f"{error}; until that is right, mail fails SPF: {found[0]}")
    if outside:
        says = f"it does not allow {', '.join(outside)}, which mail leaves from; enter the record instead"
        return Finding(what, RecordState.WRONG, says, txt_record(domain, _widened(found[0], outside)))
    if weak := "; ".join(_weaknesses(found[0], worst, result)):
        return Finding(what, RecordState.WEAK, f"{weak}: {found[0]}")
    whom = "" if sending else f", it has to name {smtp_host or 'your mail server'}, or what that sends through"
    return Finding(what, RecordState.FOUND, f"{found[0]} ({worst.lookups} of {MOST_LOOKUPS} look-ups{whom})")


def _may_send(domain: str, address: str, names: Names) -> bool:
    asked = Evaluation(names, ipaddress.ip_address(address))
    return asked.result(domain) == "pass" or asked.macros


def _widened(record: str, addresses: Sequence[str]) -> str:
    """Return a record that allows these addresses, too: first of all, since what comes before matters."""
    version, _, rest = record.partition(" ")
    return " ".join([version, *map(mechanism, addresses), *rest.split()])


def _weaknesses(record: str, worst: Evaluation, result: str) -> Iterator[str]:
    if any(term.lower().lstrip("+?~-").partition(":")[0] == "ptr" for term in record.split()):
        yield "ptr is obsolete, and some receivers ignore it; name the server by a: or ip4:"
    if worst.void:
        yield f"{', '.join(worst.void)} leads nowhere, and receivers stop at the third such name; take it out"
    if result in ("neutral", "pass"):
        yield "it says nothing of all others; end it with ~all"
