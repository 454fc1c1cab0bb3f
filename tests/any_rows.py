"""Rows of any kind for every table of the database, made from a seed: a table or column that is added is filled, too."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import sqlalchemy as sa
from sqlmodel import UTCDateTime

from publisher.issue import DeliveryState
from subscribers import every_table
from subscribers.database import JsonList

WORDS = ("", "plain", "Jörg", "読者", "a;b", '"quoted"', "line\nbreak", "{curly}", "\\x00", "🙂", "null", "1")


def fill_by_chance(engine: sa.Engine, seed: int, *, fewest: int = 0, most: int = 6) -> None:
    """Put rows into every table, as many as chance says; fewer where rows that they refer to are missing."""
    chance = random.Random(seed)
    made: dict[str, list[dict[str, Any]]] = {}
    with engine.begin() as connection:
        for table in every_table():
            made[table.name] = [_row(chance, table, number, made) for number in range(chance.randint(fewest, most))]
            made[table.name] = [row for row in made[table.name] if row]
            if made[table.name]:
                connection.execute(table.insert(), made[table.name])


def _row(chance: random.Random, table: sa.Table, number: int, made: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in table.c:
        unique = column.unique or column.primary_key or column.name == "canonical"
        if column.foreign_keys:
            (key,) = column.foreign_keys
            others = made[key.column.table.name]
            if not others:
                return {}
            row[column.name] = (others[number % len(others)] if unique else chance.choice(others))[key.column.name]
            if unique and number >= len(others):
                return {}
        elif column.nullable and chance.random() < 0.4:
            row[column.name] = None
        else:
            row[column.name] = _value(chance, column, number if unique else None)
    return row


def _value(chance: random.Random, column: sa.Column[Any], unique: int | None) -> Any:
    if isinstance(column.type, UTCDateTime):
        return dt.datetime.fromtimestamp(chance.randrange(-(10**9), 4 * 10**9), dt.UTC) + dt.timedelta(
            microseconds=chance.choice([0, 1, 250_000, 999_999])
        )
    if isinstance(column.type, JsonList):
        return chance.choice([[], ["a", "ü"], {"b": 1, "a": None}, [["nested", 2]]])
    if isinstance(column.type, sa.LargeBinary):
        return chance.randbytes(chance.randrange(300))
    if isinstance(column.type, sa.Boolean):
        return chance.random() < 0.5
    if isinstance(column.type, sa.Integer):
        return chance.randrange(1000) if unique is None else unique * 3 + 1
    if column.table.name == "delivery" and column.name == "state":
        return chance.choice(list(DeliveryState)).value
    word = chance.choice(WORDS) if unique is None else f"{chance.choice(WORDS)}{unique}"
    return word[: getattr(column.type, "length", None)]
