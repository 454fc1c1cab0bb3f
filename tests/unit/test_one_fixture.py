"""The tests have one clock that can be set, and one way to make a publication: tests/publication.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
HOME = TESTS / "publication.py"


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("clock", r"def steady\("),
        ("publication", r"Publication\.model_validate\(\{\n"),
        ("copy of the example", r"""copytree\((?:shipped\("content"\)|ROOT / "content")"""),
    ],
)
def test_there_is_no_second_one(what: str, pattern: str) -> None:
    # The documented commands copy the example beside a mail server of their own, as a reader of them would.
    files = [path for path in TESTS.rglob("*.py") if path not in (HOME, Path(__file__)) and path.parent.name != "docs"]
    found = [path.relative_to(TESTS) for path in files if re.search(pattern, path.read_text("utf-8"))]
    assert found == [], f"a second {what}: use the one of {HOME.relative_to(TESTS.parent)}"
