"""Servers as they are now, for `pressroom doctor`: each is really asked, as sending, reading and readers ask it."""

from __future__ import annotations

import datetime as dt
import http.client
import ipaddress
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.adapters.smtp_wire import Timeouts
from publisher.doctor import Finding, RecordState
from publisher.errors import PressroomError
from publisher.ports import Mailbox
from publisher.values import is_loopback

SOON = dt.timedelta(days=14)
"""How long before its end a certificate is worth a warning: renewal by machines begins earlier."""


def submission(url: SmtpUrl, sender: str, now: dt.datetime, seconds: float) -> Finding:
    """Connect, secure, log in and name the sender, as for mail; then take that back. No message is sent."""
    what = f"mail server {url}"
    try:
        client = SmtpCourier(url, Timeouts(connect=seconds)).client()
    except PressroomError as error:
        return Finding(what, RecordState.WRONG, str(error))
    certificate, offered = _certificate(client.sock), client.esmtp_features.get("auth", "").split()
    try:
        code, words = client.mail(sender)
        client.rset()
    except (OSError, smtplib.SMTPException) as error:
        return Finding(what, RecordState.WRONG, f"it broke off ({_words(error)}); try again later")
    finally:
        with suppress(OSError, smtplib.SMTPException):
            client.quit()
    if code // 100 != 2:
        said = f"it refuses mail from {sender} ({code} {words.decode('utf-8', 'replace')})"
        fix = "write user and password into PRESSROOM_SMTP_URL" if url.user is None else "fix the sender or the account"
        return Finding(what, RecordState.WRONG, f"{said}; {fix}")
    logins = f"it offers AUTH {' '.join(offered)}" if offered else "it offers no AUTH"
    if url.user is not None:
        logins += f", and took the login of {url.user}"
    if certificate is not None:
        return certificate.found(what, now, logins)
    if is_loopback(url.host):
        return Finding(what, RecordState.FOUND, f"without TLS, on this machine; {logins}")
    says = f"without TLS, so others can read passwords and mail; take starttls=no out of PRESSROOM_SMTP_URL ({logins})"
    return Finding(what, RecordState.WEAK, says)


def mailbox(found: Mailbox) -> Finding:
    """Open the mailbox that mail comes back to, and look for what is unread. Nothing is marked or moved."""
    what = "bounce mailbox"
    try:
        with found.open() as opened:
            waits = bool(opened.unread(1))
    except PressroomError as error:
        return Finding(what, RecordState.WRONG, str(error))
    return Finding(
        what, RecordState.FOUND, "it can be opened" + (", and has mail that was not read yet" if waits else "")
    )


def pages(base_url: str, now: dt.datetime, seconds: float) -> Finding:
    """Fetch the first page where readers do, over TLS. What answers there has to answer itself, without a redirect."""
    what, parts = f"pages at {base_url}", urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        says = "it is this machine's own address, where no reader comes; set base_url to an address with https://"
        return Finding(what, RecordState.WEAK, says)
    connection = http.client.HTTPSConnection(
        host, parts.port or 443, timeout=seconds, context=ssl.create_default_context()
    )
    try:
        connection.request("GET", f"{parts.path.rstrip('/')}/", headers={"User-Agent": "pressroom doctor"})
        certificate = _certificate(connection.sock)
        answer = connection.getresponse()
    except ssl.SSLCertVerificationError as error:
        says = f"its certificate is not trusted ({error.verify_message}); get one for {host}, as Caddy does by itself"
        return Finding(what, RecordState.WRONG, says)
    except (OSError, http.client.HTTPException) as error:
        says = f"nobody can reach it ({_words(error)}); start the service and its proxy, or fix base_url"
        return Finding(what, RecordState.WRONG, says)
    finally:
        connection.close()
    if answer.status // 100 == 3:
        says = (
            f"it sends readers on to {answer.getheader('Location')}, and mail programs that unsubscribe do not follow (RFC 8058); set "
            "base_url to where it leads"
        )
        return Finding(what, RecordState.WRONG, says)
    if answer.status != 200:
        says = f"it answers {answer.status} {answer.reason}; let the proxy pass readers on to the service"
        return Finding(what, RecordState.WRONG, says)
    assert certificate is not None
    return certificate.found(what, now, "the first page is there")


@dataclass(frozen=True, slots=True)
class _Certificate:
    """What is worth saying of a connection's TLS: its version, and when the certificate ends, which was verified."""

    version: str
    ends: dt.datetime

    def found(self, what: str, now: dt.datetime, more: str) -> Finding:
        if self.ends - now < SOON:
            return Finding(what, RecordState.WEAK, f"its certificate ends on {self.ends:%Y-%m-%d}; renew it ({more})")
        return Finding(what, RecordState.FOUND, f"{self.version}, certificate good until {self.ends:%Y-%m-%d}; {more}")


def _certificate(connected: socket.socket | None) -> _Certificate | None:
    """Return that of an open connection; None where there is no TLS."""
    if not isinstance(connected, ssl.SSLSocket):
        return None
    ends = ssl.cert_time_to_seconds(str((connected.getpeercert() or {})["notAfter"]))
    return _Certificate(connected.version() or "", dt.datetime.fromtimestamp(ends, dt.UTC))


def own_address() -> str:
    """Return the address that this machine reaches the world by, if the world can reach it there; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            found = str(probe.getsockname()[0])
        except OSError:
            return ""
    return found if ipaddress.ip_address(found).is_global else ""


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
