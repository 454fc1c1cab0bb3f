"""Mail over SMTP: where the server is, and how a connection is made, secured and logged in (by smtplib).

What then happens on the connection is in smtp_connection.py.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, unquote

from publisher.adapters.smtp_connection import SmtpConnection
from publisher.adapters.smtp_wire import Timeouts
from publisher.deliver.threads import in_thread
from publisher.errors import ConfigurationError, TransportUnavailable
from publisher.ports import Connection
from publisher.secret_url import split_url
from publisher.values import is_loopback

EXAMPLE = "smtp://user:password@mail.example.com:587"


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """smtp://user:password@host:port, or smtps://; its parameters are ?starttls=required|no and ?cafile=PATH."""

    host: str
    port: int
    security: Literal["tls", "starttls", "plain"]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    cafile: str | None = None

    @classmethod
    def parse(cls, text: str) -> SmtpUrl:
        """Read PRESSROOM_SMTP_URL. STARTTLS is required unless the host is this machine or the URL says otherwise.

        Raises ConfigurationError, which never repeats the URL: it may hold a password.
        """
        try:
            url = split_url(text, ("smtp", "smtps"), EXAMPLE)
        except ValueError as error:
            raise ConfigurationError(f"PRESSROOM_SMTP_URL: {error}") from None
        host = _ascii(url.hostname or "")
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        if set(query) - {"starttls", "cafile"}:
            raise _wrong("it has a parameter other than starttls and cafile")
        if (url.username is None) != (url.password is None):
            raise _wrong("it needs a user and a password, or neither")
        return cls(
            host=host,
            port=url.port or (465 if url.scheme == "smtps" else 587 if url.username else 25),
            security=_security(url.scheme, query.get("starttls"), host),
            user=None if url.username is None else unquote(url.username),
            password=None if url.password is None else unquote(url.password),
            cafile=query.get("cafile"),
        )

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def _ascii(host: str) -> str:
    """Return a host's name as DNS knows it; one that cannot be looked up is refused here, not on Thursday."""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        raise _wrong(f"{host!r} is not a host name") from None


def _wrong(why: str) -> ConfigurationError:
    return ConfigurationError(f"PRESSROOM_SMTP_URL: {why}; write one such as {EXAMPLE}")


def _security(scheme: str, starttls: str | None, host: str) -> Literal["tls", "starttls", "plain"]:
    if starttls not in (None, "required", "no"):
        raise _wrong("starttls has to be required or no")
    if scheme == "smtps":
        return "tls"
    if starttls is None:
        return "plain" if is_loopback(host) else "starttls"
    return "starttls" if starttls == "required" else "plain"


class SmtpCourier:
    """Fulfils ports.Courier for one SMTP server."""

    def __init__(self, url: SmtpUrl, timeouts: Timeouts | None = None) -> None:
        self._url = url
        self._timeouts = timeouts or Timeouts()
        self._context = None if url.security == "plain" else _tls_context(url)

    def __repr__(self) -> str:
        return f"SmtpCourier({self._url!r})"

    async def connect(self) -> Connection:
        return SmtpConnection(await in_thread(self.client), self._timeouts)

    def client(self) -> smtplib.SMTP:
        """Return a client that is connected, secured and logged in. Raises TransportUnavailable and ConfigurationError."""
        client = self._open()
        try:
            self._greet(client)
            self._log_in(client)
        except BaseException:
            client.close()
            raise
        return client

    def _open(self) -> smtplib.SMTP:
        url, timeout = self._url, self._timeouts.connect
        try:
            if self._context is not None and url.security == "tls":
                return smtplib.SMTP_SSL(url.host, url.port, _own_name(), timeout=timeout, context=self._context)
            return smtplib.SMTP(url.host, url.port, _own_name(), timeout)
        except ssl.SSLCertVerificationError as error:
            raise self._mistrusted(error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise self._unavailable("could not be reached", error) from error

    def _greet(self, client: smtplib.SMTP) -> None:
        try:
            client.ehlo_or_helo_if_needed()
            if self._url.security == "starttls":
                client.starttls(context=self._context)
                client.ehlo()
        except smtplib.SMTPNotSupportedError as error:
            raise ConfigurationError(
                f"the mail server {self._url} does not offer STARTTLS, so passwords and mail would travel unencrypted; "
                "use smtps://, or add ?starttls=no to PRESSROOM_SMTP_URL to allow that"
            ) from error
        except ssl.SSLCertVerificationError as error:
            raise self._mistrusted(error) from error
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise self._unavailable("did not greet", error) from error

    def _log_in(self, client: smtplib.SMTP) -> None:
        user, password = self._url.user, self._url.password
        if user is None or password is None:
            return
        try:
            client.login(user, password)
        except smtplib.SMTPAuthenticationError as error:
            if 400 <= error.smtp_code < 500:
                raise self._unavailable("postponed the login", error) from None
            raise ConfigurationError(
                f"the mail server {self._url} refuses the login of {user!r} ({error.smtp_code}); "
                "fix user and password in PRESSROOM_SMTP_URL"
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise ConfigurationError(
                f"the mail server {self._url} offers no login that Pressroom knows; "
                "remove user and password from PRESSROOM_SMTP_URL, or use its submission port"
            ) from None
        except UnicodeError:  # its message repeats half the password
            raise ConfigurationError(
                "PRESSROOM_SMTP_URL: the mail server's login takes ASCII only; choose a user and password in ASCII"
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise self._unavailable("broke off the login", error) from None

    def _mistrusted(self, error: ssl.SSLCertVerificationError) -> ConfigurationError:
        return ConfigurationError(
            f"the certificate of the mail server {self._url} is not trusted ({error.verify_message}); "
            "use the name that it is for, or name its authority with ?cafile=PATH in PRESSROOM_SMTP_URL"
        )

    def _unavailable(self, what: str, error: Exception) -> TransportUnavailable:
        return TransportUnavailable(f"the mail server {self._url} {what} ({_words(error)}); send again later")


def _tls_context(url: SmtpUrl) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=url.cafile)  # without cafile: the system's, or SSL_CERT_FILE
    except (OSError, ssl.SSLError) as error:
        raise _wrong(f"cafile {url.cafile} cannot be read ({_words(error)})") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _own_name() -> str:
    """Return what to call ourselves in EHLO, without the DNS look-up that smtplib would make."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
    return str(error) or type(error).__name__
