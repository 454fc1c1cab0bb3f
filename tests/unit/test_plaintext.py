"""Only one module knows the control characters, and only one prints."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from plaintext import BREAKING, escaped, printable

ROOT = Path(__file__).parents[2]
SOURCES = [path for package in ("publisher", "subscribers") for path in sorted((ROOT / package).rglob("*.py"))]
SPEAKERS = {"publisher/cli/output.py", "publisher/cli/__init__.py"}
"""They hold the streams; everything else says what it has to say through them, or logs it."""


def test_no_other_file_has_a_pattern_of_control_characters() -> None:
    spelled = [path for path in SOURCES if re.search(r"\\x(?:00|1f|7f|9f)[-\\\]]", path.read_text("utf-8"))]
    assert not spelled


def test_no_other_file_writes_to_a_terminal() -> None:
    for path in SOURCES:
        if path.relative_to(ROOT).as_posix() in SPEAKERS:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                assert called not in ("print", "echo", "secho", "Console"), f"{path}:{node.lineno}"
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "sys.stdout":
                raise AssertionError(f"{path}:{node.lineno} writes to stdout")


@given(st.text())
def test_printable_text_is_one_line_of_the_same_length(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert len(shown.splitlines()) <= 1
    assert not BREAKING.search(shown)
    assert printable(shown) == shown


@given(st.dictionaries(st.text(), st.text() | st.lists(st.text())))
def test_escaping_does_not_change_what_json_means(value: object) -> None:
    written = escaped(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(written) == value
    assert not BREAKING.search(written.replace("\n", ""))
