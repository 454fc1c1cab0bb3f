"""The mailbox of every reader, and of whoever complained: readers leave whose mailbox refused mail to another address.

Revision ID: subscribers_0014
Revises: subscribers_0013
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op

from subscribers.mailbox import mailbox_of

revision = "subscribers_0014"
down_revision = "subscribers_0013"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
CHOSEN = {
    "subscriber": "mailbox IS NULL",
    "suppression": "mailbox IS NULL AND reason = 'complained' AND canonical LIKE '%@%'",
}
LEAVING = """
    SELECT subscriber.id, subscriber.canonical, subscriber.subject_id, subscriber.mailbox, min(refusal.at) AS at
    FROM subscriber JOIN suppression AS refusal ON refusal.mailbox = subscriber.mailbox
    WHERE subscriber.state IN ('active', 'pending')
    GROUP BY subscriber.id, subscriber.canonical, subscriber.subject_id, subscriber.mailbox
    ORDER BY subscriber.id
"""


def upgrade() -> None:
    for table, where in CHOSEN.items():
        _fill(op.get_bind(), table, where)
    _take_off(op.get_bind())


def _fill(connection: sa.Connection, table: str, where: str) -> None:
    """Fill in the mailboxes of addresses, in their order."""
    chosen = sa.text(
        f"SELECT canonical FROM {table} WHERE canonical > :last AND {where} ORDER BY canonical LIMIT :limit"  # noqa: S608 - our own words
    )
    written = sa.text(f"UPDATE {table} SET mailbox = :mailbox WHERE canonical = :canonical")  # noqa: S608 - our own words
    last = ""
    while keys := connection.scalars(chosen, {"last": last, "limit": AT_ONCE}).all():
        connection.execute(written, [{"canonical": key, "mailbox": mailbox_of(key)} for key in keys])
        last = keys[-1]


def _take_off(connection: sa.Connection) -> None:
    """Take readers off the list whose mailbox refused mail, which an older release did for one address only."""
    moment = sa.DateTime(timezone=True)
    chosen = sa.text(LEAVING).columns(at=moment)
    given = [{**row, "now": dt.datetime.now(dt.UTC)} for row in connection.execute(chosen).mappings()]
    if not given:
        return
    typed = (sa.bindparam("at", type_=moment), sa.bindparam("now", type_=moment))
    suppressed = sa.text(
        "INSERT INTO suppression (canonical, reason, at, subject_id, words, mailbox) "
        "VALUES (:canonical, 'refused', :at, :subject_id, '', :mailbox) ON CONFLICT (canonical) DO UPDATE "
        "SET reason = 'refused', at = excluded.at, mailbox = excluded.mailbox, words = '' "
        "WHERE suppression.reason NOT IN ('refused', 'complained')"
    )
    left = (
        "UPDATE subscriber SET state = 'unsubscribed', \"left\" = :now, left_why = '', moving_to = NULL WHERE id = :id"
    )
    ended = "UPDATE course SET due = NULL, ended = :now WHERE subscriber_id = :id AND ended IS NULL"
    connection.execute(suppressed.bindparams(typed[0]), given)
    for statement in (left, ended):
        connection.execute(sa.text(statement).bindparams(typed[1]), given)


def downgrade() -> None:
    """Leave everything: an older release reads it, too."""
