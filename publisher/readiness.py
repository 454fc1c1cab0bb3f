"""Whether `pressroom run` can do its work: database, schema, scheduler, disk; and what a monitor is told of it."""

from __future__ import annotations

import os
from pathlib import Path

from publisher.app import App
from publisher.heartbeat import Heartbeat
from publisher.ports.measures import Measures
from publisher.web import Watch

TICK_SECONDS = 300.0
"""A scheduler that has not ended a tick for this long, and has none under way, has stopped: it looks every 30 s."""
LEAST_FREE = 50_000_000
"""Octets that have to be free where the publication writes."""


def watch(app: App, heartbeat: Heartbeat) -> Watch:
    """Return what /healthz, /readyz and /metrics tell."""
    token = app.settings.metrics_token
    return Watch(
        lambda: missing(app, heartbeat), lambda: measured(app), lambda: heartbeat.seconds_since_tick,
        token.get_secret_value() if token else "",
    )  # fmt: skip


def missing(app: App, heartbeat: Heartbeat) -> list[str]:
    """Return what the service lacks, in words that may be shown to anybody. Raises DatabaseUnavailable."""
    from publisher.adapters.database.migrations import migrated

    found = []
    if not migrated(app.engine):
        found.append("the database has the schema of another release")
    if not heartbeat.well:
        found.append("the last tick of the scheduler failed")
    if heartbeat.seconds_since_tick > TICK_SECONDS:
        found.append("the scheduler has stopped")
    if not _writable(app.folder / "var"):
        found.append("the disk is full or cannot be written")
    return found


def measured(app: App) -> Measures:
    """Return the numbers as the database has them. Raises DatabaseUnavailable."""
    from publisher.adapters.database.measures import measure

    return measure(app.engine, app.subscribers.queries.counts(), app.clock.now())


def _writable(folder: Path) -> bool:
    """Whether a folder could be written to; nothing is, because anybody may ask."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize >= LEAST_FREE and not disk.f_flag & os.ST_RDONLY and os.access(folder, os.W_OK)
