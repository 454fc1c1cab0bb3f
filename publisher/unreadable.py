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

    def readable(self, ports: pipeline.Ports) -> None:
        """Keep an act that has read content."""
        self._ports, self._since = ports, None

    def unreadable(self, error: ContentError, now: dt.datetime) -> list[str]:
        """Tell the editors, once for each time, what is wrong; return what was done, in words."""
        ports = self._ports
        self._since = self._since or now
        reference = f"unreadable since {self._since.isoformat()}"
        if now - self._since < PATIENCE or ports.outbox.told(reference):
            return []
        what = (
            "Since then nothing is assembled, sent or marked as missed. It goes on by itself once this is put right:",
            *map(str, error.problems),
        )
        since = timetable.local(self._since, ports.content.publication.schedule)
        title = f"publication.toml cannot be read since {since}"
        try:
            editors.tell(ports, EmailKind.NOTICE, reference, title=title, what=what, commands=("pressroom check",))
        except (OutsideError, DatabaseUnavailable) as unreached:
            log.warning(
                "the editors could not be told that publication.toml cannot be read: %s; trying again", unreached
            )
            return []
        return [f"told the editors: {title}"]
