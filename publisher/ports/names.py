"""The domain name system, as far as mail needs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Names(Protocol):
    """Looks names up. A name that is not there has no records. Each raises NameServerSilent when no server answers."""

    def texts(self, name: str) -> Sequence[str]:
        """Return the TXT records of a name, each in one piece."""
        ...

    def mail_servers(self, name: str) -> Sequence[str]:
        """Return the hosts of its MX records, best first; `.` says that it takes no mail (RFC 7505)."""
        ...

    def addresses(self, name: str) -> Sequence[str]:
        """Return its IPv4 and IPv6 addresses."""
        ...

    def hosts(self, address: str) -> Sequence[str]:
        """Return the names that an IPv4 or IPv6 address leads back to."""
        ...
