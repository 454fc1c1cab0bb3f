"""Column types that both databases understand, and the Core table of a model.

Most columns need nothing from here: SQLModel derives their type from the annotation, and stores and returns datetimes
in UTC.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A row's number in a table of many rows. SQLite assigns numbers itself only in a column of type INTEGER."""


class JsonList(TypeDecorator[Any]):
    """A list of strings, or another small JSON value; PostgreSQL's dialect is imported only where it is used."""

    impl = sa.JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(sa.JSON())
        from sqlalchemy.dialects.postgresql import JSONB

        return dialect.type_descriptor(JSONB())


EMPTY = {"server_default": ""}
ZERO = {"server_default": "0"}
NO_ITEMS = {"server_default": "[]"}
"""The defaults of columns that an INSERT omits, for Field(sa_column_kwargs=...)."""


def table(row: type[SQLModel]) -> Any:
    """Return the Core table of a model: millions of rows go through Core, not through objects."""
    return sa.inspect(row).local_table
