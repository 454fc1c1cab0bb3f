"""The SHA-256 of a text in SQL, in hexadecimal: PostgreSQL has it, and engine.py teaches it to SQLite."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

from sqlalchemy import ColumnElement, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Sha256(FunctionElement[str]):
    """The digest of a column's text."""

    inherit_cache = True
    name = "sha256_of"
    type = Text()

    def __init__(self, column: ColumnElement[str]) -> None:
        super().__init__(column)


def teach_sha256(connection: sqlite3.Connection) -> None:
    """Add the function to a connection to SQLite."""
    connection.create_function(Sha256.name, 1, _sha256, deterministic=True)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@compiles(Sha256, "sqlite")
def _sqlite(element: Sha256, compiler: SQLCompiler, **options: Any) -> str:
    return f"{Sha256.name}({compiler.process(element.clauses, **options)})"


@compiles(Sha256, "postgresql")
def _postgresql(element: Sha256, compiler: SQLCompiler, **options: Any) -> str:
    return f"encode(sha256(convert_to({compiler.process(element.clauses, **options)}, 'UTF8')), 'hex')"
