"""A list with readers of every kind, made from a seed, and everything that a database knows of its readers, to compare.

The fields of the nouns are filled by their types, so a field that is added to one of them is filled, too.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import typing
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from subscribers import Consent, Happened, Reason, State, Subscriber, Suppression, Wording, canonical, new_subject_id
from subscribers.adapters import tables
from subscribers.adapters.bulk_insert import insert_rows
from subscribers.adapters.export_file import LEFT_OUT
from subscribers.adapters.rows import consent_columns, course_row, history_row, reader_row, suppression_row
from subscribers.address import hashed
from subscribers.subscriber import Course
from tests.readers import NOW

TABLES: Mapping[str, sa.Table] = {each.name: each for each in vars(tables).values() if isinstance(each, sa.Table)}
AT_ONCE = 5_000
WORDINGS = ("One mail a week.", "Eine E-Mail pro Woche, „abbestellbar“.", "")
WORDS = ("maths", "a;b", '"quoted"', "=1+1", "'-apostrophe", "Jörg", "読者", "comma, here", "{curly}", "-dash", "@at")
ZONES = (None, "Asia/Tokyo", "America/Argentina/Buenos_Aires", "Europe/Vienna")
NAMES = ("reader{}", "Ada.Lovelace{}", "x{}+tag", "jörg{}", "-minus{}", "=equals{}")
"""Each number is a mailbox of its own: else one who refused mail would speak for all."""
DOMAINS = ("example.com", "bücher.example", "example.org")


def fill(engine: sa.Engine, count: int, seed: int = 0) -> None:
    """Put `count` readers and addresses without readers into a database."""
    by_chance = random.Random(seed)
    with engine.begin() as connection:
        insert_rows(connection, tables.wording, [{"version": Wording(each).version, "text": each} for each in WORDINGS])
    for begin in range(0, count, AT_ONCE):
        made = [_one(by_chance, number) for number in range(begin, min(count, begin + AT_ONCE))]
        with engine.begin() as connection:
            for table in ("subscriber", "suppression", "course", "consent", "history", "former_subject"):
                insert_rows(connection, TABLES[table], [row for one in made for row in one[table]])


def everything(engine: sa.Engine) -> Mapping[str, Sequence[tuple[Any, ...]]]:
    """Return all rows that an export does not leave out, sorted; with the words of a consent in place of their version,
    and the reader's id in place of a row's."""
    with engine.connect() as connection:
        return {
            name: sorted(map(_comparable, connection.execute(_whole(table))), key=repr)
            for name, table in TABLES.items()
            if name not in LEFT_OUT and name != "consent_wording"
        }


def _whole(table: sa.Table) -> sa.Select[Any]:
    kept = [column for column in table.c if f"{table.name}.{column.name}" not in LEFT_OUT]
    if "subscriber_id" not in table.c:
        return sa.select(*kept)
    wanted = sa.select(tables.subscriber.c.subject_id, *kept).join(
        tables.subscriber, tables.subscriber.c.id == table.c.subscriber_id
    )
    if table is tables.consent:
        wanted = wanted.add_columns(tables.wording.c.text).join(
            tables.wording, tables.wording.c.version == table.c.wording
        )
    return wanted


def _comparable(row: sa.Row[Any]) -> tuple[Any, ...]:
    return tuple(str(value.astimezone(dt.UTC)) if isinstance(value, dt.datetime) else value for value in row)


def _one(by_chance: random.Random, number: int) -> Mapping[str, list[dict[str, Any]]]:
    """Make the rows of one address."""
    address = f"{by_chance.choice(NAMES).format(number)}@{by_chance.choice(DOMAINS)}"
    key = canonical(address)
    state = by_chance.choices([None, *State], [2, 2, 5, 3])[0]
    reason: Reason | None = by_chance.choice(list(Reason))
    if state is State.ACTIVE or (state is not None and by_chance.random() < 0.4):
        reason = None
    reader = reader_by_chance(by_chance, address, state) if state is not None else None
    history = [noun(by_chance, Happened) for _ in range(by_chance.randrange(3))] if reader or reason else []
    suppressed = None
    if reason is not None:
        own = reader.subject_id if reader is not None else new_subject_id()
        suppressed = noun(
            by_chance, Suppression, canonical=key, reason=reason, subject_id=by_chance.choice([own, own, None])
        )
    if suppressed is not None and reader is None and by_chance.random() < 0.2:
        suppressed, history = Suppression(hashed(key), suppressed.reason, suppressed.at), []
    former = 0 if suppressed is not None and "@" not in suppressed.canonical else by_chance.randrange(3)
    return {
        "subscriber": [reader_row(reader)] if reader else [],
        "suppression": [suppression_row(suppressed)] if suppressed else [],
        "course": [course_row(reader.subject_id, each) for each in reader.courses] if reader else [],
        "consent": _consents(by_chance, reader) if reader else [],
        "history": [history_row(key, each) for each in history],
        "former_subject": [
            {"subject_id": new_subject_id(), "canonical": key} for _ in range(former) if reader or suppressed
        ],
    }


def reader_by_chance(by_chance: random.Random, address: str, state: State) -> Subscriber:
    return noun(
        by_chance,
        Subscriber,
        subject_id=new_subject_id(),
        address=address,
        canonical=canonical(address),
        state=state,
        zone=by_chance.choice(ZONES),
        paused_until=by_chance.choice([None, NOW + dt.timedelta(days=by_chance.randrange(300))]),
        moving_to=by_chance.choice([None, None, "new@example.net"]),
        courses=tuple(noun(by_chance, Course, path=path) for path in ("backend", "data") if by_chance.random() < 0.3),
    )


def _consents(by_chance: random.Random, reader: Subscriber) -> list[dict[str, Any]]:
    made = [
        noun(by_chance, Consent, subject_id=reader.subject_id, wording=Wording(by_chance.choice(WORDINGS)))
        for _ in range(by_chance.randrange(3))
    ]
    if not made:
        return []
    columns = consent_columns(made, [each.wording.version for each in made])
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def noun(by_chance: random.Random, kind: type[Any], **given: Any) -> Any:
    """Make a noun whose fields are filled by their types, except for those that are given."""
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    return kind(**{name: given[name] if name in given else _value(by_chance, hints[name]) for name in names})


def _value(by_chance: random.Random, kind: Any) -> Any:
    options = typing.get_args(kind)
    if type(None) in options:
        return by_chance.choice([None, _value(by_chance, next(each for each in options if each is not type(None)))])
    if typing.get_origin(kind) is tuple:
        return tuple(sorted(by_chance.sample(WORDS, by_chance.randrange(3))))
    if kind is dt.datetime:
        return _moment(by_chance)
    if kind is bool:
        return by_chance.random() < 0.5
    if kind is int:
        return by_chance.randrange(1, 6)
    if kind is str:
        return by_chance.choice(WORDS)
    if dataclasses.is_dataclass(kind):
        return noun(by_chance, kind)
    return by_chance.choice(list(kind))


def _moment(by_chance: random.Random) -> dt.datetime:
    return dt.datetime.fromtimestamp(by_chance.randrange(1_500_000_000, 1_790_000_000), dt.UTC) + dt.timedelta(
        microseconds=by_chance.choice([0, 250_000, 1])
    )
