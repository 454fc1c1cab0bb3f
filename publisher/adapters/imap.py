"""A folder of an IMAP server, read by imaplib: what was not seen yet; what was read is marked as seen, and nothing is deleted."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Literal

from publisher.errors import ConfigurationError, TransportUnavailable
from publisher.ports import OpenMailbox
from publisher.returned.message import READ_AT_MOST

SECONDS = 30
"""How long one answer of the server may take."""

_ERRORS = (imaplib.IMAP4.error, OSError, ssl.SSLError, ValueError)


class ImapMailbox:
    """Fulfils ports.Mailbox."""

    source = "imap"

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        password: str,
        *,
        folder: str,
        security: Literal["tls", "starttls", "plain"],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._host, self._port = host, port
        self._user, self._password = user, password
        self._folder, self._security, self._context = folder, security, context

    def __repr__(self) -> str:
        return f"ImapMailbox({self._host}:{self._port})"

    @contextmanager
    def open(self) -> Iterator[OpenMailbox]:
        """Log in and select the folder. Raises TransportUnavailable, and ConfigurationError for what is refused."""
        client = self._connect()
        try:
            self._log_in(client)
            yield OpenImapMailbox(client, f"{self._host}:{self._port}")
        finally:
            with suppress(*_ERRORS):
                client.logout()

    def _connect(self) -> imaplib.IMAP4:
        try:
            context = self._context or (None if self._security == "plain" else ssl.create_default_context())
            if self._security == "tls":
                return imaplib.IMAP4_SSL(self._host, self._port, ssl_context=context, timeout=SECONDS)
            client = imaplib.IMAP4(self._host, self._port, timeout=SECONDS)
            if self._security == "starttls":
                try:
                    client.starttls(context)
                except BaseException:
                    client.shutdown()
                    raise
        except ssl.SSLCertVerificationError as error:
            raise ConfigurationError(
                f"the certificate of the mailbox's server {self._host} is not accepted ({error.verify_message}); name the host that "
                "it was made for in PRESSROOM_BOUNCES_URL"
            ) from error
        except _ERRORS as error:
            raise self._away(error) from error
        return client

    def _log_in(self, client: imaplib.IMAP4) -> None:
        try:
            if "AUTH=PLAIN" in client.capabilities:  # RFC 4616: UTF-8, which LOGIN of RFC 3501 has no way to say
                client.authenticate("PLAIN", lambda _challenge: f"\0{self._user}\0{self._password}".encode())
            else:
                client.login(self._user, self._password)
        except imaplib.IMAP4.abort as error:
            raise self._away(error) from error
        except (imaplib.IMAP4.error, UnicodeEncodeError) as error:
            raise ConfigurationError(
                f"the mailbox's server {self._host} refuses the login of PRESSROOM_BOUNCES_URL ({_words(error)}); fix the user or the "
                "password"
            ) from error
        except OSError as error:
            raise self._away(error) from error
        try:
            status, said = client.select(f'"{self._folder}"')
        except _ERRORS as error:
            raise self._away(error) from error
        if status != "OK":
            raise ConfigurationError(
                f"the mailbox's server {self._host} has no folder {self._folder!r} ({_words(said)}); fix the path of "
                "PRESSROOM_BOUNCES_URL"
            )

    def _away(self, error: Exception) -> TransportUnavailable:
        return TransportUnavailable(f"the mailbox at {self._host}:{self._port} cannot be read ({_words(error)})")


class OpenImapMailbox:
    """Fulfils ports.OpenMailbox. The names are UIDs."""

    def __init__(self, client: imaplib.IMAP4, shown: str) -> None:
        self._client, self._shown = client, shown

    def unread(self, limit: int) -> Sequence[str]:
        found = self._command("SEARCH", "UNSEEN")
        uids = (found[0] or b"").split() if found else []
        return [uid.decode("ascii") for uid in sorted(uids, key=int)[:limit]]

    def fetch(self, name: str) -> bytes | None:
        parts = self._command("FETCH", name, f"(BODY.PEEK[]<0.{READ_AT_MOST}>)")
        return next((part[1] for part in parts if isinstance(part, tuple)), None)

    def seen(self, name: str) -> None:
        self._command("STORE", name, "+FLAGS.SILENT", r"(\Seen)")

    def _command(self, *words: str) -> list[Any]:
        try:
            status, found = self._client.uid(*words)
        except (TimeoutError, *_ERRORS) as error:
            raise TransportUnavailable(f"the mailbox at {self._shown} cannot be read ({_words(error)})") from error
        if status != "OK":
            raise TransportUnavailable(f"the mailbox at {self._shown} refuses {words[0]} ({_words(found)})")
        return found


def _words(said: object) -> str:
    """Return a server's words on one line, without what might be a command with a password in it."""
    if isinstance(said, Exception):
        said = said.args[0] if said.args and not isinstance(said, OSError) else str(said)
    if isinstance(said, list):
        said = said[0] if said else b""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return re.sub(r"[^ -~\u00a0-\ud7ff]+", " ", text)[:200].strip()
