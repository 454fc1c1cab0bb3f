"""The scheduler: APScheduler pokes tick(), and tick() may be poked at any time, by any number of processes.

The truth is one row for each (publication, ISO week). Its states:

    open -> proofed -> sending -> sent
         -> missed     the window passed; the editors were told, and a person decides
         -> skipped    a person said that it has no issue

A person may hold a week: it is proofed as always, and nothing of it begins to go out until it is reopened.

A process that was down does what is due when it comes back: it sends inside the window, and asks a person after it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import threading
import time
import zoneinfo
from collections.abc import Callable, Sequence

from publisher import alarms, approve, editors, pipeline, reminders, reports, timetable, weekly_links
from publisher.clockwatch import HOLD_SECONDS, Apart, Jump, doubt_of
from publisher.corrections import send_corrections
from publisher.errors import ContentError, MailRefused, OutsideError, Refused, UserError
from publisher.issue import DeliveryState, IsoWeek
from publisher.ports import Pause, Sums, Week, WeekState
from subscribers import EmailKind
from subscribers.database import DatabaseUnavailable

log = logging.getLogger("pressroom.scheduler")

TICK_SECONDS = 30
LOCK_SECONDS = 15 * 60
"""How long one tick may hold the lock before another process may start one; the ledger guards the sending itself."""
CATCH_UP_WEEKS = 8
"""How many weeks a process that was down looks back for issues that were due."""


def tick(ports: pipeline.Ports, stop: threading.Event | None = None) -> list[str]:
    """Do what is due now, and return what was done, in words. Idempotent; two at once do nothing twice (I8)."""
    now = ports.clock.now()
    doubt = doubt_of(ports)
    with ports.weeks.lock("tick", LOCK_SECONDS, now) as mine:
        if not mine:
            return []
        if doubt:
            return _doubted(ports, doubt, now)
        _open_weeks(ports, now)
        done: list[str] = []
        for week in ports.weeks.unfinished():
            try:
                done += _step(ports, week, now, stop)
            except (OutsideError, DatabaseUnavailable, OSError) as error:
                log.warning("%s: %s; trying again", week.iso, error)
                done.append(f"{week.iso}: {error}; trying again")
        try:
            done += send_corrections(ports, stop)
        except (OutsideError, DatabaseUnavailable, OSError) as error:
            log.warning("corrections: %s; trying again", error)
        for what, do in (
            ("that the clock is right again", _trusted),
            ("what the coming weeks lack", reminders.announce_gaps),
            ("how an issue did", reports.report),
        ):
            try:
                done += do(ports, now)
            except (OutsideError, DatabaseUnavailable, OSError) as error:
                log.warning("the editors could not be told %s: %s; trying again", what, error)
        return done


def _open_weeks(ports: pipeline.Ports, now: dt.datetime) -> None:
    """Open this week's row, and those of weeks before it that nobody opened while no process ran.

    A week that a person opened ahead of its time, to hold or skip it, says nothing of the weeks before it.
    """
    schedule = ports.content.publication.schedule
    week = IsoWeek.of(now.astimezone(zoneinfo.ZoneInfo(schedule.zone)).date())
    opened = ports.weeks.opened(week)  # those after this one were opened by a wrong clock, or ahead of their time
    for one in timetable.unopened(opened, week, CATCH_UP_WEEKS) if opened else [timetable.current_week(schedule, now)]:
        ports.weeks.open(one, timetable.due(one, schedule))
    this = ports.weeks.find(week)
    if this and this.state is WeekState.MISSED and now <= timetable.window_ends(this.due, schedule):
        pipeline.go_on(ports, this, this.why)  # a wrong clock said that its window was over


def _step(ports: pipeline.Ports, week: Week, now: dt.datetime, stop: threading.Event | None) -> list[str]:
    """Move one week on as far as the time allows."""
    schedule = ports.content.publication.schedule
    over = now > timetable.window_ends(week.due, schedule)
    if week.state is WeekState.OPEN and now >= timetable.instant(week.iso, schedule.assemble, schedule.zone):
        return _missed(ports, week, now) if over else _proof(ports, week)
    if week.state not in (WeekState.PROOFED, WeekState.SENDING):
        return []
    mailing = ports.ledger.records.entry(week.number or 0)
    in_part = mailing is not None and mailing.early_until is not None
    if week.held:
        if now < week.due:
            return [] if mailing else reminders.remind(ports, week, now)
        return _missed(ports, week, now) if over and (mailing is None or in_part) else _wait(ports, week)
    if now >= week.due:
        return _missed(ports, week, now) if over and (mailing is None or in_part) else _send(ports, week, stop)
    begins = mailing is None and timetable.mornings(week.iso, schedule, None, now)
    early = _send(ports, week, stop, early=True) if schedule.early_mornings and (in_part or begins) else []
    if week.state is WeekState.SENDING and not in_part:
        return _send(ports, week, stop)
    return early if mailing or early else reminders.remind(ports, week, now)


def _proof(ports: pipeline.Ports, week: Week) -> list[str]:
    """Assemble, draft, and mail a proof to the editors."""
    commands: tuple[str, ...] = ("pressroom check", f"pressroom assemble --week {week.iso}")
    try:
        made = pipeline.assemble(ports, week.iso)
        commands = (f"pressroom preflight {made.number}",)
        issue = ports.content.issue(made.number)
        if issue and issue.published:
            ports.weeks.move(week.iso, WeekState.OPEN, WeekState.SENT, number=made.number)
            return [f"{week.iso}: issue {made.number} is already out"]
        if issue and any(not section.body.strip() for section in issue.sections if section.id in issue.drafted):
            # What an editor drafted or wrote stays. Too little to draft from holds no week up.
            pipeline.draft(ports, made.number, only_empty=True)
        pipeline.proof(ports, made.number)  # raises now if it cannot be rendered
    except UserError as error:
        return _tell(
            ports,
            week,
            f"hold {error}",
            f"The issue of {week.iso} is held",
            _held(error),
            commands,
        )
    early = pipeline.early_deadlines(ports, week.iso, ports.clock.now())
    due = editors.due_in_words(ports, week.iso)
    editors.tell(ports, EmailKind.PROOF, f"{week.iso} proof", number=made.number, due=due, early=early)
    ports.weeks.move(week.iso, WeekState.OPEN, WeekState.PROOFED, number=made.number, told=alarms.over(week.told))
    done = [f"{week.iso}: issue {made.number} is assembled and drafted; the proof went to the editors"]
    try:
        return done + weekly_links.announce_dead(ports, week.iso)
    except (OutsideError, DatabaseUnavailable, OSError) as error:
        log.warning("the links to other sites are looked up again next week: %s", error)
        return done


def _wait(ports: pipeline.Ports, week: Week) -> list[str]:
    """Tell the editors, once, that a held week's issue is due."""
    until = _local(ports, timetable.window_ends(week.due, ports.content.publication.schedule))
    what = (
        f"Its week is held: «{week.why}». It was due on {_local(ports, week.due)}.",
        f"It goes out by itself if the week is reopened, and the issue is approved, before {until}.",
    )
    commands = (f"pressroom week {week.iso} --reopen", f"pressroom week {week.iso} --skip --why TEXT")
    return _tell(ports, week, f"held {week.why}", f"Issue {week.number} is held and was not sent", what, commands)


