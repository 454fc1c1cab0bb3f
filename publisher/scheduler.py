"""The scheduler's door: APScheduler pokes tick(), and tick() may be poked at any time, by any number of processes.

The truth is one row for each (publication, ISO week). Its states:

    open -> proofed -> sending -> sent
         -> missed     the window passed; the editors were told, and a person decides

A process that was down does on its return what is due: it sends inside the window, and asks a person after it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
import zoneinfo
from collections.abc import Callable, Sequence
from typing import Protocol

from publisher import pipeline, timetable
from publisher.errors import ContentError, MendableError, OutsideError, Refused
from publisher.issue import IsoWeek
from publisher.ports import Slot
from publisher.publication import Publication
from publisher.render.letters import render_letter

log = logging.getLogger("pressroom.scheduler")

TICK_SECONDS = 30
LOCK_SECONDS = 15 * 60
"""How long one tick may hold the lock before another process may start one; the ledger guards the sending itself."""
CATCH_UP_WEEKS = 8
"""How many weeks back a process that was down looks for issues that were due."""


class Office(pipeline.Ports, Protocol):
    """What the scheduler needs besides the pipeline's ports."""

    @property
    def publication(self) -> Publication: ...


def tick(office: Office, stop: threading.Event | None = None) -> list[str]:
    """Do what is due now, and return what was done, in words. Idempotent; two at once do nothing twice (I8)."""
    now = office.clock.now()
    with office.slots.lock("tick", LOCK_SECONDS, now) as mine:
        if not mine:
            return []
        _open_weeks(office, now)
        done: list[str] = []
        for slot in office.slots.unfinished():
            try:
                done += _step(office, slot, now, stop)
            except (OutsideError, OSError) as error:
                log.warning("%s: %s; trying again", slot.week, error)
                done.append(f"{slot.week}: {error}; trying again")
        return done


def _open_weeks(office: Office, now: dt.datetime) -> None:
    """Open this week's slot, and those of the weeks since the last one that a process saw."""
    schedule = office.publication.schedule
    week = IsoWeek.of(now.astimezone(zoneinfo.ZoneInfo(schedule.zone)).date())
    last = office.slots.latest()
    missing: list[IsoWeek] = []
    if last is None:
        missing = [timetable.current_week(schedule, now)]  # a new publication has missed nothing
    elif last < week:
        earliest = IsoWeek.of(week.monday() - dt.timedelta(weeks=CATCH_UP_WEEKS))
        following = max(last.next(), earliest)
        while following <= week:
            missing.append(following)
            following = following.next()
    for one in missing:
        office.slots.open(one, timetable.due(one, schedule))


def _step(office: Office, slot: Slot, now: dt.datetime, stop: threading.Event | None) -> list[str]:
    """Move one week on as far as the time allows."""
    schedule = office.publication.schedule
    over = now > timetable.window_ends(slot.due, schedule)
    if slot.state == "open" and now >= timetable.instant(slot.week, schedule.assemble, schedule.zone):
        return _missed(office, slot, now) if over else _proof(office, slot)
    if slot.state == "proofed" and now >= slot.due:
        mailing = office.ledger.mailing(slot.number or 0)
        if mailing is None and over:
            return _missed(office, slot, now)
        return _send(office, slot, stop)
    if slot.state == "sending":
        return _send(office, slot, stop)
    return []


def _proof(office: Office, slot: Slot) -> list[str]:
    """Assemble, draft, and mail a proof to the editors."""
    try:
        made = pipeline.assemble(office, slot.week)
        issue = office.library.read().issue(made.number)
        if issue and issue.published:
            office.slots.move(slot.week, "open", "sent", number=made.number)
            return [f"{slot.week}: issue {made.number} is out already"]
        if issue and any(not section.body.strip() for section in issue.sections if section.id in issue.drafted):
            pipeline.draft(office, made.number, only_empty=True)  # what an editor drafted or wrote already stays
        proofed = pipeline.proof(office, made.number)
    except MendableError as error:
        return _tell(
            office,
            slot,
            f"hold {error}",
            f"The issue of {slot.week} is held",
            _held(error),
            (f"pressroom assemble --week {slot.week}",),
        )
    letter = render_letter(
        "proof", office.publication, office.templates, rendered=proofed.rendered, problems=proofed.findings,
        digest=proofed.digest, command=f"pressroom approve {made.number} --by NAME", due=_local(office, slot.due),
    )  # fmt: skip
    office.post.tell(letter, _editors(office))
    office.slots.move(slot.week, "open", "proofed", number=made.number)
    return [f"{slot.week}: issue {made.number} is assembled and drafted; the proof went to the editors"]


