"""Mail to the editors before it is too late: who has not approved yet, and what the coming weeks lack."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence

from publisher import approve, assemble, editors, pipeline, timetable
from publisher.errors import ContentError, UserError
from publisher.issue import IsoWeek, PieceStatus
from publisher.ports import Content, Week
from subscribers import EmailKind

BEFORE = (dt.timedelta(hours=2), dt.timedelta(hours=24))
"""How long before an issue is due those who have not approved it are reminded; the latest first."""
FRIDAY = 4
WEEKS_AHEAD = 3


def remind(ports: pipeline.Ports, week: Week, now: dt.datetime) -> list[str]:
    """Remind the editors who have not approved an issue that is due soon, once for each time in BEFORE.

    A time at which there was no proof yet is left out.
    """
    schedule = ports.content.publication.schedule
    assembled = timetable.instant(week.iso, schedule.assemble, schedule.zone)
    before = next((each for each in BEFORE if assembled < week.due - each <= now < week.due), None)
    reference = f"{week.iso} reminder {before}"
    if before is None or week.number is None or ports.outbox.told(reference):
        return []
    silent, words = _unapproved(ports, week.number)
    again = (f"pressroom week {week.iso} --reopen",) if week.held else ()
    if again:
        words = (f"The week is held («{week.why}»): nothing is sent until it is reopened.", *words)
    if not silent:
        return []
    due = timetable.local(week.due, schedule)
    editors.tell(
        ports, EmailKind.NOTICE, reference, silent, title=f"Issue {week.number} waits for your approval",
        what=(f"It is due on {due}, and goes out only if it is approved by then.", *words),
        commands=(f"pressroom preflight {week.number}", approve.command(ports.content.publication, week.number), *again),
    )  # fmt: skip
    return [f"{week.iso}: reminded {len(silent)} of the editors to approve issue {week.number}"]


def _unapproved(ports: pipeline.Ports, number: int) -> tuple[list[str], tuple[str, ...]]:
    """Return the addresses of the editors whose approval an issue lacks, and what else keeps it from being sent."""
    publication = ports.content.publication
    try:
        digest, words = pipeline.proof(ports, number).digest, tuple[str, ...]()
    except UserError as error:
        digest, words = "", (f"It cannot be rendered as it is now: {error}",)
    given = ports.approvals.of(number)
    if digest and not approve.missing(publication, digest, given):
        return [], ()
    names = {approval.by for approval in given if approval.digest == digest}
    if not ports.audience_size():
        words = (*words, "Nobody is on the list yet, and an issue is not sent to nobody.")
    return [editor.address for editor in publication.editors if editor.name not in names], words


def announce_gaps(ports: pipeline.Ports, now: dt.datetime) -> list[str]:
    """Tell the editors each Friday what the coming weeks lack; nothing when they lack nothing."""
    schedule = ports.content.publication.schedule
    there = now.astimezone(zoneinfo.ZoneInfo(schedule.zone))
    if there.weekday() != FRIDAY or there.time() < schedule.assemble.time:
        return []
    week = IsoWeek.of(there.date())
    reference = f"{week} gaps"
    if ports.outbox.told(reference):
        return []
    coming = [week := week.next() for _ in range(WEEKS_AHEAD)]
    skipped = [each for each in coming if pipeline.skipped(ports, each)]
    gaps = lacking(ports.content, coming[0], skipped)
    if not gaps:
        return []
    labels = {plan.id: plan.label for plan in ports.content.publication.sections}
    what = [
        f"No {' and no '.join(labels[section] for section in sections)} for {coming}."
        for coming, sections in gaps.items()
    ]
    title = f"The issue of {next(iter(gaps))} is not complete yet"
    editors.tell(
        ports, EmailKind.NOTICE, reference, title=title,
        what=("These are the gaps of the coming weeks, as the pieces are now:", *what), commands=("pressroom check",),
    )  # fmt: skip
    return [f"told the editors what the coming weeks lack: {' '.join(what)}"]


def lacking(content: Content, first: IsoWeek, skipped: Sequence[IsoWeek] = ()) -> Mapping[IsoWeek, Sequence[str]]:
    """Return the sections for which the weeks from `first` on have nothing, as the files are now (pure).

    A week whose file is written lacks nothing: its pre-flight says what it does. Nor does one that is `skipped`.
    """
    publication = content.publication
    written = {issue.week for issue in content.issues}
    pieces, gaps, week = list(content.pieces), dict[IsoWeek, list[str]](), first
    for _ in range(WEEKS_AHEAD):
        for plan in publication.sections if week not in written and week not in skipped else ():
            alone = publication.model_copy(update={"sections": (plan,)})
            try:
                picked = assemble.outline(alone, week, pieces, content.issues).pieces
            except ContentError:
                gaps.setdefault(week, []).append(plan.id)
            else:
                pieces = [one for one in pieces if one not in picked.values() or one.status is not PieceStatus.READY]
        week = week.next()
    return gaps
