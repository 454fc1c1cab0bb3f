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

from publisher import pipeline, timetable
from publisher.errors import ContentError, MendableError, OutsideError, Refused
from publisher.issue import IsoWeek
from publisher.ports import Slot
from publisher.render.letters import render_letter

log = logging.getLogger("pressroom.scheduler")

TICK_SECONDS = 30
LOCK_SECONDS = 15 * 60
"""How long one tick may hold the lock before another process may start one; the ledger guards the sending itself."""
CATCH_UP_WEEKS = 8
"""How many weeks back a process that was down looks for issues that were due."""


def tick(ports: pipeline.Ports, stop: threading.Event | None = None) -> list[str]:
    """Do what is due now, and return what was done, in words. Idempotent; two at once do nothing twice (I8)."""
    now = ports.clock.now()
    with ports.slots.lock("tick", LOCK_SECONDS, now) as mine:
        if not mine:
            return []
        _open_weeks(ports, now)
        done: list[str] = []
        for slot in ports.slots.unfinished():
            try:
                done += _step(ports, slot, now, stop)
            except (OutsideError, OSError) as error:
                log.warning("%s: %s; trying again", slot.week, error)
                done.append(f"{slot.week}: {error}; trying again")
        return done


def _open_weeks(ports: pipeline.Ports, now: dt.datetime) -> None:
    """Open this week's slot, and those of the weeks since the last one that a process saw."""
    schedule = ports.content.publication.schedule
    week = IsoWeek.of(now.astimezone(zoneinfo.ZoneInfo(schedule.zone)).date())
    last = ports.slots.latest()
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
        ports.slots.open(one, timetable.due(one, schedule))


def _step(ports: pipeline.Ports, slot: Slot, now: dt.datetime, stop: threading.Event | None) -> list[str]:
    """Move one week on as far as the time allows."""
    schedule = ports.content.publication.schedule
    over = now > timetable.window_ends(slot.due, schedule)
    if slot.state == "open" and now >= timetable.instant(slot.week, schedule.assemble, schedule.zone):
        return _missed(ports, slot, now) if over else _proof(ports, slot)
    if slot.state == "proofed" and now >= slot.due:
        mailing = ports.ledger.mailing(slot.number or 0)
        if mailing is None and over:
            return _missed(ports, slot, now)
        return _send(ports, slot, stop)
    if slot.state == "sending":
        return _send(ports, slot, stop)
    return []


def _proof(ports: pipeline.Ports, slot: Slot) -> list[str]:
    """Assemble, draft, and mail a proof to the editors."""
    try:
        made = pipeline.assemble(ports, slot.week)
        issue = ports.content.issue(made.number)
        if issue and issue.published:
            ports.slots.move(slot.week, "open", "sent", number=made.number)
            return [f"{slot.week}: issue {made.number} is out already"]
        if issue and any(not section.body.strip() for section in issue.sections if section.id in issue.drafted):
            pipeline.draft(ports, made.number)  # what an editor drafted or wrote already stays
        proofed = pipeline.proof(ports, made.number)
    except MendableError as error:
        return _tell(
            ports,
            slot,
            f"hold {error}",
            f"The issue of {slot.week} is held",
            _held(error),
            (f"pressroom assemble --week {slot.week}",),
        )
    letter = render_letter(
        "proof", ports.content.publication, ports.templates, rendered=proofed.rendered, problems=proofed.findings,
        digest=proofed.digest, command=f"pressroom approve {made.number} --by NAME", due=_local(ports, slot.due),
    )  # fmt: skip
    ports.post.tell(letter, _editors(ports))
    ports.slots.move(slot.week, "open", "proofed", number=made.number)
    return [f"{slot.week}: issue {made.number} is assembled and drafted; the proof went to the editors"]


def _send(ports: pipeline.Ports, slot: Slot, stop: threading.Event | None) -> list[str]:
    """Send if approved, else tell the editors, once."""
    assert slot.number is not None
    number = slot.number
    mailing, before = ports.ledger.mailing(number), ports.ledger.sums(number)
    if mailing and mailing.finished:
        ports.slots.move(slot.week, slot.state, "sent")
        return [f"{slot.week}: issue {number} is sent"]
    try:
        if mailing is None:
            pipeline.approved(ports, number)
        if slot.state == "proofed":
            ports.slots.move(slot.week, "proofed", "sending")
        sums = pipeline.send(ports, number, stop=stop)
    except (Refused, MendableError) as error:
        until = _local(ports, timetable.window_ends(slot.due, ports.content.publication.schedule))
        what = (
            str(error),
            f"It was due on {_local(ports, slot.due)}. It goes out by itself when it is approved before {until}.",
        )
        commands = (f"pressroom preflight {number}", f"pressroom approve {number} --by NAME")
        return _tell(ports, slot, f"unsent {error}", f"Issue {number} is due and was not sent", what, commands)
    if sums.open:
        # Readers whose own morning is still to come leave it open for up to a day: said when something changed.
        return [f"{slot.week}: issue {number}, {sums.open} deliveries are not final yet"] if sums != before else []
    ports.slots.move(slot.week, "sending", "sent")
    return [f"{slot.week}: issue {number} is sent to {sums.audience}"]


def _missed(ports: pipeline.Ports, slot: Slot, now: dt.datetime) -> list[str]:
    number = slot.number
    commands = (f"pressroom send {number} --late",) if number else (f"pressroom assemble --week {slot.week}",)
    what = (
        f"It was due on {_local(ports, slot.due)}. Its window of {ports.content.publication.schedule.window_hours} hours is over, so at "
        f"{_local(ports, now)} it is not sent without a person's word.",
        "If it should still go out, run the command below.",
    )
    told = _tell(ports, slot, "missed", f"The issue of {slot.week} was not sent", what, commands)
    ports.slots.move(slot.week, slot.state, "missed")
    return told


def _tell(
    ports: pipeline.Ports, slot: Slot, key: str, title: str, what: Sequence[str], commands: Sequence[str] = ()
) -> list[str]:
    """Tell the editors, unless they were told just this. The record follows the mail: rather twice than never."""
    mark = hashlib.sha256(key.encode()).hexdigest()[:32]
    if slot.told == mark:
        return []
    letter = render_letter(
        "notice", ports.content.publication, ports.templates, title=title, what=what, commands=commands
    )
    ports.post.tell(letter, _editors(ports))
    ports.slots.move(slot.week, slot.state, slot.state, told=mark)
    return [f"{slot.week}: told the editors: {title}"]


def _held(error: MendableError) -> tuple[str, ...]:
    found = [str(problem) for problem in error.problems] if isinstance(error, ContentError) else [str(error)]
    return ("The week's issue cannot be assembled or drafted.", *found)


def _editors(ports: pipeline.Ports) -> list[str]:
    return [editor.address for editor in ports.content.publication.editors]


def _local(ports: pipeline.Ports, moment: dt.datetime) -> str:
    zone = ports.content.publication.schedule.zone
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