def _send(office: Office, slot: Slot, stop: threading.Event | None) -> list[str]:
    """Send if approved, else tell the editors, once."""
    assert slot.number is not None
    number = slot.number
    mailing, before = office.ledger.mailing(number), office.ledger.sums(number)
    if mailing and mailing.finished:
        office.slots.move(slot.week, slot.state, "sent")
        return [f"{slot.week}: issue {number} is sent"]
    try:
        if mailing is None:
            pipeline.approved(office, number)
        if slot.state == "proofed":
            office.slots.move(slot.week, "proofed", "sending")
        sums = pipeline.send(office, number, stop=stop)
    except (Refused, MendableError) as error:
        until = _local(office, timetable.window_ends(slot.due, office.publication.schedule))
        what = (
            str(error),
            f"It was due on {_local(office, slot.due)}. It goes out by itself when it is approved before {until}.",
        )
        commands = (f"pressroom preflight {number}", f"pressroom approve {number} --by NAME")
        return _tell(office, slot, f"unsent {error}", f"Issue {number} is due and was not sent", what, commands)
    if sums.open:
        # Readers whose own morning is still to come leave it open for up to a day: said when something changed.
        return [f"{slot.week}: issue {number}, {sums.open} deliveries are not final yet"] if sums != before else []
    office.slots.move(slot.week, "sending", "sent")
    return [f"{slot.week}: issue {number} is sent to {sums.audience}"]


def _missed(office: Office, slot: Slot, now: dt.datetime) -> list[str]:
    number = slot.number
    commands = (f"pressroom send {number} --late",) if number else (f"pressroom assemble --week {slot.week}",)
    what = (
        f"It was due on {_local(office, slot.due)}. Its window of {office.publication.schedule.window_hours} hours is over, so at "
        f"{_local(office, now)} it is not sent without a person's word.",
        "If it should still go out, run the command below.",
    )
    told = _tell(office, slot, "missed", f"The issue of {slot.week} was not sent", what, commands)
    office.slots.move(slot.week, slot.state, "missed")
    return told


def _tell(
    office: Office, slot: Slot, key: str, title: str, what: Sequence[str], commands: Sequence[str] = ()
) -> list[str]:
    """Tell the editors, unless they were told just this. The record follows the mail: rather twice than never."""
    mark = hashlib.sha256(key.encode()).hexdigest()[:32]
    if slot.told == mark:
        return []
    letter = render_letter("notice", office.publication, office.templates, title=title, what=what, commands=commands)
    office.post.tell(letter, _editors(office))
    office.slots.move(slot.week, slot.state, slot.state, told=mark)
    return [f"{slot.week}: told the editors: {title}"]


def _held(error: MendableError) -> tuple[str, ...]:
    found = [str(problem) for problem in error.problems] if isinstance(error, ContentError) else [str(error)]
    return ("The week's issue cannot be assembled or drafted.", *found)


def _editors(office: Office) -> list[str]:
    return [editor.address for editor in office.publication.editors]


def _local(office: Office, moment: dt.datetime) -> str:
    zone = office.publication.schedule.zone
    return f"{moment.astimezone(zoneinfo.ZoneInfo(zone)):%a %Y-%m-%d %H:%M} {zone}"


def start(poke: Callable[[], object], letters: Callable[[], object]) -> Callable[[], None]:
    """Poke the tick and the round of letters regularly, in the background; return what stops it.

    APScheduler's one-second grace (its default) would drop a run that comes late; ours are idempotent, so a late one is
    as good as any, and several late ones are one.
    """
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    scheduler.add_job(poke, "interval", seconds=TICK_SECONDS, next_run_time=dt.datetime.now(dt.UTC), id="tick")
    scheduler.add_job(letters, "interval", seconds=TICK_SECONDS, next_run_time=dt.datetime.now(dt.UTC), id="letters")
    scheduler.start()
    return lambda: scheduler.shutdown(wait=True)
