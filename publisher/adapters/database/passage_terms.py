"""What the search keeps of passages, in the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Final

import sqlalchemy as sa

from publisher.adapters.database.tables import passage_terms as rows
from subscribers.database import Among, reading, upsert, writing

_AT_ONCE: Final = 500


class DatabasePassageTerms:
    """Implements ports.PassageTerms."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def read(self) -> Mapping[str, str]:
        with reading(self._engine) as connection:
            return {row.hash: row.terms for row in connection.execute(sa.select(rows.c.hash, rows.c.terms))}

    def write(self, made: Mapping[str, str], gone: Collection[str]) -> None:
        added = [{"hash": hash_, "terms": terms} for hash_, terms in sorted(made.items())]
        dropped = sorted(gone)
        with writing(self._engine) as connection:
            statement = upsert(connection, rows).on_conflict_do_nothing()
            for start in range(0, len(added), _AT_ONCE):
                connection.execute(statement, added[start : start + _AT_ONCE])
            for start in range(0, len(dropped), _AT_ONCE):
                connection.execute(
                    rows.delete().where(Among(rows.c.hash, "gone")),
                    {"gone": json.dumps(dropped[start : start + _AT_ONCE])},
                )
