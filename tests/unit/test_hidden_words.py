"""Whatever encoding a list is taken to be in: if its bytes say in the right one that somebody left, it is read or asked for."""

from __future__ import annotations

import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from subscribers.adapters.import_text import text_form, understood
from subscribers.encodings import Unsure, find_encoding
from subscribers.errors import UnreadableList
from subscribers.hidden_words import tells
from subscribers.import_list import ImportOptions
from tests.lists import WORDS, outcome
from tests.long import some
from tests.unit.test_leaving_words import PHRASES

NAMES = ["Jörg", "Müller", "Käthe", "Hélène", "José", "Núñez", "João", "Åsa", "Björk", "Łukasz", "Jiří", "Dvořák", "Győr", "Şükrü", "Иван", "Наталья", "Петров", "Γιώργος", "Ελένη"]  # fmt: skip
ENCODINGS = [
    *("cp1252", "latin-1", "iso8859-15", "mac-roman", "cp850", "cp437", "cp1250", "iso8859-2", "cp852", "mac-latin2"),
    *("cp1254", "iso8859-9", "cp1257", "cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic", "cp1253", "iso8859-7"),
    *("cp1255", "cp1256"),
]
FORMS = ["{m}{w}", "{w}{m}", "{m}{w}{m}", "{m} {w}", "Bob {m} {w}", "Bob {m}{w}{m}", "{w}{m}Bob", "{w}{m} <left@example.com>", "{m}{w} <left@example.com>", "left@example.com{m}{w}"]  # fmt: skip
LEAVING = sorted(
    {one["word"] for one in WORDS if one["kind"] == "value" and one["meaning"] != "active"}.union(*PHRASES.values())
)


def marks(encoding: str) -> list[str]:
    """Return every character above 127 of an encoding that is no letter."""
    every = (bytes([byte]).decode(encoding, "ignore") for byte in range(128, 256))
    return [char for char in every if char and unicodedata.category(char)[0] not in "LM"]


def in_encoding(words: list[str], encoding: str) -> list[str]:
    return [word for word in words if word == word.encode(encoding, "ignore").decode(encoding)]


PLACES = [(encoding, mark) for encoding in ENCODINGS for mark in marks(encoding)]
SAID = {encoding: [word for word in in_encoding(LEAVING, encoding) if tells(word)] for encoding in ENCODINGS}


def hidden(encoding: str, cells: list[str]) -> list[str]:
    """Return the cells of a list that say in its encoding that somebody left, and in the one that is found do not."""
    sample = "\n".join(f"p{number}@example.com,{cell}" for number, cell in enumerate(cells)).encode(encoding)
    if sample.isascii():
        return []
    try:
        found = sample.decode(find_encoding(sample).encoding).split("\n")
    except Unsure:
        return []
    return [cell for cell, line in zip(cells, found, strict=True) if tells(cell) and not tells(line.partition(",")[2])]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_mark_beside_a_word_hides_it_in_another_encoding(encoding: str) -> None:
    chance = random.Random(encoding)
    every = [(mark, form) for mark in marks(encoding) for form in FORMS]
    for mark, form in chance.sample(every, some(len(every))):
        cell = form.format(m=mark, w=chance.choice(["left", "abgemeldet", "opt-out", "BAJA", "No mails"]))
        assert not hidden(encoding, [cell])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_word_is_hidden_in_another_encoding(encoding: str) -> None:
    chance = random.Random(encoding)
    for word in chance.sample(SAID[encoding], some(len(SAID[encoding]))):
        mark = chance.choice(["", *marks(encoding)])
        assert not hidden(encoding, [chance.choice(FORMS).format(m=mark, w=word)])
        assert not hidden(encoding, [mark.join(word)])


