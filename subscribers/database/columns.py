"""Column types that both databases understand, and the Core table behind a model."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A number for each of many rows. SQLite numbers rows by itself only in a column of type INTEGER."""

JsonList = sa.JSON().with_variant(JSONB(), "postgresql")
"""A list of strings."""


class Moment(sa.TypeDecorator[dt.datetime]):
    """An aware datetime, in UTC on the way out. SQLite drops zones, so it is stored there as UTC without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone; the database takes aware datetimes only")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: sa.Dialect) -> dt.datetime | None:  # noqa: ARG002  SQLAlchemy's interface
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def table(row: type[SQLModel]) -> Any:
    """Return the Core table behind a model: rows by the million go through Core, not through objects."""
    return sa.inspect(row).local_table
