"""Functions in SQL that PostgreSQL has, and that engine.py teaches to SQLite: a digest, and small letters of any script."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Any

from sqlalchemy import ColumnElement, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Sha256(FunctionElement[str]):
    """The digest of a column's text, in hexadecimal."""

    inherit_cache = True
    name = "sha256_of"
    type = Text()

    def __init__(self, column: ColumnElement[str]) -> None:
        super().__init__(column)


class Lower(FunctionElement[str]):
    """A column's text in small letters of any script. SQLite's own `lower` changes A to Z alone, and segments rely on that."""

    inherit_cache = True
    name = "lower_of"
    type = Text()

    def __init__(self, column: ColumnElement[str]) -> None:
        super().__init__(column)


def teach(connection: sqlite3.Connection) -> None:
    """Add the functions to a connection to SQLite."""
    connection.create_function(Sha256.name, 1, _sha256, deterministic=True)
    connection.create_function(Lower.name, 1, _lower, deterministic=True)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


@compiles(Sha256, "sqlite")
@compiles(Lower, "sqlite")
def _sqlite(element: FunctionElement[str], compiler: SQLCompiler, **options: Any) -> str:
    return f"{element.name}({compiler.process(element.clauses, **options)})"


@compiles(Sha256, "postgresql")
def _sha256_of(element: Sha256, compiler: SQLCompiler, **options: Any) -> str:
    return f"encode(sha256(convert_to({compiler.process(element.clauses, **options)}, 'UTF8')), 'hex')"


@compiles(Lower, "postgresql")
def _lower_of(element: Lower, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"
