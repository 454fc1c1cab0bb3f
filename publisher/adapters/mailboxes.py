"""The mailbox that mail comes back to: a Maildir on this machine, or a folder of an IMAP server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

from publisher.adapters.imap import ImapMailbox
from publisher.errors import ConfigurationError, TransportUnavailable
from publisher.ports import Mailbox, OpenMailbox
from publisher.returned.message import READ_AT_MOST
from publisher.secret_url import split_url
from publisher.values import is_loopback

EXAMPLE = "imaps://bounces:password@mail.example.com/INBOX"


def mailbox_at(url: str) -> Mailbox:
    """Return the mailbox that PRESSROOM_BOUNCES_URL names. Raises ConfigurationError, which never repeats the URL."""
    scheme, _, folder = url.partition(":")
    if scheme == "maildir":
        if not folder:
            raise _wrong("it names no folder")
        return Maildir(Path(folder))
    try:
        parts = split_url(url, ("imap", "imaps"), EXAMPLE)
    except ValueError as error:
        raise ConfigurationError(f"PRESSROOM_BOUNCES_URL: {error}") from None
    if not parts.username or not parts.password:
        raise _wrong("it needs a user and a password")
    if parts.query:
        raise _wrong("it has parameters, and none is known")
    host, folder = parts.hostname or "", unquote(parts.path.strip("/")) or "INBOX"
    if not re.fullmatch(r"[ !#-\[\]-~]+", folder):
        raise _wrong("its folder has a character that not every server takes")
    return ImapMailbox(
        host,
        parts.port or (993 if parts.scheme == "imaps" else 143),
        unquote(parts.username),
        unquote(parts.password),
        folder=folder,
        security="tls" if parts.scheme == "imaps" else "plain" if is_loopback(host) else "starttls",
    )


def _wrong(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"PRESSROOM_BOUNCES_URL: {why}; write one such as {EXAMPLE}, or maildir:/var/mail/bounces"
    )


class Maildir:
    """Fulfils ports.Mailbox with a Maildir. What is read goes from new/ to cur/, as a mail program does it."""

    source = "maildir"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def open(self) -> Iterator[OpenMailbox]:
        if not (self._folder / "new").is_dir():
            raise ConfigurationError(
                f"PRESSROOM_BOUNCES_URL: {self._folder} is not a Maildir that can be read, because it has no new/; name the folder "
                "that your mail server delivers into"
            )
        yield OpenMaildir(self._folder)


class OpenMaildir:
    """Fulfils ports.OpenMailbox. The names are those of the files in new/, which begin with the time of delivery."""

    def __init__(self, folder: Path) -> None:
        self._new, self._cur = folder / "new", folder / "cur"

    def unread(self, limit: int) -> Sequence[str]:
        try:
            return sorted(each.name for each in self._new.iterdir() if not each.name.startswith("."))[:limit]
        except OSError as error:
            raise TransportUnavailable(f"{self._new} cannot be read ({error.strerror})") from error

    def fetch(self, name: str) -> bytes | None:
        try:
            with (self._new / name).open("rb") as file:
                return file.read(READ_AT_MOST)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TransportUnavailable(f"{self._new / name} cannot be read ({error.strerror})") from error

    def seen(self, name: str) -> None:
        try:
            self._cur.mkdir(exist_ok=True)
            (self._new / name).rename(self._cur / f"{name.partition(':')[0]}:2,S")
        except FileNotFoundError:  # a mail program was faster
            return
        except OSError as error:
            raise TransportUnavailable(f"{self._new / name} cannot be moved to cur/ ({error.strerror})") from error
