"""`pressroom doctor`: every look at the configured sender, several at once, each with an end."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from publisher.adapters import dkim_settings, examined
from publisher.adapters.smtp import SmtpUrl
from publisher.app import App
from publisher.clockwatch import DATABASE_TOLERANCE, Apart
from publisher.deliver.threads import on_loop, run
from publisher.doctor import Finding, RecordState, aligned, looks
from publisher.doctor.finding import Look, domain_of
from publisher.doctor.records import taken
from publisher.doctor.servers import reverse
from publisher.errors import ConfigurationError, TransportUnavailable
from publisher.examples import is_example
from publisher.ports import Names
from publisher.publication import Publication
from publisher.values import is_loopback
from subscribers.database import DatabaseError, DatabaseMisconfigured

_Take = Callable[[], Finding]


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look with: a DKIM selector of somebody else's key, addresses that mail leaves from, seconds for all looks."""

    names: Names
    selector: str = ""
    sends_from: Sequence[str] = ()
    seconds: float = 20.0


def diagnose(app: App, asked: Asked) -> list[Finding]:
    """Return what every look found, in their order. Raises SettingsError and ContentError for what cannot be read."""
    publication = app.act().publication
    return _at_once(list(_looks(app, publication, asked)), asked.seconds)


def _looks(app: App, publication: Publication, asked: Asked) -> Iterator[tuple[str, _Take]]:
    """Yield what each look is called, and how it is taken."""
    url = _mail_server(app)
    provider = app.settings.provider_url is not None
    host = url.host if isinstance(url, SmtpUrl) else ""
    local = is_loopback(host)
    sending = list(asked.sends_from) or ([own] if local and (own := examined.own_address()) else [])
    yield from _by_name(app, publication, asked, host, sending)
    if local and not sending:
        yield "sending address", lambda: _address_unknown
    if provider:
        yield "provider", lambda: _provider(app)
    else:
        yield "mail server", lambda: _submission(app, publication, url, asked) if isinstance(url, SmtpUrl) else url
    yield "bounce mailbox", lambda: _bounce_mailbox(app, publication)
    for place in dict.fromkeys((publication.base_url, publication.service_url or publication.base_url)):
        if not is_example(urlsplit(place).hostname or ""):
            yield f"pages at {place}", partial(examined.pages, place, app.clock.now(), asked.seconds)
    yield "clock", lambda: _clock(app)


def _by_name(
    app: App, publication: Publication, asked: Asked, smtp_host: str, sending: Sequence[str]
) -> Iterator[tuple[str, _Take]]:
    """Yield the looks at the name system."""
    sender, names = publication.sender, asked.names
    keys = dkim_settings.own_keys(app.signer(sender.address))
    found = list(looks(publication, smtp_host, asked.selector, names, keys, sending))
    domain = domain_of(sender.address)
    returned, signing = domain_of(sender.bounces or sender.address), list(dict.fromkeys(key.domain for key in keys))
    found.insert(-1, Look("alignment", domain, partial(aligned, domain, returned, signing, names)))
    found += [Look("reverse DNS", address, partial(reverse, address, names)) for address in sending]
    examples = list(dict.fromkeys(look.at for look in found if is_example(look.at)))
    if examples:
        says = f"{', '.join(examples)}: an example, which nobody can look up; set your own with `pressroom setup`"
        yield "domains", lambda: Finding("domains", RecordState.UNKNOWN, says)
    for look in found:
        if look.at not in examples:
            yield f"{look.what} of {look.at}", partial(taken, look)


_address_unknown = Finding(
    "sending address", RecordState.UNKNOWN,
    "this machine sends, and does not know by which address the world sees it; name it: --sends-from ADDRESS",
)  # fmt: skip


def _mail_server(app: App) -> SmtpUrl | Finding:
    if app.settings.smtp_url is None:
        says = "PRESSROOM_SMTP_URL is not set, so no mail leaves; run: pressroom setup --smtp-url smtp://USER@HOST:587"
        return Finding("mail server", RecordState.MISSING, says)
    try:
        return SmtpUrl.parse(app.settings.smtp_url.get_secret_value())
    except ConfigurationError as error:
        return Finding("mail server", RecordState.WRONG, str(error))


def _provider(app: App) -> Finding:
    """Ask the provider's API whether the key may send."""
    try:
        run(on_loop(app.courier).connect()).close()
    except ConfigurationError as error:
        return Finding("provider", RecordState.WRONG, str(error))
    except TransportUnavailable as error:
        return Finding("provider", RecordState.UNKNOWN, str(error))
    return Finding("provider", RecordState.FOUND, "its API answers, and takes the key")


def _submission(app: App, publication: Publication, url: SmtpUrl, asked: Asked) -> Finding:
    sender = publication.sender.bounces or publication.sender.address
    return examined.submission(url, sender, app.clock.now(), asked.seconds)


def _bounce_mailbox(app: App, publication: Publication) -> Finding:
    try:
        found = app.mailbox
    except ConfigurationError as error:
        return Finding("bounce mailbox", RecordState.WRONG, str(error))
    if found is not None:
        return examined.mailbox(found)
    says = (
        "nothing reads what comes back, unless your mail server hands it to `pressroom bounces read`; set PRESSROOM_BOUNCES_URL"
        if publication.sender.bounces
        else "mail that comes back says nothing of its reader; set sender.bounces and PRESSROOM_BOUNCES_URL (docs/delivery.md)"
    )
    return Finding("bounce mailbox", RecordState.WEAK, says)


def _clock(app: App) -> Finding:
    try:
        there = app.as_it_is.database_time()
    except (DatabaseError, DatabaseMisconfigured) as error:
        return Finding(
            "clock", RecordState.UNKNOWN, f"the database cannot be asked ({error}); start it, then try again"
        )
    if there is None:
        return Finding("clock", RecordState.FOUND, "this machine's alone: SQLite has none to compare it with")
    by = app.clock.now() - there
    if abs(by) > DATABASE_TOLERANCE:
        return Finding(
            "clock", RecordState.WRONG, f"this machine's is {Apart(by)}, and nothing is sent meanwhile; set both by NTP"
        )
    return Finding("clock", RecordState.FOUND, f"{abs(by.total_seconds()):.1f} s from the database's")


def _at_once(takes: Sequence[tuple[str, _Take]], seconds: float) -> list[Finding]:
    """Take every look in a thread of its own. One that has no end in time is left behind and said."""
    done: queue.SimpleQueue[tuple[int, Finding]] = queue.SimpleQueue()
    found: dict[int, Finding] = {}
    for number, (what, take) in enumerate(takes):
        threading.Thread(target=_taking, args=(number, what, take, done), daemon=True).start()
    ends = time.monotonic() + seconds
    while len(found) < len(takes):
        try:
            number, finding = done.get(timeout=max(ends - time.monotonic(), 0.001))
        except queue.Empty:
            break
        found[number] = finding
    late = f"no answer within {seconds:g} seconds; try again, or give it longer: --seconds"
    return [
        found[number] if number in found else Finding(what, RecordState.UNKNOWN, late)
        for number, (what, _) in enumerate(takes)
    ]


def _taking(number: int, what: str, take: _Take, done: queue.SimpleQueue[tuple[int, Finding]]) -> None:
    try:
        finding = take()
    except Exception as error:  # noqa: BLE001 - one look that fails must not hide what the others found
        finding = Finding(what, RecordState.UNKNOWN, f"it could not be looked at ({type(error).__name__}: {error})")
    done.put((number, finding))
