"""The mark of a database that is being moved elsewhere, or was: no release works on it as if it were the only one.

The mark is a row of Alembic's own table with a revision that no release knows. So older releases refuse such a database,
too, and looking for it costs no query. What the mark means is in a table that only such a database has.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from subscribers.database.errors import DatabaseMisconfigured

MARK = "moved"
"""The revision."""

_versions = sa.table("alembic_version", sa.column("version_num", sa.Text))
_moves = sa.Table(
    "database_move",
    sa.MetaData(),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
)


class MoveState(StrEnum):
    """How far a move is, as its source and its target see it."""

    LEAVING = "leaving"
    LEFT = "left"
    ARRIVING = "arriving"


@dataclass(frozen=True, slots=True)
class Move:
    """A move that concerns a database. `place` is the URL of the other one, without its password."""

    id: str
    state: MoveState
    place: str

    @property
    def refusal(self) -> DatabaseMisconfigured:
        match self.state:
            case MoveState.LEFT:
                said = (
                    f"this database was moved to {self.place}; set PRESSROOM_DATABASE_URL (or --database) to that one"
                )
            case MoveState.LEAVING:
                said = (
                    f"this database is being moved to {self.place}; finish with the same `pressroom database move` "
                    "once more, or stay here with --cancel added to it"
                )
            case MoveState.ARRIVING:
                said = (
                    f"a move from {self.place} to this database has not ended; finish it with the same "
                    "`pressroom database move` once more"
                )
        return DatabaseMisconfigured(said)


def move_of(connection: sa.Connection) -> Move | None:
    """Return the move that concerns a database, if one does."""
    there = sa.inspect(connection)
    if not (there.has_table(_versions.name) and there.has_table(_moves.name)):
        return None
    row = connection.execute(_moves.select()).one_or_none()
    return Move(row.id, MoveState(row.state), row.place) if row else None


def mark_move(connection: sa.Connection, move: Move | None) -> None:
    """Mark a database, which has its tables already; None takes the mark off."""
    connection.execute(_versions.delete().where(_versions.c.version_num == MARK))
    _moves.drop(connection, checkfirst=True)
    if move is not None:
        _moves.create(connection)
        connection.execute(_moves.insert().values(id=move.id, state=move.state.value, place=move.place))
        connection.execute(_versions.insert().values(version_num=MARK))
