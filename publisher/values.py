"""What one value may be, in publication.toml or among the settings, and why it may not be anything else (pure)."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from plaintext import BREAKING
from subscribers import InvalidAddress, parse_address

LANGUAGE_TAG: Final = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def _one_line(value: str) -> str:
    """Refuse what could end a header line or hide in one (CVE-2024-6923, CVE-2026-1299)."""
    if BREAKING.search(value):
        raise ValueError("must be one line without control characters")
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


def _address(value: str) -> str:
    try:
        return parse_address(value).written
    except InvalidAddress as error:
        raise ValueError(f"is not an e-mail address: {error.why}") from None


def _web_address(value: str) -> str:
    authority = re.split(r"[/?#]", value.partition("://")[2])[0]
    if "@" in authority or ("@" in value and ":" in authority):  # a password may cut a URL; it is not repeated
        raise ValueError(
            "a web address for readers must not contain a user or password; leave them out, and write any other @ as %40"
        )
    matches = re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value)
    try:
        parts = urlsplit(value)
        host = parts.hostname if matches and parts.port != 0 else None
    except ValueError:  # a port such as 99999, a bracket that is not closed
        host = None
    if not host or not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-fA-F:]+", host):
        # List-Unsubscribe is ASCII (RFC 2369), so an international name is written as DNS has it: xn--bcher-kva.example
        letters = "" if value.isascii() else " in ASCII"
        raise ValueError(f"{value!r} is not a web address{letters} such as https://news.example.com")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(
            f"{value!r} is not encrypted, and mail programs show the unsubscribe button (RFC 8058) for https only; "
            "write https:// (http:// is for this machine alone)"
        )
    return value


def is_loopback(host: str) -> bool:
    """Whether a host's name can only mean this machine.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.2", "::1", "localhost.example.com")]
    [True, True, True, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Berlin") from None
    return value


def _language(value: str) -> str:
    if not re.fullmatch(LANGUAGE_TAG, value):
        raise ValueError(f"{value!r} is not a language tag such as en, de or pt-BR")
    return value


def _price(value: object) -> object:
    numbers = value if isinstance(value, (list, tuple)) else ()
    if len(numbers) != 2 or not all(type(one) in (int, float) for one in numbers):
        raise ValueError("must be two numbers, such as [0.25, 2.0]")
    return value


def _budget(value: str) -> str:
    from limits import parse_many

    try:
        parse_many(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a budget such as '6 per minute; 30 per hour'") from None
    return value


_BRANCH = re.compile(r"(?!.*(?:\.\.|//|\.lock(?:/|$)|/\.))[A-Za-z0-9][A-Za-z0-9._/-]{0,99}(?<![./])")
"""A part of the names that git allows: none of these can be taken for an option, a range or another place."""


def _branch(value: str) -> str:
    if not _BRANCH.fullmatch(value):
        raise ValueError(f"{value!r} is not a branch's name such as main; use letters, digits and ._/-")
    return value


Line = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_one_line)]
Address = Annotated[str, AfterValidator(_address)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Zone = Annotated[str, AfterValidator(_zone)]
LanguageTag = Annotated[str, AfterValidator(_language)]
Branch = Annotated[str, AfterValidator(_branch)]
Budget = Annotated[str, AfterValidator(_budget)]
Dollars = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Price = Annotated[tuple[Dollars, Dollars], BeforeValidator(_price)]
