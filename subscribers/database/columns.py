"""Column types that both databases understand, and the Core table behind a model.

Most columns need nothing from here: SQLModel reads their annotation, and a datetime is stored and returned in UTC.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

BigId = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""A number for each of many rows. SQLite numbers rows by itself only in a column of type INTEGER."""

JsonList = sa.JSON().with_variant(JSONB(), "postgresql")
"""A list of strings."""


EMPTY = {"server_default": ""}
ZERO = {"server_default": "0"}
NO_ITEMS = {"server_default": "[]"}
"""What a column holds that an INSERT leaves out: for Field(sa_column_kwargs=...)."""


def table(row: type[SQLModel]) -> Any:
    """Return the Core table behind a model: rows by the million go through Core, not through objects."""
    return sa.inspect(row).local_table
