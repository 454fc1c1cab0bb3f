"""Only one module writes readers: no other module has a statement that changes their tables."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
READERS = {"subscriber", "suppression", "course", "consent", "history", "former_subject"}
WRITERS = {"insert", "update", "delete", "insert_rows", "insert_columns"}
ALLOWED = "subscribers/adapters/readers.py"


def writes(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the table of each call that changes a table of readers: insert(tables.subscriber) and so on.

    A function may give a table another name.
    """
    module = ast.parse(source)
    for scope in (module, *(node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))):
        known = {name: name for name in READERS} | dict(aliases(scope))
        for node in ast.walk(scope):
            if isinstance(node, ast.Call) and name_of(node.func) in WRITERS:
                told = [*node.args, *([node.func.value] if isinstance(node.func, ast.Attribute) else [])]
                yield from ((node.lineno, known[name]) for name in map(name_of, told) if name in known)


def aliases(scope: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the other names that a function gives to tables of readers, with the table: `table = tables.subscriber`."""
    if not isinstance(scope, ast.FunctionDef):
        return
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign):
            names = getattr(node.targets[0], "elts", node.targets)
            values = getattr(node.value, "elts", [node.value])
            for name, value in zip(names, values, strict=False):
                if name_of(value) in READERS:
                    yield name_of(name), name_of(value)


def name_of(node: ast.AST) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def in_sql(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line of each string of SQL that changes a table of readers."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.lower().replace('"', "").split()
            for verb, table in itertools.pairwise(words):
                if (
                    verb in ("into", "update", "from", "copy")
                    and table in READERS
                    and words[0] in ("insert", "update", "delete", "copy")
                ):
                    yield node.lineno, table


def test_only_the_store_of_readers_writes_its_tables() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {table}"
        for package in ("subscribers", "publisher")
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts and str(path.relative_to(ROOT)) != ALLOWED
        for line, table in (*writes(path.read_text(encoding="utf-8")), *in_sql(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_the_search_itself_works() -> None:
    samples = ("insert(tables.subscriber)", "update(subscriber).values(x=1)", "tables.course.delete()",
               "text('DELETE FROM suppression')", "text('COPY consent (at) FROM STDIN')", "insert_rows(connection, tables.consent, rows)",
               "insert_columns(connection, tables.consent, columns)",
               "def late():\n    table = tables.subscriber\n    update(table)")  # fmt: skip
    assert all([*writes(each), *in_sql(each)] for each in samples)
    assert not [*writes("update(tables.email)"), *in_sql("text('SELECT 1 FROM subscriber')")]
    assert [*writes((ROOT / ALLOWED).read_text(encoding="utf-8"))]