def _send(ports: pipeline.Ports, week: Week, stop: threading.Event | None, *, early: bool = False) -> list[str]:
    """Send if approved, else tell the editors, once; not `early`, when it may still be approved in time."""
    assert week.number is not None
    number = week.number
    now, deliveries = ports.clock.now(), ports.ledger.deliveries
    mailing, before = ports.ledger.records.entry(number), deliveries.sums(number, now)
    if mailing and mailing.halt and now < mailing.halt.until:
        return _halted(ports, week, mailing.halt.words)  # perhaps a worker learned it
    if mailing and mailing.pause and before.open:
        return _paused(ports, week, mailing.pause, before)
    try:
        if mailing and mailing.finished:
            pipeline.close(ports, number)
            return _sent(ports, week, before, f"{week.iso}: issue {number} was sent")
        try:
            sums = pipeline.send(ports, number, early=early, stop=stop)
        finally:
            week = _under_way(ports, week)
    except (Refused, UserError) as error:
        if (gone := ports.ledger.records.entry(number)) and gone.finished:
            return [f"{week.iso}: {error}; trying again"]
        if early:
            return []
        until = _local(ports, timetable.window_ends(week.due, ports.content.publication.schedule))
        what = (
            str(error),
            f"It was due on {_local(ports, week.due)}. It goes out by itself if it is approved before {until}.",
        )
        commands = (f"pressroom preflight {number}", approve.command(ports.content.publication, number))
        return _tell(ports, week, f"unsent {error}", f"Issue {number} is due and was not sent", what, commands)
    except MailRefused as error:
        return _halted(ports, week, error.words)
    if early:
        said = f"{week.iso}: issue {number} went to {sums[DeliveryState.SENT]} in their own early morning"
        return [said] if sums != before else []
    if sums.open:
        _over(ports, week, sums)
        # Readers in other time zones keep it open for up to a day, so it is reported only when something changed.
        return [f"{week.iso}: issue {number}, {sums.open} deliveries are not final yet"] if sums != before else []
    return _sent(ports, week, sums, f"{week.iso}: issue {number} was sent to {sums.audience}")


