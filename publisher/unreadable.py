"""Mail to the editors when publication.toml cannot be read: nothing is assembled or sent then, and no other mail says so.

It goes out by the publication as it was when it could be read last.
"""

from __future__ import annotations

import datetime as dt
import logging

from publisher import editors, pipeline, timetable
from publisher.errors import ContentError, OutsideError
from subscribers import EmailKind
from subscribers.database import DatabaseUnavailable

log = logging.getLogger("pressroom.scheduler")

PATIENCE = dt.timedelta(minutes=10)
"""How long it may be unreadable without a mail, as while somebody edits it."""


class LastReadable:
    """The last act that has read content, and since when none could."""

    def __init__(self, ports: pipeline.Ports) -> None:
        self._ports = ports
        self._since: dt.datetime | None = None

    def readable(self, ports: pipeline.Ports) -> list[str]:
        """Keep an act that has read content; tell the editors that it can be read again, if they know that it could not."""
        self._ports = ports
        if self._since is None:
            return []
        reference = _reference(self._since)
        title, what = "publication.toml can be read again", ("Everything goes on.",)
        known = bool(ports.outbox.told(reference))
        if known and not _told(ports, f"{reference} over", title, what):
            return []
        self._since = None
        return [f"told the editors: {title}"] if known else []

    def unreadable(self, error: ContentError, now: dt.datetime) -> list[str]:
        """Tell the editors, once for each time, what is wrong; return what was done, in words."""
        ports = self._ports
        self._since = self._since or now
        reference = _reference(self._since)
        if now - self._since < PATIENCE or ports.outbox.told(reference):
            return []
        what = (
            "Since then nothing is assembled, sent or marked as missed. It goes on by itself once this is put right:",
            *map(str, error.problems),
        )
        since = timetable.local(self._since, ports.content.publication.schedule)
        title = f"publication.toml cannot be read since {since}"
        return [f"told the editors: {title}"] if _told(ports, reference, title, what, "pressroom check") else []


def _reference(since: dt.datetime) -> str:
    return f"unreadable since {since.isoformat()}"


def _told(ports: pipeline.Ports, reference: str, title: str, what: tuple[str, ...], *commands: str) -> bool:
    try:
        editors.tell(ports, EmailKind.NOTICE, reference, title=title, what=what, commands=commands)
    except (OutsideError, DatabaseUnavailable) as unreached:
        log.warning("the editors could not be told: %s: %s; trying again", title, unreached)
        return False
    return True
