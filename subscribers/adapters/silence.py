"""Silence in SQL: which readers have done nothing themselves for long. It decides nothing; transitions.py does."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, and_, or_, select

from subscribers.adapters import tables
from subscribers.emails import EmailState
from subscribers.subscriber import EmailKind, State

_reader, _email = tables.subscriber.c, tables.email.c
_ACTIVE = _reader.state == State.ACTIVE.value


def not_seen_since(moment: dt.datetime, asked_before: dt.datetime, now: dt.datetime) -> ColumnElement[bool]:
    """Return a condition for active readers who were not seen since a moment, do not pause, and were not just asked."""
    return and_(
        _ACTIVE,
        _reader.created < moment,
        or_(_reader.confirmed.is_(None), _reader.confirmed < moment),
        or_(_reader.seen.is_(None), _reader.seen < moment),
        or_(_reader.paused_until.is_(None), _reader.paused_until <= now),
        or_(_reader.asked_to_stay.is_(None), _reader.asked_to_stay <= asked_before),
    )


def asked_in_vain(mailed_before: dt.datetime) -> ColumnElement[bool]:
    """Return a condition for active readers whose mail server accepted the question before a moment, unseen since."""
    accepted = (
        select(1)
        .where(_email.subscriber_id == _reader.id, _email.kind == EmailKind.STAY.value)
        .where(_email.since == _reader.asked_to_stay)
        .where(_email.state == EmailState.SENT.value, _email.changed < mailed_before)
        .correlate(tables.subscriber)
        .exists()
    )
    return and_(
        _ACTIVE,
        _reader.asked_to_stay < mailed_before,
        or_(_reader.confirmed.is_(None), _reader.confirmed <= _reader.asked_to_stay),
        or_(_reader.seen.is_(None), _reader.seen <= _reader.asked_to_stay),
        accepted,
    )
