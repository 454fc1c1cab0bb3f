"""The deliveries of issues in the database: the frozen message and audience, and what becomes of each row.

For who may write a claimed row, and why nobody else can, see senders.py.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher.adapters.database import freeze
from publisher.adapters.database.approvals import all_stand
from publisher.adapters.database.tables import delivery, mailing, sender_process
from publisher.errors import Refused
from publisher.issue import Approved, DeliveryState
from publisher.numbers import named
from publisher.ports import REPLY_LENGTH, Claimed, DueInZone, Halt, Mailing, Outcome, Pause, Sums, Waiting
from subscribers import suppressed
from subscribers.database import Among, JsonRows, insert_once, reading, writing

if TYPE_CHECKING:  # only named here
    from subscribers import Segment

_WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)

_UNWANTED = suppressed(delivery.c.canonical, delivery.c.subject_id)
_PAUSED = sa.exists().where(mailing.c.number == delivery.c.issue, mailing.c.paused.is_not(None))

_POSTPONE = (
    delivery.update()
    .where(delivery.c.id == sa.bindparam("row"), delivery.c.sender == sa.bindparam("holder"))
    .values(
        state=sa.bindparam("new_state"),
        reply=sa.bindparam("new_reply"),
        due=sa.bindparam("new_due"),
        changed=sa.bindparam("moment"),
        attempt=delivery.c.attempt + sa.bindparam("tries"),
        sender=None,
    )
)

# One statement for all rows: the driver releases Python's lock at each step of a statement, and then has to win it back
# from all the connections' threads. With a statement for each row, that took half the time of a send.
_ENDED = JsonRows("ended")  # [[id, state, reply, bounce], ...]
_END = (
    delivery.update()
    .where(_ENDED.named_by(delivery.c.id), delivery.c.sender == sa.bindparam("holder"))
    .values(
        state=_ENDED.item(1),
        reply=_ENDED.item(2),
        bounce=_ENDED.item(3),
        due=None,
        changed=sa.bindparam("moment"),
        attempt=delivery.c.attempt + 1,
        sender=None,
    )
)

# A row that is at_dot already may be marked again: if the answer to a COMMIT was lost, the same call is repeated, and
# the sender does not write the dot before it returns.
_MARKABLE = (
    Among(delivery.c.id, "rows"),
    delivery.c.sender == sa.bindparam("holder"),
    sa.or_(*(delivery.c.state == held for held in (DeliveryState.CLAIMED, DeliveryState.AT_DOT))),
    sa.not_(_UNWANTED),
    sa.not_(_PAUSED),
)
_MARK = delivery.update().where(*_MARKABLE).values(state=DeliveryState.AT_DOT)
_MARKED = sa.select(delivery.c.id).where(*_MARKABLE)

_CLAIM_AGAIN = (
    delivery.update()
    .where(
        Among(delivery.c.id, "rows"),
        delivery.c.sender == sa.bindparam("holder"),
        delivery.c.state == DeliveryState.AT_DOT,
    )
    .values(state=DeliveryState.CLAIMED)
)

_SUPPRESSED = sa.select(delivery.c.id).where(Among(delivery.c.id, "rows"), _UNWANTED)


class DatabaseDeliveries:
    """Implements ports.Deliveries on SQLite and PostgreSQL."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def start(
        self,
        approved: Approved,
        now: dt.datetime,
        morning: DueInZone | None = None,
        segment: Segment | None = None,
        *,
        early: bool = False,
    ) -> Mailing:
        found = self.mailing(approved.number)
        if found is not None:
            return found
        row = {
            "number": approved.number,
            "digest": approved.digest,
            "subject": approved.subject,
            "message": approved.message,
            "started": now,
            "segment": str(segment) if segment else "",
            "early_until": now if early else None,
        }
        with writing(self._engine) as connection:
            # If another process has started it since it was looked for, that row is read below.
            if insert_once(connection, mailing, row):
                people = [given.by for given in approved.approvals]
                if not all_stand(connection, approved.number, approved.digest, people):
                    raise Refused(
                        f"an approval of {named(approved.number)} was withdrawn just now, so nothing was sent"
                    )
                if early and morning:
                    freeze.take_in_early(connection, approved.number, now, morning, after=None)
                else:
                    freeze.take_in(connection, approved.number, now, morning, segment)
                if not connection.scalar(sa.select(sa.exists().where(delivery.c.issue == approved.number))):
                    raise Refused(f"nobody would get {named(approved.number)}: its audience has no active reader")
        found = self.mailing(approved.number)
        assert found is not None, "a mailing with an audience is never deleted"
        return found

    def take_in(self, number: int, now: dt.datetime, morning: DueInZone | None, *, early: bool = False) -> None:
        begun = sa.select(mailing.c.early_until).where(mailing.c.number == number).with_for_update()
        with writing(self._engine) as connection:
            after = connection.scalar(begun)
            if after is None:
                return  # the whole audience is there; another process may just have seen to it
            if early and morning:
                freeze.take_in_early(connection, number, now, morning, after)
            else:
                freeze.take_in(connection, number, now, morning, first=False)
            until = max(after, now) if early else None
            connection.execute(mailing.update().where(mailing.c.number == number).values(early_until=until))

    def zones(self, now: dt.datetime) -> Mapping[str, int]:
        with reading(self._engine) as connection:
            return freeze.zones(connection, now)

    def mailing(self, number: int) -> Mailing | None:
        with reading(self._engine) as connection:
            row = connection.execute(mailing.select().where(mailing.c.number == number)).one_or_none()
        if row is None:
            return None
        return Mailing(
            row.number, row.digest, row.subject, bytes(row.message), row.started, row.finished, halt_of(row), row.early_until,
            pause_of(row), row.sample_digest,
        )  # fmt: skip

    def claim(self, number: int, sender: str, limit: int, now: dt.datetime) -> Sequence[Claimed]:
        claimed: list[Claimed] = []
        while not claimed:
            with writing(self._engine) as connection:
                if connection.scalar(_REGISTERED, {"holder": sender}) is None:
                    break  # this sender counted as dead meanwhile, so rows that it claimed would never be recovered
                rows = connection.execute(_CLAIMABLE, {"number": number, "moment": now, "most": limit}).all()
                gone = [row.id for row in rows if row.unwanted]
                claimed = [
                    Claimed(
                        row.id, row.subject_id, row.address, row.name, row.attempt + 1, tuple(row.without), row.dated
                    )
                    for row in rows
                    if not row.unwanted
                ]
                if gone:
                    connection.execute(_SUPPRESS, {"rows": json.dumps(gone), "moment": now})
                if claimed:
                    connection.execute(_CLAIM, {"rows": json.dumps([row.id for row in claimed]), "holder": sender})
            if not rows:
                break  # nothing is due; after a batch of suppressed rows only, the loop asks for the next one
        return claimed

    def suppressed(self, ids: Sequence[int]) -> frozenset[int]:
        if not ids:
            return frozenset()
        with reading(self._engine) as connection:
            return frozenset(connection.scalars(_SUPPRESSED, {"rows": json.dumps(list(ids))}))

    def commit(
        self,
        sender: str,
        outcomes: Sequence[Outcome],
        at_dot: Sequence[int],
        now: dt.datetime,
        refused: Sequence[int] = (),
    ) -> frozenset[int]:
        if not outcomes and not at_dot and not refused:
            return frozenset()
        final = [(each.delivery, each.state, _reply(each), each.bounce or "") for each in outcomes if each.state.final]
        postponed = [_postponed(outcome, sender, now) for outcome in outcomes if not outcome.state.final]
        with writing(self._engine) as connection:
            if final:
                connection.execute(_END, {"ended": json.dumps(final), "holder": sender, "moment": now})
            if postponed:
                connection.execute(_POSTPONE, postponed)
            if refused:
                connection.execute(_CLAIM_AGAIN, {"rows": json.dumps(list(refused)), "holder": sender})
            if not at_dot:
                return frozenset()
            rows = {"rows": json.dumps(list(at_dot)), "holder": sender}
            if connection.execute(_MARK, rows).rowcount == len(at_dot):
                return frozenset(at_dot)
            return frozenset(connection.scalars(_MARKED, rows))

    def sums(self, number: int, now: dt.datetime) -> Sums:
        due, state = delivery.c.due, delivery.c.state
        ahead = due > now
        query = (
            sa.select(
                state,
                sa.func.count().label("rows"),
                sa.func.min(due).label("soonest"),
                sa.func.count().filter(ahead).label("ahead"),
                sa.func.max(due).filter(ahead).label("last"),
            )
            .where(delivery.c.issue == number)
            .group_by(state)
        )
        with reading(self._engine) as connection:
            found = {DeliveryState(row.state): row for row in connection.execute(query)}
        soonest = min((found[each].soonest for each in _WAITING if each in found), default=None)
        queued = found.get(DeliveryState.QUEUED)
        waiting = Waiting(queued.ahead, queued.last) if queued else Waiting()
        return Sums({each: row.rows for each, row in found.items()}, soonest, waiting)

    def halt(self, number: int, halt: Halt | None) -> None:
        values = (halt.words, halt.times, halt.until) if halt else ("", 0, None)
        written = dict(zip(("halted", "halts", "rests_until"), values, strict=True))
        with writing(self._engine) as connection:
            connection.execute(mailing.update().where(mailing.c.number == number).values(written))

    def finish(self, number: int, now: dt.datetime) -> bool:
        still_open = sa.exists().where(*_due_rows(number))
        close = mailing.update().where(
            mailing.c.number == number,
            mailing.c.finished.is_(None),
            mailing.c.early_until.is_(None),
            sa.not_(still_open),
        )
        with writing(self._engine) as connection:
            connection.execute(close.values(finished=now, paused=None, paused_why=""))
            finished = sa.select(mailing.c.finished).where(mailing.c.number == number)
            return connection.scalar(finished) is not None


