"""What a reader's page says of the next issue is what happens: for every time zone, both changes of the clocks, the date
line, early and late approvals, with and without early mornings, on each database.

The pages are those that readers get, and the moments are read from the ledger. Zones whose clocks go alike throughout
differ in their names alone, so one page stands for all of them; the list on it has every zone.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from publisher import timetable
from publisher.adapters.database import database_ledger
from publisher.adapters.database.tables import delivery
from publisher.issue import DeliveryState, IsoWeek
from publisher.language import Language
from publisher.ports import Content, Ledger, Outcome
from publisher.publication import Publication, Schedule
from publisher.render.templates import environment
from publisher.resources import shipped
from publisher.stages import hours
from publisher.web import View, WebContext, zones
from publisher.web.portal import show
from subscribers import Keyring, Subscribers
from subscribers.adapters import tables
from tests.mailroom import NOON, add_readers, approved, database
from tests.press import PUBLICATION, content, issue
from tests.publication import FakeClock
from tests.readers import SECRET, Mailbox

TEMPLATES = environment(shipped("templates"))
HOUR = dt.timedelta(hours=1)
SENTENCE = re.compile(r"In ([^<>]+?), the next issue is due on (\w+), (\d+ \w+ \d+), at (\d\d:\d\d)\.")
OPTION = re.compile(r'<option value="([^"]+)"(?: selected)?>[^<]* \(UTC[^<]*\), (\w+) (\d\d:\d\d)</option>')
OPTION_VALUE = re.compile(r'<option value="([^"]+)"')
NOBODYS = "nobodys@example.com"
"""A reader who named no zone."""

THURSDAY, SUNDAY, TUESDAY = (
    ("Europe/Berlin", "thu 08:00"),
    ("Europe/Berlin", "sun 02:30"),
    ("Pacific/Pago_Pago", "tue 20:00"),
)
EASTERNMOST, NIGHT = ("Pacific/Kiritimati", "thu 08:00"), ("Europe/Berlin", "mon 01:00")
MATRIX = [
    *itertools.product([THURSDAY], ["2026-W13", "2026-W44"], [False, True]),
    # On these Sundays America and Europe change their clocks; in Berlin 02:30 is skipped on the second, and comes twice
    # on the third. The pages are read on the Monday before.
    *itertools.product([SUNDAY], ["2026-W10", "2026-W13", "2026-W43", "2026-W44"], [False, True]),
    *itertools.product([TUESDAY, EASTERNMOST], ["2026-W48"], [False, True]),
    (NIGHT, "2026-W14", False),  # where it is Sunday still, the week has yet to begin
]


@dataclass(frozen=True)
class Case:
    """A week of a publication."""

    publication: Publication
    week: IsoWeek
    number: int

    @property
    def schedule(self) -> Schedule:
        return self.publication.schedule

    @property
    def content(self) -> Content:
        one = dataclasses.replace(issue(self.number, published=False), week=self.week)
        return content(one, publication=self.publication)

    @property
    def hour(self) -> dt.datetime:
        return timetable.due(self.week, self.schedule)

    @property
    def read(self) -> dt.datetime:
        """When the pages are read: before it is anybody's morning."""
        return min(timetable.instant(self.week, self.schedule.assemble, self.schedule.zone), self.hour - 26 * HOUR)

    def __str__(self) -> str:
        early = "early mornings" if self.schedule.early_mornings else "no early mornings"
        return f"{self.week}, {self.schedule.send} in {self.schedule.zone}, {early}"


def cases() -> Iterator[Case]:
    for number, ((zone, send), week, early) in enumerate(MATRIX):
        plan = {"zone": zone, "send": send, "assemble": "mon 00:00", "early_mornings": early}
        publication = PUBLICATION.model_copy(update={"schedule": Schedule.model_validate(plan)})
        yield Case(publication, IsoWeek.parse(week), 10 + 2 * number)


@dataclass(frozen=True)
class Ports:
    """What `hours` asks for."""

    content: Content
    ledger: Ledger


def address_of(zone: str) -> str:
    return f"{zone.replace('/', '.').lower()}@example.com"


def deliver(case: Case, ledger: Ledger, approval: dt.datetime) -> None:
    """Let a week pass as the scheduler does: what is due is done at once, from the approval on."""
    early, number, deliveries = case.schedule.early_mornings, case.number, ledger.deliveries
    every = {timetable.arrival(zone, case.week, case.schedule) for zone in deliveries.zones(case.read)}
    ports, sender = Ports(case.content, ledger), ledger.senders.register(case.read)
    for now in sorted({max(moment, approval) for moment in every | {case.hour}}):
        mailing, in_time = deliveries.mailing(number), early and now < case.hour
        if mailing is None and (in_time or now >= case.hour):
            morning = hours.morning(case.content, number, now)
            mailing = deliveries.start(approved(number, b"a message"), now, morning, early=in_time)
        if mailing and mailing.early_until:
            hours.take_in(ports, mailing, now, late=False, early=in_time)  # type: ignore[arg-type]  # it needs no more
        rows = deliveries.claim(number, sender, 1000, now)
        deliveries.commit(sender, [Outcome(row.id, DeliveryState.SENT) for row in rows], (), now)
    assert deliveries.finish(number, now)


