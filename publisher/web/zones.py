"""Time zones to choose from: one for each place with its own time, by its IANA name."""

from __future__ import annotations

import datetime as dt
import functools
import importlib.resources
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class Zone(NamedTuple):
    """A zone, and how a list shows it: its name first, so that typing it finds it, then its present offset.

    A tuple, because a page shows hundreds of them, and a template takes it apart without looking at its type.
    """

    id: str
    shown: str


def zones(now: dt.datetime) -> tuple[Zone, ...]:
    """Return all zones from west to east, those with the same offset by name."""
    return _sorted(now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0))


def zone_of(name: str, now: dt.datetime) -> Zone:
    """Return one zone as it is now.

    >>> zone_of("Asia/Kolkata", dt.datetime(2026, 11, 5, tzinfo=dt.UTC)).shown
    'Asia/Kolkata (UTC+05:30)'
    """
    return _zone(name, _offset(name, now))


def is_zone(name: str) -> bool:
    """Say whether a name can be chosen."""
    return name in _names()


def known_or(name: str | None, other: str) -> str:
    """Return a zone's name if this machine knows it, else the other: the database may come from a newer machine."""
    return name if name is not None and _known(name) else other


@functools.lru_cache(maxsize=2)
def _sorted(moment: dt.datetime) -> tuple[Zone, ...]:
    found = sorted((_offset(name, moment), name) for name in _names())
    return tuple(_zone(name, offset) for offset, name in found)


@functools.lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    # zone.tab has no names of the past such as US/Pacific, and one for each country, which people look for.
    table = importlib.resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    listed = [line.split("\t")[2] for line in table.splitlines() if not line.startswith("#")]
    return frozenset(name for name in ("UTC", *listed) if _known(name))


def _known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):  # the system's own zones come first, and may be older
        return False
    return True


def _offset(name: str, moment: dt.datetime) -> dt.timedelta:
    return moment.astimezone(ZoneInfo(name)).utcoffset() or dt.timedelta()


def _zone(name: str, offset: dt.timedelta) -> Zone:
    hours, minutes = divmod(round(abs(offset).total_seconds() / 60), 60)
    sign = "-" if offset < dt.timedelta() else "+"
    return Zone(name, f"{name.replace('_', ' ')} (UTC{sign}{hours:02d}:{minutes:02d})")