def _due_rows(number: int) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Return conditions for the open rows of an issue, written so that the partial index is used."""
    return delivery.c.issue == number, delivery.c.due.is_not(None)


_CLAIMABLE = (
    sa.select(
        delivery.c.id,
        delivery.c.subject_id,
        delivery.c.address,
        delivery.c.name,
        delivery.c.attempt,
        delivery.c.without,
        delivery.c.dated,
        _UNWANTED.label("unwanted"),
    )
    .where(
        delivery.c.issue == sa.bindparam("number"),
        delivery.c.due <= sa.bindparam("moment"),
        delivery.c.state.in_(_WAITING),
        # Asked once, and not for each row.
        sa.select(mailing.c.paused).where(mailing.c.number == sa.bindparam("number")).scalar_subquery().is_(None),
    )
    .order_by(delivery.c.due)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True, of=delivery)
)

_CLAIM = (
    delivery.update()
    .where(Among(delivery.c.id, "rows"))
    .values(state=DeliveryState.CLAIMED, sender=sa.bindparam("holder"))
)

_REGISTERED = (
    sa.select(sender_process.c.id).where(sender_process.c.id == sa.bindparam("holder")).with_for_update(read=True)
)

_SUPPRESS = (
    delivery.update()
    .where(Among(delivery.c.id, "rows"))
    .values(state=DeliveryState.SUPPRESSED, due=None, sender=None, changed=sa.bindparam("moment"))
)


def _postponed(outcome: Outcome, sender: str, now: dt.datetime) -> dict[str, object]:
    """Return the parameters of _POSTPONE; an outcome without a next attempt is due at once."""
    return {
        "row": outcome.delivery,
        "holder": sender,
        "new_state": outcome.state,
        "new_reply": _reply(outcome),
        "new_due": outcome.next_attempt or now,
        "tries": int(outcome.counts),
        "moment": now,
    }


def halt_of(row: sa.Row[tuple[object, ...]]) -> Halt | None:
    return Halt(row.halted, row.halts, row.rests_until) if row.halts else None


def pause_of(row: sa.Row[tuple[object, ...]]) -> Pause | None:
    return Pause(row.paused, row.paused_why) if row.paused else None


def storable(text: str) -> str:
    """Return the beginning of a text for the column `reply`."""
    return text[:REPLY_LENGTH].replace("\x00", "")  # PostgreSQL's text cannot contain NUL


def _reply(outcome: Outcome) -> str:
    return storable(outcome.reply)
