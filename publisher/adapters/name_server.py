"""Looks names up at the machine's name servers, and never waits long: who was silent once is not asked again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, LifetimeTimeout, NoAnswer, NoNameservers, Resolver

from publisher.errors import NameServerSilent

PATIENCE = 4.0
"""Seconds for one question, at all name servers together."""


class NameServer:
    """Fulfils ports.Names. `resolver` is that of the machine unless one is given."""

    def __init__(self, resolver: Resolver | None = None, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._silent = ""
        try:
            self._resolver = resolver or Resolver()
        except (DNSException, OSError):  # no /etc/resolv.conf, or nothing in it
            self._resolver = Resolver(configure=False)
            self._silent = "this machine knows no name server"

    def texts(self, name: str) -> Sequence[str]:
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def mail_servers(self, name: str) -> Sequence[str]:
        records = sorted(self._ask(name, "MX"), key=lambda record: record.preference)
        return [record.exchange.to_text(omit_final_dot=True) or "." for record in records]

    def addresses(self, name: str) -> Sequence[str]:
        return [record.address for kind in ("A", "AAAA") for record in self._ask(name, kind)]

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
