"""Many values in one parameter, as JSON: SQLAlchemy and the drivers are slow with thousands of parameters or statements.

PostgreSQL expects a hundred rows of JSON that is taken apart, and reads a table of some thousand rows as a whole for
them. It expects ten of an array, and uses the index: so what narrows a table down is an array there. But when it reads
the table all the same, as one that was empty when the statement was prepared, it compares each row with each value of
the array: thousands of values are joined with the table, which takes a hash table then.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Text, bindparam, cast, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Among(FunctionElement[Any]):
    """A column's value is one of those in the JSON list that a parameter holds."""

    inherit_cache = True
    name = "among"

    def __init__(self, column: ColumnElement[Any], parameter: str) -> None:
        super().__init__(column, bindparam(parameter, type_=Text()))


class AmongMany(Among):
    """The same for thousands of values, whatever the size of the table."""

    inherit_cache = True


class JsonRows:
    """The rows of a JSON list of lists that a parameter holds, for an UPDATE of many rows: [[id, ...], ...]."""

    def __init__(self, parameter: str) -> None:
        self._parameter = parameter
        self._value: ColumnElement[Any] = (
            _Elements(bindparam(parameter, type_=Text())).table_valued("value", name=parameter).c.value
        )

    def item(self, number: int) -> ColumnElement[str]:
        """Return an item of the row, as text; they count from 0."""
        return self._value.op("->>")(literal_column(str(number)))

    def named_by(self, column: ColumnElement[int]) -> ColumnElement[bool]:
        """Return the condition that a table's id is the row's first item."""
        return (column == cast(self.item(0), BigInteger)) & _Narrowed(column, bindparam(self._parameter, type_=Text()))


class _Elements(FunctionElement[Any]):
    inherit_cache = True
    name = "elements"


class _Narrowed(FunctionElement[Any]):
    """True on SQLite, which finds each row by its id anyway."""

    inherit_cache = True
    name = "narrowed"


@compiles(Among, "sqlite")
def _among_sqlite(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = _compiled(element, compiler, options)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both are SQL by now, with values bound


@compiles(Among, "postgresql")
def _among_postgresql(element: Among, compiler: SQLCompiler, **options: Any) -> str:
    column, array = _array(element, compiler, options)
    return f"{column} = ANY({array})"


@compiles(AmongMany, "postgresql")
def _among_many_postgresql(element: AmongMany, compiler: SQLCompiler, **options: Any) -> str:
    column, array = _array(element, compiler, options)
    return f"{column} IN (SELECT value FROM unnest({array}) AS value)"  # noqa: S608 - see above


def _array(element: Among, compiler: SQLCompiler, options: dict[str, Any]) -> tuple[str, str]:
    column, values = _compiled(element, compiler, options)
    kind = "BIGINT" if isinstance(next(iter(element.clauses)).type, Integer) else "TEXT"
    return column, f"ARRAY(SELECT CAST(jsonb_array_elements_text(CAST({values} AS jsonb)) AS {kind}))"


@compiles(_Elements, "sqlite")
def _elements_sqlite(element: _Elements, compiler: SQLCompiler, **options: Any) -> str:
    (values,) = _compiled(element, compiler, options)
    return f"json_each({values})"


@compiles(_Elements, "postgresql")
def _elements_postgresql(element: _Elements, compiler: SQLCompiler, **options: Any) -> str:
    (values,) = _compiled(element, compiler, options)
    return f"jsonb_array_elements(CAST({values} AS jsonb))"


@compiles(_Narrowed, "sqlite")
def _narrowed_sqlite(_element: _Narrowed, _compiler: SQLCompiler, **_options: Any) -> str:
    return "1"


@compiles(_Narrowed, "postgresql")
def _narrowed_postgresql(element: _Narrowed, compiler: SQLCompiler, **options: Any) -> str:
    column, rows = _compiled(element, compiler, options)
    ids = f"SELECT CAST(row_of ->> 0 AS BIGINT) FROM jsonb_array_elements(CAST({rows} AS jsonb)) AS row_of"  # noqa: S608 - see above
    return f"{column} = ANY(ARRAY({ids}))"


def _compiled(element: FunctionElement[Any], compiler: SQLCompiler, options: dict[str, Any]) -> list[str]:
    return [compiler.process(argument, **options) for argument in element.clauses]
