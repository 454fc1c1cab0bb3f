"""PRESSROOM_PROVIDER_URL: which provider of mail is used, and where it is (pure).

    ses://eu-central-1          postmark://broadcast        mailgun://news.example.com
    resend://                   sendgrid://

What stands after `//` is the provider's own: a region, a message stream, a sending domain. The key never stands here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from publisher.values import is_loopback

EXAMPLE: Final = "postmark://broadcast"


@dataclass(frozen=True, slots=True)
class Place:
    """What a provider's URL says: what its host is called (None: it has none), and which parameters it may have."""

    host: str | None
    parameters: frozenset[str] = frozenset()
    regions: Mapping[str, str] = field(default_factory=dict)
    """Where the API of each region is; "" is the one without `?region=`. `{}` stands for the host."""


PLACES: Final[Mapping[str, Place]] = {
    "ses": Place("the region", frozenset({"configuration_set"}), {"": "https://email.{}.amazonaws.com"}),
    "postmark": Place("the message stream", regions={"": "https://api.postmarkapp.com"}),
    "mailgun": Place("the sending domain", regions={"": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}),
    "resend": Place(None, regions={"": "https://api.resend.com"}),
    "sendgrid": Place(None, regions={"": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}),
}


@dataclass(frozen=True, slots=True)
class ProviderUrl:
    """A provider's name, what the URL names there, and the base of its API, without a slash at its end."""

    provider: str
    host: str
    api: str
    configuration_set: str = ""

    @classmethod
    def parse(cls, text: str) -> ProviderUrl:
        """Read PRESSROOM_PROVIDER_URL. Raises ValueError, whose words never repeat it: a key may stand there by mistake.

        >>> ProviderUrl.parse("mailgun://news.example.com?region=eu").api
        'https://api.eu.mailgun.net'
        """
        try:
            url = urlsplit(text.strip())
            host, port = url.hostname or "", url.port
        except ValueError:
            raise ValueError(f"it cannot be read; write one such as {EXAMPLE}") from None
        if "@" in text or "#" in text or url.path.strip("/") or port is not None:
            raise ValueError(f"it has more than a provider and its place; the key belongs in PRESSROOM_PROVIDER_KEY, and this is such as {EXAMPLE}")  # fmt: skip
        place = PLACES.get(url.scheme)
        if place is None or not text.strip().startswith(f"{url.scheme}://"):
            known = ", ".join(f"{name}://" for name in PLACES)
            raise ValueError(f"no such provider; it begins with one of {known}")
        _check_host(url.scheme, place, host)
        given = dict(parse_qsl(url.query, keep_blank_values=True))
        allowed = place.parameters | {"api"} | ({"region"} if len(place.regions) > 1 else set())
        if not set(given) <= allowed:
            raise ValueError(f"it has a parameter that {url.scheme} does not; these are: {', '.join(sorted(allowed))}")
        return cls(url.scheme, host, _api(place, host, given), _name(given.get("configuration_set", "")))

    @property
    def region(self) -> str:
        """Of SES, the region."""
        return self.host


def _check_host(scheme: str, place: Place, host: str) -> None:
    if place.host is None and host:
        raise ValueError(f"{scheme}:// takes nothing after it; write {scheme}://")
    if place.host is not None and not re.fullmatch(r"[a-z0-9]([a-z0-9._-]{0,200}[a-z0-9])?", host):
        raise ValueError(f"{scheme}:// has to name {place.host}; write it after the //, in letters, digits, hyphens and dots")  # fmt: skip


def _api(place: Place, host: str, given: Mapping[str, str]) -> str:
    """Return the base of the API: of the region, or as ?api= says. Only this machine may be reached without TLS."""
    region = given.get("region", "")
    if region not in place.regions:
        raise ValueError(f"no such region; these are: {', '.join(filter(None, place.regions))}")
    api = given.get("api", "")
    if not api:
        return place.regions[region].format(host)
    url = urlsplit(api)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment:
        raise ValueError("its api is no URL; write one such as https://api.example.com")
    if url.scheme == "http" and not is_loopback(url.hostname):
        raise ValueError("its api would be reached without encryption; begin it with https://")
    return api.rstrip("/")


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,64}", text):
        raise ValueError("its configuration_set has a character that SES does not take; write letters, digits, - and _")
    return text
