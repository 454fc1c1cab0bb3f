"""Splits the URLs of settings, which may hold a password, without ever repeating a part of one that it cannot read."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

ENCODED = "%23 for #, %2F for /, %3F for ?, %40 for @, %5B for ["
"""How to write the characters that would cut a password short."""


def split_url(text: str, schemes: Collection[str], example: str) -> SplitResult:
    """Return the URL's parts. Raises ValueError when it is not one with a host, or would be cut inside its password.

    >>> split_url("redis://:a%23b@127.0.0.1:6379/0", ("redis",), "redis://127.0.0.1:6379/0").hostname
    '127.0.0.1'
    """
    try:
        parts = urlsplit(text.strip())
        readable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # its words repeat the port or the host, either of which may be half a password
        raise ValueError(f"its host or port cannot be read; in a password, write {ENCODED}") from None
    if "#" in text or "@" in parts.path + parts.query:
        raise ValueError(f"its password has a character that cuts a URL short; write {ENCODED}")
    if parts.scheme not in schemes or not readable:
        begins = " or ".join(f"{scheme}://" for scheme in schemes)
        raise ValueError(f"it must begin with {begins} and name a host; write one such as {example}")
    return parts
