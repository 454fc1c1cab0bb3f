"""How the command line lays out a reader, and the list as a whole: tables for people, mappings for --json."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from publisher.cli import output
from publisher.issue import IsoWeek
from publisher.numbers import typed

if TYPE_CHECKING:  # slow to import: only when it is used
    from publisher.ports import Received
    from subscribers import Asks, Statistics, Subscriber, SubscriberRecord


def listed(readers: Iterable[Subscriber]) -> int:
    """Write readers to stdout, one on each line, and return how many they were."""
    rows = ((r.address, r.name, r.state.value, f"{r.created:%Y-%m-%d}", r.source, ", ".join(r.tags)) for r in readers)
    return output.long_table(("address", "name", "state", "since", "source", "tags"), rows)


def record_json(record: SubscriberRecord, deliveries: Sequence[Received], now: dt.datetime) -> dict[str, Any]:
    """Return everything that is known about one reader."""
    consents = [
        {
            "act": one.act,
            "at": one.at,
            "source": one.source,
            "client": one.client,
            "course": one.course or None,
            "wording": {"version": one.wording.version, "text": one.wording.text},
        }
        for one in record.consents
    ]
    return {
        "address": record.address,
        "former_addresses": record.address_history.former,
        "moved_to": record.moved_to,
        "unanswered": {"confirmations": record.asks.counted(now), "no_further_before": record.asks.free(now)},
        "reader": record.reader,
        "suppression": record.suppression,
        "consents": consents,
        "history": record.history,
        "deliveries": deliveries,
    }


def record(found: SubscriberRecord, deliveries: Sequence[Received], now: dt.datetime) -> None:
    """Write everything that is known about one reader to stdout. Times are in UTC."""
    reader, suppression = found.reader, found.suppression
    output.facts(
        [
            ("address", reader.address if reader else found.address),
            *(_reader(reader, now) if reader else [("state", "not a reader")]),
            ("unanswered", _asks(found.asks, now)),
            ("suppressed", f"{suppression.reason.value} since {_time(suppression.at)}" if suppression else ""),
            ("the server said", suppression.words if suppression else ""),
            ("moved from", ", ".join(found.address_history.former)),
            ("moved to", found.moved_to or ""),
        ]
    )
    if reader and reader.courses:
        rows = [
            (course.path, str(course.sent), f"{course.every_days} days", _time(course.due), _time(course.ended))
            for course in reader.courses
        ]
        _part(("course", "steps sent", "every", "next", "ended"), rows)
    _part(
        ("consent", "when", "wording", "source", "client", "course"),
        [(one.act.value, _time(one.at), one.wording.version, one.source, one.client or "", one.course)
         for one in found.consents],
    )  # fmt: skip
    for wording in dict.fromkeys(one.wording for one in found.consents):
        output.facts([(wording.version, wording.text)])
    _part(("happened", "when", "detail"), [(one.what, _time(one.at), one.detail) for one in found.history])
    _part(
        ("issue", "state", "when", "address", "reply", "subject"),
        [(typed(one.number), one.state.value, _time(one.changed), one.address, one.reply, one.subject)
         for one in deliveries],
    )  # fmt: skip


def _asks(asks: Asks, now: dt.datetime) -> str:
    count, free = asks.counted(now), asks.free(now)
    if not count:
        return ""
    until = f"; no further one before {_time(free)}" if free else ""
    return f"{output.count(count, 'confirmation mail')}{until}"


def _reader(reader: Subscriber, now: dt.datetime) -> list[tuple[str, str]]:
    return [
        ("name", reader.name),
        ("state", reader.state.value),
        ("source", reader.source),
        ("tags", ", ".join(reader.tags)),
        ("joined", _time(reader.created)),
        ("confirmed", _time(reader.confirmed)),
        ("left", _time(reader.left)),
        ("seen", _time(reader.seen)),
        ("last bounce", _time(reader.bounced)),
        ("asked to stay", _time(reader.asked_to_stay)),
        ("paused until", _time(reader.paused_until) if reader.paused(now) else ""),
        ("without", ", ".join(reader.without)),
        ("time zone", reader.zone or ""),
        ("moving to", reader.moving_to or ""),
    ]


def statistics(found: Statistics) -> None:
    """Write the list in numbers to stdout."""
    output.table(("state", "readers"), [(str(k), f"{n:,}") for k, n in found.states.items()], right=("readers",))
    sources = [(one.source or "(not known)", f"{one.readers:,}", f"{one.active:,}") for one in found.sources]
    _part(("source", "readers", "active"), sources, right=("readers", "active"))
    weeks = [
        (str(IsoWeek.of(one.monday)), f"{one.joined:,}", f"{one.left:,}", f"{one.asked:,}",
         _share(one.confirmed, one.asked))
        for one in found.weeks
    ]  # fmt: skip
    total = ("ever", "", "", f"{found.asked:,}", _share(found.confirmed, found.asked))
    columns = ("week", "joined", "left", "asked by form", "confirmed")
    _part(columns, [*weeks, total], right=columns[1:])
    reasons = [(str(reason), f"{count:,}") for reason, count in found.suppressed.items()]
    _part(("not to be mailed", "addresses"), reasons, right=("addresses",))
    _part(("why they left", "when"), [(word.text, _time(word.at)) for word in found.words])
    steps = [(one.path, str(one.sent), f"{one.following:,}", f"{one.ended:,}") for one in found.courses]
    _part(("course", "steps sent", "following", "ended"), steps, right=("steps sent", "following", "ended"))


def _part(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> None:
    """Write a table below the one before, or nothing when it would be empty."""
    if rows:
        output.text(["\n"])
        output.table(columns, rows, right=right)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else ""


def _time(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