def _halted(ports: pipeline.Ports, week: Week, words: str) -> list[str]:
    """Tell the editors, once, that the mail server refuses an issue."""
    number = week.number or 0
    reached = ports.ledger.deliveries.sums(number, ports.clock.now())
    what: tuple[str, ...] = (
        f"The last of the mail server: «{words}». It is the same whoever the mail is for, so it is about the sender, "
        "a limit, or the message itself.",
        f"{reached[DeliveryState.SENT]} of {reached.audience} readers have the issue. No delivery was "
        "given up: Pressroom tries again by itself, first after some minutes and then after some hours.",
    )
    if doubts := reached[DeliveryState.IN_DOUBT]:
        what += (
            f"{doubts} are in doubt: the server has them whole, and said nothing of them. Look into its log, then run "
            "`pressroom settle`.",
        )
    # Answers that differ only in later words, such as a number of their own, count as the same.
    key, title = f"halted {' '.join(words.split()[:2])}", f"Issue {number} waits, because the mail server refuses it"
    return _tell(ports, week, key, title, what, (f"pressroom status {number}", f"pressroom send {number}"))


def _over(ports: pipeline.Ports, week: Week, sums: Sums) -> None:
    """Tell the editors, once, that an issue goes on of which they were told why it did not."""
    if not alarms.stands(week.told) or not sums.reached:
        return
    rest = "and the others get it now" if sums.open else "and nothing is left to send"
    what = (f"What kept it is over: {sums.reached:,} of {sums.audience:,} readers have it, {rest}.",)
    title, told = f"Issue {week.number} goes on", alarms.over(week.told)
    editors.tell(
        ports,
        EmailKind.NOTICE,
        f"{week.iso} {told}",
        title=title,
        what=what,
        commands=(f"pressroom status {week.number}",),
    )
    ports.weeks.move(week.iso, week.state, week.state, told=told)


def _paused(ports: pipeline.Ports, week: Week, pause: Pause, sums: Sums) -> list[str]:
    """Tell the editors, once, that somebody paused an issue that is being sent."""
    what = (
        f"Somebody paused it on {_local(ports, pause.since)}: «{pause.why}».",
        f"{sums.reached} of {sums.audience} readers have the issue. The others get it once it goes on.",
    )
    number = week.number
    commands = (f"pressroom deliveries resume {number}", f"pressroom deliveries cancel {number} --why TEXT")
    return _tell(ports, week, f"paused {pause.since} {pause.why}", f"Issue {number} is paused", what, commands)


def _sent(ports: pipeline.Ports, week: Week, sums: Sums, said: str) -> list[str]:
    """End a week whose issue is out; the editors are told of one that reached nobody."""
    number, done = week.number, [said]
    if not sums.reached:
        what = (
            f"All of its {sums.audience:,} deliveries have ended, and none of them arrived: the mail server refused the "
            "addresses, or the readers left meanwhile. `pressroom status` counts them.",
            "Once that is put right, reopen the issue; it goes to those who are on the list by then. It needs no new "
            "approval unless it is changed.",
        )
        commands = (f"pressroom reopen {number}", f"pressroom send {number}")
        done = _tell(ports, week, "reached nobody", f"Issue {number} reached nobody", what, commands)
    _over(ports, week, sums)
    ports.weeks.move(week.iso, week.state, WeekState.SENT)
    return done


def _under_way(ports: pipeline.Ports, week: Week) -> Week:
    """Return the week as it is after a send was tried: `sending` once an audience is frozen, else as it was."""
    if week.state is not WeekState.PROOFED or ports.ledger.records.entry(week.number or 0) is None:
        return week
    ports.weeks.move(week.iso, WeekState.PROOFED, WeekState.SENDING)
    return dataclasses.replace(week, state=WeekState.SENDING)


def _doubted(ports: pipeline.Ports, doubt: Jump | Apart, now: dt.datetime) -> list[str]:
    """Do nothing while the time is in doubt, and tell the editors once."""
    if isinstance(doubt, Jump):
        (title, what, said), reference = _of_jump(ports, doubt, now), f"clock {doubt.since.isoformat()}"
    else:  # at most once a day, however often this process is started
        (title, what, said), reference = _of_difference(ports, doubt, now), f"clocks {now.date().isoformat()}"
    if not ports.clock_watch.told:
        editors.tell(ports, EmailKind.NOTICE, reference, title=title, what=what)
        ports.clock_watch.told = reference
    return [said]


def _trusted(ports: pipeline.Ports, now: dt.datetime) -> list[str]:
    """Tell the editors, once, that the time is no longer in doubt, if they know that it was."""
    if not ports.clock_watch.told:
        return []
    what = (f"It is {_local(ports, now)}, and everything goes on.",)
    title = "The clock is trusted again"
    editors.tell(ports, EmailKind.NOTICE, f"{ports.clock_watch.told} over", title=title, what=what)
    ports.clock_watch.told = ""
    return [f"told the editors: {title}"]


