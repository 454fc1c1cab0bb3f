"""Time zones to choose from: one for each place with its own time, by its IANA name; and when issues come there.

What depends only on the minute, the schedule and the language is made once a minute, because a page shows hundreds of
zones.
"""

from __future__ import annotations

import datetime as dt
import functools
import importlib.resources
from dataclasses import dataclass
from zoneinfo import ZoneInfoNotFoundError

from markupsafe import Markup

from publisher import timetable
from publisher.language import Language, Phrase
from publisher.publication import Publication, Schedule

LIKE = Phrase("%(zone)s, like %(name)s")
WITH_HOUR = Phrase("%(zone)s, %(weekday)s %(time)s")
"""A zone in the list, and when the next issue is due there."""

_OPTION = Markup('<option value="{}">')
_END = Markup("</option>\n")


@dataclass(frozen=True, slots=True)
class Hour:
    """A moment on the clock of a zone, in words; `day` is a date."""

    zone: str
    weekday: str
    day: str
    time: str


def hour(name: str, moment: dt.datetime, language: Language) -> Hour:
    """Return what a moment is called in a zone.

    >>> hour("Asia/Tokyo", dt.datetime(2026, 11, 5, 7, tzinfo=dt.UTC), Language("en"))
    Hour(zone='Asia/Tokyo', weekday='Thursday', day='5 November 2026', time='16:00')
    """
    there = moment.astimezone(timetable.clock(name))
    return Hour(_spoken(name), language.weekday(there.weekday()), language.day(there.date()), f"{there:%H:%M}")


def minute(now: dt.datetime) -> dt.datetime:
    """Return the minute that a moment is in: what is due within it is still to come."""
    return now.replace(second=0, microsecond=0)


def shown(name: str, now: dt.datetime) -> str:
    """Return how the list shows a zone: its name first, so that typing it finds it, then its present offset.

    >>> shown("Asia/Kolkata", dt.datetime(2026, 11, 5, tzinfo=dt.UTC))
    'Asia/Kolkata (UTC+05:30)'
    """
    hours, minutes = divmod(round(abs(offset := _offset(name, now)).total_seconds() / 60), 60)
    sign = "-" if offset < dt.timedelta() else "+"
    return f"{_spoken(name)} (UTC{sign}{hours:02d}:{minutes:02d})"


def options(publication: Publication, language: Language, now: dt.datetime, chosen: str, own: str | None) -> Markup:
    """Return the list's options, each with the hour of the next issue.

    First comes the publication's zone, which stands for no choice; then `own`, which is what the reader has now, and may
    be kept though it cannot be chosen; then all others from west to east, those with the same offset by name.
    """
    when = (minute(now), publication.schedule, language)
    first, html = _options(publication.name, *when)
    if own and not is_zone(own):
        html = _option(own, _with_hour(shown(own, now), own, *when) if _known(own) else own) + html
    html = first + html
    option = _OPTION.format(chosen)
    return html.replace(option, option[:-1] + Markup(" selected>"), 1) if chosen else html


def is_zone(name: str) -> bool:
    """Say whether a name can be chosen."""
    return name in _names()


def known_or(name: str | None, other: str) -> str:
    """Return a zone's name if this machine knows it, else the other: the database may come from a newer machine."""
    return name if name is not None and _known(name) else other


@functools.lru_cache(maxsize=2)
def _options(publication: str, now: dt.datetime, schedule: Schedule, language: Language) -> tuple[Markup, Markup]:
    """Return the option that stands for no choice, and those of all zones."""
    like = language.say(LIKE, zone=shown(schedule.zone, now), name=publication)
    names = sorted(_names(), key=lambda name: (_offset(name, now), name))
    every = [_option(name, _with_hour(shown(name, now), name, now, schedule, language)) for name in names]
    return _option("", _with_hour(like, schedule.zone, now, schedule, language)), Markup("").join(every)


def _option(value: str, label: str) -> Markup:
    return _OPTION.format(value) + label + _END


def _with_hour(label: str, name: str, now: dt.datetime, schedule: Schedule, language: Language) -> str:
    there = timetable.next_arrival(name, now, schedule).astimezone(timetable.clock(name))
    return language.say(WITH_HOUR, zone=label, weekday=language.weekday(there.weekday()), time=f"{there:%H:%M}")


@functools.lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    # zone.tab has no names of the past such as US/Pacific, and one for each country, which people look for.
    table = importlib.resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    listed = [line.split("\t")[2] for line in table.splitlines() if not line.startswith("#")]
    return frozenset(name for name in ("UTC", *listed) if _known(name))


def _known(name: str) -> bool:
    try:
        timetable.clock(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the system's own zones come first, and may be older
        return False
    return True


def _offset(name: str, moment: dt.datetime) -> dt.timedelta:
    return moment.astimezone(timetable.clock(name)).utcoffset() or dt.timedelta()


def _spoken(name: str) -> str:
    return name.replace("_", " ")