def sent(engine: sa.Engine, number: int) -> dict[str, dt.datetime]:
    """Return when each address got an issue, by the ledger."""
    with engine.connect() as connection:
        rows = connection.execute(sa.select(delivery.c.canonical, delivery.c.changed).where(delivery.c.issue == number))
        return {row.canonical: row.changed for row in rows}


def alike(names: list[str], case: Case) -> list[str]:
    """Return one zone for all whose clocks go alike around a week."""
    moments = [case.read + number * HOUR for number in range(-2, 24 * 9)]
    found: dict[tuple[object, ...], str] = {}
    for name in names:
        clock = ZoneInfo(name)
        found.setdefault(tuple(moment.astimezone(clock).utcoffset() for moment in moments), name)
    return [*found.values()]


def said_of(page: str) -> tuple[str, dt.datetime, dict[str, str]]:
    """Return the zone and the local moment that a page names, and the weekday and time of each zone in its list."""
    (found,) = SENTENCE.findall(page)
    local = dt.datetime.strptime(f"{found[2]} {found[3]}", "%d %B %Y %H:%M")  # noqa: DTZ007  as a reader reads it
    assert f"{local:%A}" == found[1]
    return found[0].replace(" ", "_"), local, {name: f"{day} {time}" for name, day, time in OPTION.findall(page)}


def add_all(engine: sa.Engine, names: list[str]) -> dict[str, str]:
    """Let a reader live in each zone, and one in none; return their subject ids by their addresses."""
    add_readers(engine, [*map(address_of, names), NOBODYS])
    with engine.begin() as connection:
        reader = tables.subscriber
        live = reader.update().where(reader.c.canonical == sa.bindparam("whose")).values(zone=sa.bindparam("there"))
        connection.execute(live, [{"whose": address_of(name), "there": name} for name in names])
        found = connection.execute(sa.select(reader.c.canonical, reader.c.subject_id))
        return {row.canonical: row.subject_id for row in found}


def test_every_reader_gets_the_issue_when_their_page_said_or_as_soon_as_it_was_ready(
    database_url: str, tmp_path: Path
) -> None:
    engine, keyring, clock = database(database_url), Keyring(SECRET), FakeClock()
    names = sorted(OPTION_VALUE.findall(zones.options(PUBLICATION, Language(), NOON, "", None)))
    assert len(names) > 400
    subjects = add_all(engine, names)
    ledger, readers = database_ledger(engine), Subscribers(engine, keyring, Mailbox())
    passed = {True: 0, False: 0}
    for case in cases():
        clock.time = case.read
        view = View.of(case.content, TEMPLATES)
        web = WebContext(
            subscribers=readers, look=lambda view=view: view, site=tmp_path, clock=clock,
            on_its_way=ledger.records.on_its_way,
        )  # fmt: skip
        said: dict[str, dt.datetime] = {}
        for zone in (*alike(names, case), ""):
            address = address_of(zone) if zone else NOBODYS
            token = keyring.preferences(subjects[address], clock.time)
            page = bytes(show(web, token, readers.page.portal(token, now=clock.time)).body).decode()
            whose, said[zone], listed = said_of(html.unescape(page))
            assert whose == (zone or case.schedule.zone), case
            assert not zone or listed[zone] == f"{said[zone]:%A %H:%M}", (str(case), zone)
        assert set(listed) >= set(names), case

        after_some = case.hour + (-5 if case.schedule.early_mornings else 3) * HOUR
        for approval in (case.read, after_some):
            one = dataclasses.replace(case, number=case.number + (approval != case.read))
            deliver(one, ledger, approval)
            came = sent(engine, one.number)
            assert len(came) == len(names) + 1, f"{case}: everybody gets it, and nobody twice"
            for zone, local in said.items():
                moment = came[address_of(zone) if zone else NOBODYS]
                there = moment.astimezone(ZoneInfo(zone or case.schedule.zone)).replace(tzinfo=None)
                if moment == approval:
                    passed[case.schedule.early_mornings] += 1
                assert local <= there if moment == approval else local == there, (str(case), zone, local, there)
            for zone in names:  # and what the list says of every zone, whoever reads it
                there = came[address_of(zone)].astimezone(ZoneInfo(zone))
                assert came[address_of(zone)] == approval or listed[zone] == f"{there:%A %H:%M}", (str(case), zone)
    assert all(passed.values()), "some mornings had passed at the later approvals"
