"""What publication.toml still says of an example: addresses that can never work, and a street that is not there (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from publisher.errors import Problem
from publisher.publication import Publication

# Source: RFC 2606 and RFC 6761, names that nobody can register.
_DOMAINS = ("example.com", "example.net", "example.org")
_TOP = ("example", "test", "invalid")
REAL_READERS = (
    f"not ({' or '.join([*(f'domain = {name}' for name in _DOMAINS), *(f'domain ~ .{name}' for name in _TOP)])})"
)
"""The segment of readers at addresses that may be somebody's."""
_STREET = re.compile(
    r"\b(example (street|city)|beispiel(straße|stadt)|calle del ejemplo|rue de l[’']exemple)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Example:
    """A value of publication.toml that is an example; `key` is where it stands."""

    key: tuple[str | int, ...]
    value: str

    @property
    def name(self) -> str:
        """What the place is called: `sender.address`, `editor.1.address`."""
        return ".".join(map(str, self.key))


def is_example(host: str) -> bool:
    """Whether a host's name is one that nobody can have.

    >>> [is_example(host) for host in ("News.Example.com", "mail.test", "example.com.evil.de", "contest")]
    [True, True, False, False]
    """
    name = host.lower().rstrip(".")
    return name.endswith(tuple(f".{top}" for top in _TOP)) or any(
        name == known or name.endswith(f".{known}") for known in _DOMAINS
    )


def examples_in(publication: Publication) -> Iterator[Example]:
    """Yield what readers would see and could not use."""
    sender = publication.sender
    addresses: list[tuple[tuple[str | int, ...], str | None]] = [
        (("sender", "address"), sender.address), (("sender", "reply_to"), sender.reply_to),
        (("sender", "bounces"), sender.bounces),
        (("delivery", "unsubscribe_mailbox"), publication.delivery.unsubscribe_mailbox),
        *((("editor", index, "address"), editor.address) for index, editor in enumerate(publication.editors)),
    ]  # fmt: skip
    hosts = [(key, address, address.rpartition("@")[2]) for key, address in addresses if address]
    hosts.append((("base_url",), publication.base_url, urlsplit(publication.base_url).hostname or ""))
    if publication.service_url:
        hosts.append((("service_url",), publication.service_url, urlsplit(publication.service_url).hostname or ""))
    hosts.append((("list_id",), publication.list_id, publication.list_id))
    yield from (Example(key, value) for key, value, host in hosts if is_example(host))
    if _STREET.search(publication.postal_address):
        yield Example(("postal_address",), publication.postal_address)


def still_examples(publication: Publication, lines: Mapping[str, int]) -> tuple[Problem, ...]:
    """Return an error for each value that is still an example; `lines` says where each stands."""
    file = Path("content/publication.toml")
    return tuple(
        Problem(
            file, lines.get(one.name), f"{_key(one)} is still an example: {one.value!r}", "write your own before mail leaves",
            rule="example",
        )
        for one in examples_in(publication)
    )  # fmt: skip


def _key(example: Example) -> str:
    return ".".join(part for part in example.key if isinstance(part, str))