def _of_jump(ports: pipeline.Ports, jump: Jump, now: dt.datetime) -> tuple[str, tuple[str, str], str]:
    """Return a notice's title and text, and the line of the log."""
    what = (
        f"The clock of the machine that runs Pressroom was set {jump}. It now says {_local(ports, now)}.",
        "Nothing is assembled, sent or marked as missed until it is set back, or has kept the new time for "
        f"{HOLD_SECONDS / 60:.0f} minutes. If the new time is wrong, set the clock; then nothing is lost.",
    )
    said = f"this machine's clock was set {jump}, to {now:%Y-%m-%d %H:%M} UTC; nothing is done until that is settled"
    return "The clock was set", what, said


def _of_difference(ports: pipeline.Ports, apart: Apart, now: dt.datetime) -> tuple[str, tuple[str, str], str]:
    what = (
        f"The clock of the machine that runs Pressroom is {apart}. It says {_local(ports, now)}.",
        "Nothing is assembled, sent or marked as missed until the two agree. Set the one that is wrong; then nothing "
        "is lost.",
    )
    said = (
        f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, and is {apart}; nothing is done until the two agree: set "
        "the one that is wrong"
    )
    return "Two clocks differ", what, said


def _missed(ports: pipeline.Ports, week: Week, now: dt.datetime) -> list[str]:
    number = week.number
    mailing = ports.ledger.records.entry(number or 0)
    commands = ["pressroom check", f"pressroom assemble --week {week.iso}"]
    if number:
        commands = [
            *([] if mailing else [approve.command(ports.content.publication, number)]),
            f"pressroom send {number} --late",
        ]
    what = (
        f"It was due on {_local(ports, week.due)}. Its window of {ports.content.publication.schedule.window_hours} hours is over (it is "
        f"now {_local(ports, now)}), so it is not sent unless a person says so.",
        *(["Readers in the east got it in their own morning; nobody else has it yet."] if mailing else []),
        *([f"The week was held: «{week.why}»."] if week.why else []),
        "If it should still go out:",
    )
    told = _tell(ports, week, "missed", f"The issue of {week.iso} was not sent", what, commands)
    ports.weeks.move(week.iso, week.state, WeekState.MISSED)
    return told


def _tell(
    ports: pipeline.Ports, week: Week, key: str, title: str, what: Sequence[str], commands: Sequence[str] = ()
) -> list[str]:
    """Tell the editors, unless this is what they were told last. It is recorded after the mail: better twice than never."""
    if alarms.is_known(week.told, key):
        return []
    told = alarms.occasion(week.told, key)
    editors.tell(ports, EmailKind.NOTICE, f"{week.iso} {told}", title=title, what=what, commands=commands)
    ports.weeks.move(week.iso, week.state, week.state, told=told)
    return [f"{week.iso}: told the editors: {title}"]


def _held(error: UserError) -> tuple[str, ...]:
    found = [str(problem) for problem in error.problems] if isinstance(error, ContentError) else [str(error)]
    return ("The week's issue cannot be made ready. It is tried again by itself once this is put right:", *found)


def _local(ports: pipeline.Ports, moment: dt.datetime) -> str:
    return timetable.local(moment, ports.content.publication.schedule)


HASTE_SECONDS = 5
"""The least time between two ticks, however often the scheduler is woken."""


def start(
    poke: Callable[[], object], emails: Callable[[], object], woken: threading.Event | None = None
) -> Callable[[], None]:
    """Poke the tick and the round of emails regularly, in the background; return the function that stops it.

    Whoever sets `woken` is served sooner than the clock says.

    APScheduler computes its waits from the wall clock: when that is set back an hour, its interval trigger does not run
    for an hour. So a thread that waits by the monotonic clock asks for each run, as one that is due at once.

    By default APScheduler drops a run that is more than one second late. Ours are idempotent, so a late one is as good
    as any, and several late ones count as one.
    """
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    )
    scheduler.start()
    stopped, early = threading.Event(), woken or threading.Event()

    def wake() -> None:
        while True:
            for name, job in (("tick", poke), ("emails", emails)):
                scheduler.add_job(job, id=name, replace_existing=True)
            began = time.monotonic()
            if early.wait(TICK_SECONDS):
                early.clear()
                stopped.wait(max(0.0, HASTE_SECONDS - (time.monotonic() - began)))
            if stopped.is_set():
                return

    waker = threading.Thread(target=wake, name="waker", daemon=True)
    waker.start()

    def stop() -> None:
        stopped.set()
        early.set()
        waker.join()
        scheduler.pause()
        scheduler.get_jobs()  # waits until none is being handed out: to shut down in the middle of that is an error
        scheduler.shutdown(wait=True)

    return stop