@st.composite
def lists(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Return an encoding, and cells with names and with words for leaving that have marks before, after or within."""
    encoding = draw(st.sampled_from(ENCODINGS))
    cells = draw(st.lists(st.sampled_from(["Ada", *in_encoding(NAMES, encoding)]), max_size=6))
    for _ in range(draw(st.integers(1, 4))):
        word, mark = draw(st.sampled_from(SAID[encoding])), draw(st.sampled_from(["-", *marks(encoding)]))
        at = draw(st.integers(0, len(word)))
        word = draw(
            st.sampled_from([word, word.upper(), word.title(), word[:at] + mark + word[at:], word.replace(" ", mark)])
        )
        cells.append(draw(st.sampled_from(FORMS)).format(m=mark, w=word))
    return encoding, in_encoding(draw(st.permutations(cells)), encoding)


@settings(max_examples=some(1_500), deadline=None)
@given(lists())
@example(("cp1252", ["±left", "±abgemeldet", "±gone"]))
def test_no_list_hides_a_word_in_another_encoding(made: tuple[str, list[str]]) -> None:
    assert not hidden(*made)


COLUMNS = ["Name", "email", "Note", "tags", "Status", "divider"]


@settings(max_examples=some(1_000), deadline=None)
@given(lists(), st.sampled_from(COLUMNS))
@example(("cp1252", ["Abgemeldet\u00a0 <left@example.com>"]), "email")
@example(("cp1252", ["“abgemeldet”"]), "divider")
@example(("cp437", ["Ada", "Ada", "Ada", "Jörg", "¢Blocklistad"]), "Name")
@example(("cp1253", ["¬A la llista de bloqueig <left@example.com>", "5.1.1‚ <left@example.com>"]), "email")
def test_nobody_becomes_a_reader_by_the_encoding_that_is_found(
    tmp_path_factory: pytest.TempPathFactory, made: tuple[str, list[str]], column: str
) -> None:
    encoding, cells = made
    assume(
        not any("\x80" <= char < "\xa0" for cell in cells for char in cell)
    )  # such bytes are letters or marks elsewhere
    path = tmp_path_factory.mktemp("lists") / "list.csv"
    path.write_bytes("\n".join(["email,Name,Note,tags,Status", *_rows(cells, column)]).encode(encoding))
    right = outcome(path, ImportOptions(encoding=encoding))
    became = outcome(path)
    assert became.doubts or (not right.doubts and became.active <= right.active), (right, became)


def _rows(cells: list[str], column: str) -> list[str]:
    """Return the rows of a list with each cell in the column, or as a line of its own."""
    rows = []
    for number, cell in enumerate(cells):
        row = {"email": f"p{number}@example.com", "Name": "Ada", "Note": f"n {number}", "tags": "", "Status": "active"}
        if column == "divider":
            rows.append(cell)
        elif column != "email" or "@" in cell:
            row[column] = cell
        rows.append(",".join(row.values()))
    return rows


def test_a_list_is_asked_for_by_the_words_that_are_at_stake(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"email,Name\np1@example.com,Bob \xb1left\n")
    with path.open("rb") as raw, pytest.raises(UnreadableList, match="'Bob ±left' in "):
        text_form(raw, path, None)
    path.write_bytes(
        "email,Name\np1@example.com,Jörg Käthe\np2@example.com,Müller Günter Weiß Schröder\np3@example.com,Bob\u00a0\n".encode(
            "cp1252"
        )
    )
    with path.open("rb") as raw:
        assert text_form(raw, path, None).encoding == "cp1252"


def test_a_byte_that_only_the_end_of_a_long_list_has_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    long = "".join(f"p{number}@example.com,Jörg\n" for number in range(5_000)).encode("cp1252")
    path.write_bytes(b"email,Name\n" + long + b"x@example.com,Bob\n" * 90_000 + b"y@example.com,\x81left\n")
    with path.open("rb") as raw:
        form = text_form(raw, path, None)
        raw.seek(0)
        with pytest.raises(UnreadableList), understood(path, raw, form.encoding) as text:
            text.read()


READ_AS = ["latin-1", "cp1252", "cp1250", "cp1251", "mac-roman", "cp437", "cp850"]


@settings(max_examples=some(1_000), deadline=None)
@given(
    st.sampled_from(FORMS),
    st.sampled_from(LEAVING),
    st.sampled_from(["\u00a0", "“", "”", "–", "«", "†", "\u00ad"]),
    st.sampled_from(READ_AS),
)
def test_a_word_that_was_saved_in_a_wrong_encoding_before_is_known(
    form: str, word: str, mark: str, encoding: str
) -> None:
    cell = form.format(m=mark, w=word)
    spoilt = "".join(_read(byte, encoding) for byte in cell.encode())
    assert tells(spoilt) or not tells(cell)


def _read(byte: int, encoding: str) -> str:
    try:
        return bytes([byte]).decode(encoding)
    except UnicodeDecodeError:
        return chr(byte)
