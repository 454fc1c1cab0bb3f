"""The table of the language of segments says what the code does."""

from __future__ import annotations

import re

from subscribers import State
from subscribers.segments import FIELDS, Type
from tests.docs.manual import ROOT, rows

TEXT = (ROOT / "docs" / "subscribers.md").read_text(encoding="utf-8")
VALUES = {
    Type.TEXT: "text", Type.TEXTS: "text", Type.STATE: ", ".join(f"`{state}`" for state in State),
    Type.SECTION: "a section's id", Type.DAY: "day", Type.NUMBER: "number", Type.YES_NO: "`yes` or `no`",
}  # fmt: skip


def test_the_reference_has_every_field_with_its_operators_and_values_and_no_other() -> None:
    documented = {name.strip("`"): (operators, value) for name, operators, value, _ in rows(TEXT)}
    expected = {
        name: (" ".join(f"`{operator}`" for operator in type_.operators), VALUES[type_])
        for name, type_ in FIELDS.items()
    }
    assert documented == expected
    assert list(documented) == list(FIELDS)


def test_every_character_that_needs_no_quotation_marks_is_named() -> None:
    from subscribers.segments import BARE_WORD

    [named] = re.findall(r"letters, digits and `([^`]+)`", TEXT)
    printable = [chr(code) for code in range(33, 127) if not chr(code).isalnum()]
    assert set(named.split()) == {character for character in printable if BARE_WORD.fullmatch(character)}
