"""What a reader chooses on their page: from the form to a Prefer, or to what has to be fixed. Pure."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from publisher.language import Language, Phrase, language_of
from publisher.publication import Publication
from publisher.render.palette import hue
from publisher.web import zones
from subscribers import Course, Prefer, Subscriber

PAUSES = (2, 4, 8, 12)
"""Weeks."""
KEEP = "keep"
"""The present pause, to its end."""
PACES = {
    3: Phrase("every 3 days"),
    7: Phrase("every week"),
    14: Phrase("every two weeks"),
    30: Phrase("every month"),
}
"""Days between the steps of a course."""

NOTHING_CHOSEN = Phrase("Choose at least one section or learning path.")
NO_SUCH_PAUSE = Phrase("Choose one of these pauses.")
NO_SUCH_PACE = Phrase("Choose one of these paces.")
NO_SUCH_ZONE = Phrase("There is no such time zone; choose one from the list.")


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from. `latest` is what the newest issue had in each section.

    `paths` holds the titles of the learning paths by their slugs, `steps` how many steps each has.
    """

    publication: Publication
    latest: Mapping[str, str]
    paths: Mapping[str, str]
    steps: Mapping[str, int]


class _Shown(BaseModel):
    model_config = ConfigDict(extra="forbid")

    without: list[Annotated[str, Field(max_length=64)]]
    zone: Annotated[str, Field(max_length=64)] | None
    paused: AwareDatetime | None
    paths: dict[str, int]

    def prefer(self) -> Prefer:
        return Prefer(tuple(self.without), self.zone, self.paused, self.paths)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The form's fields, as they are shown or were sent; nothing here is checked yet."""

    sections: frozenset[str]
    paths: frozenset[str]
    paces: Mapping[str, str] = field(default_factory=dict)
    pause: str = ""
    zone: str = ""

    @classmethod
    def by(cls, reader: Subscriber, offer: Offer, now: dt.datetime) -> Chosen:
        """Return a reader's present choices."""
        under_way = {course.path: course for course in reader.courses if not course.ended}
        return cls(
            sections=frozenset(offer.publication.order()) - frozenset(reader.without),
            paths=frozenset(under_way),
            paces={path: str(course.every_days) for path, course in under_way.items()},
            pause=KEEP if reader.paused(now) else "",
            zone=reader.zone or "",
        )

    @classmethod
    def of(cls, items: Iterable[tuple[str, str]]) -> Chosen:
        """Read a form's fields."""
        found: dict[str, list[str]] = {}
        for name, value in items:
            found.setdefault(name, []).append(value)
        return cls(
            sections=frozenset(found.get("section", ())),
            paths=frozenset(found.get("path", ())),
            paces={
                name.removeprefix("pace-"): values[-1] for name, values in found.items() if name.startswith("pace-")
            },
            pause=found.get("pause", [""])[-1],
            zone=found.get("zone", [""])[-1],
        )


def decide(
    chosen: Chosen, reader: Subscriber, offer: Offer, now: dt.datetime, shown: Prefer | None = None
) -> Prefer | dict[str, Phrase]:
    """Return what the reader wants, or what is wrong with it: a sentence for each of sections, paths, pause, zone.

    `shown` is what the page showed when it was opened: of what was not on it, nothing was chosen.
    """
    known = offer.publication.order()
    paths = [path for path in offer.paths if path in chosen.paths]
    paces = {path: _pace(chosen.paces.get(path), reader.course(path)) for path in paths}
    weeks = next((each for each in PAUSES if str(each) == chosen.pause), None)
    wrong = {}
    if not paths and not chosen.sections & set(known):
        wrong["sections"] = NOTHING_CHOSEN
    if None in paces.values():
        wrong["paths"] = NO_SUCH_PACE
    if weeks is None and chosen.pause not in ("", KEEP):
        wrong["pause"] = NO_SUCH_PAUSE
    if chosen.zone and chosen.zone != reader.zone and not zones.is_zone(chosen.zone):
        wrong["zone"] = NO_SUCH_ZONE
    if wrong:
        return wrong
    kept = shown.paused_until if shown is not None else reader.paused_until
    until = now + dt.timedelta(weeks=weeks) if weeks else kept if chosen.pause == KEEP else None
    # A section that is left out of the publication for a while stays unwanted when it comes back.
    without = [each for each in known if each not in chosen.sections] + [x for x in reader.without if x not in known]
    decided = Prefer(
        tuple(without), chosen.zone or None, until, {path: days for path, days in paces.items() if days}, shown=shown
    )
    after = decided.onto(reader)
    if not after.paths and not set(known) - set(after.without):
        return {"sections": NOTHING_CHOSEN}  # the rest was taken away on another page
    return decided


def alone(decided: Prefer, reader: Subscriber, offer: Offer, now: dt.datetime) -> bool:
    """Say whether the choices of a form are all that applies, since nothing else was changed while it was open."""
    merged = decided.onto(reader)
    paths = {path: days for path, days in (merged.paths or {}).items() if path in offer.paths}
    paused = merged.paused_until if merged.paused_until and merged.paused_until > now else None
    whole = (set(merged.without), merged.zone, paused, paths)
    return whole == (set(decided.without), decided.zone, decided.paused_until, decided.paths or {})


