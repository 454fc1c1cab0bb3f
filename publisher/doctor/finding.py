"""What one look says, and how a record is written (pure)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Whether mail suffers."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class RecordState(StrEnum):
    """What a look found. What is weak works, but not everywhere or not for long."""

    FOUND = "found"
    WEAK = "weak"
    UNKNOWN = "unknown"
    MISSING = "missing"
    WRONG = "wrong"

    @property
    def level(self) -> Level:
        if self is RecordState.FOUND:
            return Level.OK
        return Level.WARNING if self in (RecordState.WEAK, RecordState.UNKNOWN) else Level.ERROR


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that receivers or readers look at. `says` is what is there; then, after a semicolon, how to fix it.

    `record` is what to enter, as a zone file has it, where that is known.
    """

    what: str
    state: RecordState
    says: str
    record: str = ""

    @property
    def level(self) -> Level:
        return self.state.level


@dataclass(frozen=True, slots=True)
class Look:
    """A look that is still to be taken: `what` it is about, at which name. Taking it raises NameServerSilent."""

    what: str
    at: str
    take: Callable[[], Finding]


def txt_record(name: str, text: str) -> str:
    """Return a TXT record as a zone file has it, in strings of at most 255 octets (RFC 1035 3.3)."""
    strings = (f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))
    return f"{name}. IN TXT {' '.join(strings)}"


def tags_of(record: str) -> dict[str, str]:
    """Return a record's tags without white space, of which it may have any (RFC 6376 3.2, RFC 9989 4.7)."""
    parts = (part.partition("=") for part in "".join(record.split()).split(";"))
    return {name: value for name, _, value in parts if name}


def domain_of(address: str) -> str:
    """Return an address's domain as DNS has it."""
    return address.rpartition("@")[2].encode("idna").decode("ascii").lower()


def mechanism(host: str) -> str:
    """Return how SPF names a server (RFC 7208 5).

    >>> [mechanism(host) for host in ("mail.example.com", "192.0.2.7", "2001:db8::7", "")]
    ['a:mail.example.com', 'ip4:192.0.2.7', 'ip6:2001:db8::7', 'mx']
    """
    try:
        return f"ip{ipaddress.ip_address(host).version}:{host}"
    except ValueError:
        return f"a:{host}" if host else "mx"
