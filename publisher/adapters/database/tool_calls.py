"""The log of assistants' calls in the database."""

from __future__ import annotations

import dataclasses

import sqlalchemy as sa

from publisher.adapters.database.tables import tool_call as rows
from publisher.ports import ToolCall
from subscribers.database import insert_once, reading, writing

_FIELDS = tuple(field.name for field in dataclasses.fields(ToolCall))


class DatabaseToolCalls:
    """Implements ports.ToolCalls."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def find(self, key: str) -> ToolCall | None:
        return self._first(rows.select().where(rows.c.key == key))

    def begin(self, call: ToolCall) -> ToolCall:
        with writing(self._engine) as connection:
            insert_once(connection, rows, dataclasses.asdict(call))
        return self._known(call.key)

    def finish(self, key: str, result: str) -> ToolCall:
        with writing(self._engine) as connection:
            connection.execute(rows.update().where(rows.c.key == key, rows.c.result.is_(None)).values(result=result))
        return self._known(key)

    def unfinished(self, tool: str, digest: str) -> ToolCall | None:
        of = rows.select().where(rows.c.digest == digest, rows.c.tool == tool, rows.c.result.is_(None))
        return self._first(of.order_by(rows.c.id.desc()))

    def _known(self, key: str) -> ToolCall:
        found = self.find(key)
        assert found is not None, "calls are never deleted"
        return found

    def _first(self, query: sa.Select[tuple[object, ...]]) -> ToolCall | None:
        with reading(self._engine) as connection:
            row = connection.execute(query.limit(1)).one_or_none()
        return None if row is None else ToolCall(*(getattr(row, name) for name in _FIELDS))