def as_shown(reader: Subscriber, offer: Offer, now: dt.datetime) -> str:
    """Return a reader's present choices for a field of the form, which brings back what the page showed."""
    paused = reader.paused_until if reader.paused(now) else None
    under_way = {each.path: each.every_days for each in reader.courses if not each.ended and each.path in offer.paths}
    return json.dumps(
        {
            "without": list(reader.without),
            "zone": reader.zone,
            "paused": paused.isoformat() if paused else None,
            "paths": under_way,
        }
    )


def shown(written: str) -> Prefer | None:
    """Read what `as_shown` wrote; None for anything else, as from a page of an earlier release."""
    try:
        return _Shown.model_validate_json(written).prefer()
    except ValidationError:
        return None


def begun_again(chosen: Prefer, reader: Subscriber) -> bool:
    """Say whether a course that was over is chosen again: its first step would come at once."""
    return any(course.ended and course.path in (chosen.paths or ()) for course in reader.courses)


def _pace(written: str | None, course: Course | None) -> int | None:
    present = course.every_days if course is not None else 7
    if written is None:
        return present
    return next((days for days in (*PACES, present) if str(days) == written), None)


# How it is shown


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section's line in the form."""

    id: str
    number: str
    hue: int
    label: str
    about: str
    checked: bool


@dataclass(frozen=True, slots=True)
class CourseRow:
    """A learning path's line in the form. `hurry`: its next step can be asked for now."""

    path: str
    title: str
    about: str
    checked: bool
    pace: str
    paces: Sequence[tuple[int, str]]
    hurry: bool


def section_rows(chosen: Chosen, offer: Offer) -> Iterator[SectionRow]:
    """Yield the sections in the order of an issue."""
    publication = offer.publication
    language = language_of(publication)
    for number, id_ in enumerate(publication.order(), 1):
        drafted = id_ == "archive"
        label = publication.draft.title if drafted else publication.label(id_)
        latest = offer.latest.get(id_, "")
        about = (
            publication.draft.label
            if drafted
            else language.say(Phrase("last time: %(title)s"), title=latest)
            if latest
            else ""
        )
        yield SectionRow(
            id_, f"{number:02d}", hue(publication, id_), _sentence(label), _sentence(about), id_ in chosen.sections
        )


def course_rows(chosen: Chosen, reader: Subscriber, offer: Offer, now: dt.datetime) -> Iterator[CourseRow]:
    """Yield the learning paths, each with how far the reader has come."""
    zone, language = _zone(reader, offer), language_of(offer.publication)
    for path, title in offer.paths.items():
        course, steps = reader.course(path), offer.steps.get(path, 0)
        present = course.every_days if course else 7
        paces = {days: pace_words(language, days) for days in PACES}
        if present not in paces:
            paces = {present: pace_words(language, present)} | paces
        due = course.due if course else None
        yield CourseRow(
            path, title, _progress(language, course, steps, zone, now, paused=reader.paused(now)), path in chosen.paths,
            chosen.paces.get(path, str(present)), tuple(paces.items()),
            hurry=due is not None and due > now and not reader.paused(now),
        )  # fmt: skip


def pace_words(language: Language, days: int) -> str:
    """Return how often a step comes, in words."""
    if days in PACES:
        return language.say(PACES[days])
    return language.count(Phrase("every %(num)s day"), Phrase("every %(num)s days"), days)


def pause_end(reader: Subscriber, offer: Offer, now: dt.datetime) -> str:
    """Return the day on which a reader's pause ends, in words; empty when there is none."""
    if reader.paused_until is None or not reader.paused(now):
        return ""
    return language_of(offer.publication).day(reader.paused_until.astimezone(_zone(reader, offer)).date())


def _zone(reader: Subscriber, offer: Offer) -> ZoneInfo:
    return ZoneInfo(zones.known_or(reader.zone, offer.publication.schedule.zone))


def _progress(
    language: Language, course: Course | None, steps: int, zone: ZoneInfo, now: dt.datetime, *, paused: bool
) -> str:
    if course is None or (course.ended and not course.sent):
        if not steps:
            return ""
        return language.count(Phrase("One step."), Phrase("%(num)s steps, one at a time."), steps)
    sent, count = language.number(course.sent), language.number(max(steps, course.sent))
    if course.ended:
        if course.sent >= steps:
            return language.say(Phrase("All steps were sent. Choose it to begin again."))
        stopped = Phrase("Stopped after step %(sent)s of %(count)s. Choose it to begin again.")
        return language.say(stopped, sent=sent, count=count)
    if paused:
        some = Phrase("Step %(sent)s of %(count)s sent; the next comes after the pause.")
        none = Phrase("No step of %(count)s sent yet; the next comes after the pause.")
    elif course.due is None or course.due <= now:
        some = Phrase("Step %(sent)s of %(count)s sent; the next is on its way.")
        none = Phrase("No step of %(count)s sent yet; the next is on its way.")
    else:
        some = Phrase("Step %(sent)s of %(count)s sent, next on %(day)s.")
        none = Phrase("No step of %(count)s sent yet, next on %(day)s.")
    day = language.day(course.due.astimezone(zone).date()) if course.due else ""
    return language.say(some if course.sent else none, sent=sent, count=count, day=day)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def without_name(address: str) -> str:
    """Return an address as it may be shown to whoever holds a forwarded issue.

    >>> without_name("ada@example.com")
    'a…@example.com'
    """
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}…@{domain}"
