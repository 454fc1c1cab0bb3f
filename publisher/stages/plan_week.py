"""What a person decides of a week: hold it, skip it, open it again."""

from __future__ import annotations

from publisher import alarms, timetable
from publisher.errors import Refused
from publisher.issue import IsoWeek, Issue
from publisher.ports import FINISHED, MailingEntry, Week, WeekState
from publisher.stages.lookup import reason
from publisher.stages.ports import MailPorts


def hold_week(ports: MailPorts, iso: IsoWeek, why: str) -> Week:
    """Hold a week: nothing of its issue begins to go out until it is reopened. Raises Refused."""
    week, why = _opened(ports, iso), reason(why)
    if week.state in FINISHED:
        raise Refused(f"{iso} is over: it is {week.state}, so there is nothing to hold; see: pressroom status")
    mailing = _mailing(ports, week)
    if mailing and mailing.finished:
        out = timetable.local(mailing.finished, ports.content.publication.schedule)
        raise Refused(
            f"issue {mailing.number} went out on {out}, so there is nothing to hold; "
            f"if it was wrong: pressroom correct {mailing.number}"
        )
    return _moved(ports, week, week.state, why, mailing.number if mailing else None)


def skip_week(ports: MailPorts, iso: IsoWeek, why: str) -> Week:
    """Let a week have no issue: it is over, and nobody is alarmed. Raises Refused."""
    week, why = _opened(ports, iso), reason(why)
    issue, mailing = _issue(ports, iso), _mailing(ports, week)
    if mailing or week.state is WeekState.SENT or (issue and issue.published):
        waits = mailing and not mailing.finished and week.state not in FINISHED
        stop = f"; what still waits stops with: pressroom week {iso} --hold --why TEXT" if waits else ""
        raise Refused(f"{iso} cannot be skipped, because its issue went out or is being sent{stop}")
    return _moved(ports, week, WeekState.SKIPPED, why)


def reopen_week(ports: MailPorts, iso: IsoWeek) -> Week:
    """Let a held, skipped or missed week go on, while its window lasts. Raises Refused."""
    week, now = ports.weeks.find(iso), ports.clock.now()
    if week is None:
        raise Refused(f"{iso} was never opened, so there is nothing to reopen{_why_not_opened(ports, iso)}")
    if week.held:
        return _moved(ports, week, week.state, "")
    if week.state not in (WeekState.MISSED, WeekState.SKIPPED):
        raise Refused(f"{iso} was neither held, skipped nor missed: it is {week.state}")
    schedule = ports.content.publication.schedule
    ends = timetable.window_ends(week.due, schedule)
    if now > ends:
        late = f"pressroom send {week.number} --late" if week.number else f"pressroom assemble --week {iso}"
        raise Refused(
            f"the window of {iso} ended on {timetable.local(ends, schedule)}; if it should still go out: {late}"
        )
    return go_on(ports, week)


def go_on(ports: MailPorts, week: Week, why: str = "") -> Week:
    """Let a missed or skipped week go on where it was; with `why` it is held."""
    return _moved(ports, week, WeekState.PROOFED if week.number else WeekState.OPEN, why)


def skipped(ports: MailPorts, iso: IsoWeek) -> bool:
    """Return whether a person said that a week has no issue."""
    week = ports.weeks.find(iso)
    return week is not None and week.state is WeekState.SKIPPED


def may_go(ports: MailPorts, number: int, *, late: bool) -> None:
    """Raise Refused for the issue of a week that is held, or that was skipped and is not sent `late` all the same."""
    issue = ports.content.issue(number)
    week = ports.weeks.find(issue.week) if issue else None
    if week is None:
        return
    again = f"pressroom week {week.iso} --reopen"
    if week.held:
        raise Refused(f"issue {number} is held with its week («{week.why}»); to let it go out: {again}")
    if week.state is WeekState.SKIPPED and not late:
        over = ports.clock.now() > timetable.window_ends(week.due, ports.content.publication.schedule)
        way = f"pressroom send {number} --late" if over else again
        raise Refused(f"{week.iso} was skipped («{week.why}»); if issue {number} should go out all the same: {way}")


def _opened(ports: MailPorts, iso: IsoWeek) -> Week:
    """Return a week's row, which may be opened before its time, and not after it. Raises Refused."""
    schedule = ports.content.publication.schedule
    due, found = timetable.due(iso, schedule), ports.weeks.find(iso)
    if found is None and ports.clock.now() > timetable.window_ends(due, schedule):
        raise Refused(f"{iso} is over, and the scheduler never opened it{_why_not_opened(ports, iso)}")
    return found or ports.weeks.open(iso, due)


def _why_not_opened(ports: MailPorts, iso: IsoWeek) -> str:
    """Say why the scheduler has no row of a week, and what to do, as the end of a sentence."""
    schedule, now = ports.content.publication.schedule, ports.clock.now()
    if now > timetable.window_ends(timetable.due(iso, schedule), schedule):
        return f"; if it should still have an issue: pressroom assemble --week {iso}"
    if iso > timetable.current_week(schedule, now):
        return "; its time has not come: `pressroom queue` shows what it would get"
    return "; `pressroom run` opens it"


def _issue(ports: MailPorts, iso: IsoWeek) -> Issue | None:
    return next((issue for issue in ports.content.issues if issue.week == iso), None)


def _mailing(ports: MailPorts, week: Week) -> MailingEntry | None:
    """Return the mailing of a week's issue, None while it has not begun."""
    issue = _issue(ports, week.iso)
    number = week.number or (issue.number if issue else None)
    return None if number is None else ports.ledger.records.entry(number)


def _moved(ports: MailPorts, week: Week, after: WeekState, why: str, number: int | None = None) -> Week:
    """Write the decision down; `number` is that of an issue under way, which workers know by nothing else."""
    if not ports.weeks.move(week.iso, week.state, after, number=number, told=alarms.over(week.told), why=why):
        raise Refused(f"the scheduler moved {week.iso} on at this moment; try again")
    return ports.weeks.find(week.iso) or week
