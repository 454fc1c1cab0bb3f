"""Queue: what the coming weeks have and lack."""

from __future__ import annotations

from publisher import coming_weeks, timetable
from publisher.issue import IsoWeek
from publisher.old_news import sent_before
from publisher.ports import Week
from publisher.stages.lost import lost, texts_of
from publisher.stages.ports import AssemblePorts


def queue(ports: AssemblePorts) -> coming_weeks.Queue:
    """Return the next weeks as assembly would fill them now, and what each waiting piece waits for."""
    content = ports.content
    first = timetable.current_week(content.publication.schedule, ports.clock.now())
    gone = texts_of(lost(content, ports.ledger.records.entries()), ports.ledger)
    sent = sent_before(content.pieces, content.issues, content.publication, gone)
    decided, week = dict[IsoWeek, Week](), first
    for _ in range(coming_weeks.WEEKS):
        if found := ports.weeks.find(week):
            decided[week] = found
        week = week.next()
    return coming_weeks.queue(content, first, sent, decided)
