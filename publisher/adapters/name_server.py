"""Looks names up at the machine's name servers, and never waits long: who was silent once is not asked again."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any

from dns.exception import DNSException
from dns.nameserver import Do53Nameserver
from dns.resolver import NXDOMAIN, LifetimeTimeout, LRUCache, NoAnswer, NoNameservers, Resolver
from dns.reversename import from_address

from publisher.errors import NameServerSilent

PATIENCE = 4.0
"""Seconds for one question, at all name servers together."""


def resolver_at(address: str) -> Resolver:
    """Return what asks one name server: 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353. Raises ValueError."""
    match = re.fullmatch(r"([0-9.]+)(?::(\d{1,5}))?|\[([0-9a-fA-F:.]+)\](?::(\d{1,5}))?|([0-9a-fA-F:]+)", address)
    try:
        if match is None:
            raise ValueError(address)
        host, port = match[1] or match[3] or match[5], int(match[2] or match[4] or 53)
        ipaddress.ip_address(host)
    except ValueError:
        raise ValueError(
            f"{address!r} is no name server; write its address, such as 192.0.2.53 or [2001:db8::53]:5353"
        ) from None
    resolver = Resolver(configure=False)
    resolver.nameservers = [Do53Nameserver(host, port)]
    return resolver


class NameServer:
    """Fulfils ports.Names; threads may share it. `resolver` is that of the machine unless one is given."""

    def __init__(self, resolver: Resolver | None = None, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._silent = ""
        try:
            self._resolver = resolver or Resolver()
        except (DNSException, OSError):  # no /etc/resolv.conf, or nothing in it
            self._resolver = Resolver(configure=False)
            self._silent = "this machine knows no name server"
        self._resolver.cache = LRUCache()  # several looks ask for the same names

    def texts(self, name: str) -> Sequence[str]:
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def mail_servers(self, name: str) -> Sequence[str]:
        records = sorted(self._ask(name, "MX"), key=lambda record: record.preference)
        return [record.exchange.to_text(omit_final_dot=True) or "." for record in records]

    def addresses(self, name: str) -> Sequence[str]:
        return [record.address for kind in ("A", "AAAA") for record in self._ask(name, kind)]

    def hosts(self, address: str) -> Sequence[str]:
        found = self._ask(from_address(address).to_text(omit_final_dot=True), "PTR")
        return [record.target.to_text(omit_final_dot=True) for record in found]

    def _ask(self, name: str, kind: str) -> Sequence[Any]:
        if self._silent:
            raise NameServerSilent(self._silent)
        try:
            return list(self._resolver.resolve(f"{name}.", kind, lifetime=self._patience, search=False))
        except (NXDOMAIN, NoAnswer):
            return []
        except LifetimeTimeout:
            self._silent = f"no name server answered within {self._patience:g} seconds"
            raise NameServerSilent(self._silent) from None
        except NoNameservers:
            raise NameServerSilent(f"no name server could answer for {name}") from None
        except DNSException as error:  # not a name, such as one with a label of 64 letters
            raise NameServerSilent(f"{name} cannot be looked up ({error})") from None
