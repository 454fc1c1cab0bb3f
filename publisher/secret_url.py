"""The URLs of settings, which may hold a password: no part of one that cannot be read is ever repeated (pure)."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import SplitResult, quote, unquote, urlsplit

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


def without_password(url: str) -> str:
    """Return a URL as it may be shown.

    >>> without_password("smtp://ada:secret@mail.example.com:587")
    'smtp://ada@mail.example.com:587'
    >>> without_password("postgresql://ada@db.example.com/news?sslmode=require&password=secret")
    'postgresql://ada@db.example.com/news?sslmode=require'
    >>> without_password("sqlite:////srv/a@b.db"), without_password("smtp://ada:se/cr?et@mail.example.com")
    ('sqlite:////srv/a@b.db', 'smtp://ada@mail.example.com')
    """
    scheme, mark, rest = url.partition("://")
    user, at, place = rest.rpartition("@")
    place, _, query = place.partition("?")
    kept = [one for one in query.split("&") if one and "password" not in unquote(one.partition("=")[0]).lower()]
    return f"{scheme}{mark}{user.partition(':')[0]}{at}{place}{'?' * bool(kept)}{'&'.join(kept)}"


def lacks_password(url: str) -> bool:
    """Whether a URL names a user and no password.

    >>> [lacks_password(url) for url in ("smtp://ada@mail.test", "smtp://ada:x@mail.test", "smtp://mail.test")]
    [True, False, False]
    """
    user, at, _ = url.partition("://")[2].partition("/")[0].rpartition("@")
    return bool(at) and ":" not in user


def with_password(url: str, password: str) -> str:
    """Return a URL with a password after its user, if it has a user without one.

    >>> with_password("smtp://ada@mail.example.com", "p@ss/word")
    'smtp://ada:p%40ss%2Fword@mail.example.com'
    """
    if not password or not lacks_password(url):
        return url
    scheme, _, rest = url.partition("://")
    user, _, place = rest.rpartition("@")
    return f"{scheme}://{user}:{quote(password, safe='')}@{place}"


def password_of(url: str) -> str:
    """Return the password that a URL has, decoded; empty without one."""
    return unquote(urlsplit(url).password or "") if url else ""
