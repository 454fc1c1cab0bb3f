"""What tests about imported lists share: what becomes of a file, and files of people whose states are known."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st

from subscribers import UNCONFIRMED, Column, Invalid, Meaning, Reason, State, UnreadableList
from subscribers.adapters.import_file import open_import_file
from subscribers.import_list import ImportOptions
from subscribers.import_row import ImportRow
from subscribers.leaving_words import plain
from subscribers.vendors import ANYWHERE
from tests.readers import NOW

LISTS = Path(__file__).parent / "data" / "lists"
BLIND = LISTS / "blind"
"""Made by somebody who had not seen how lists are read; README.md there says from what."""

ACTIVE = "active"
REASONS = {
    "left": Reason.UNSUBSCRIBED,
    "removed": Reason.REMOVED,
    "bounced": Reason.BOUNCED,
    "complained": Reason.COMPLAINED,
}
MEANINGS: Mapping[str, Meaning] = {**REASONS, "never_confirmed": UNCONFIRMED, ACTIVE: State.ACTIVE}


@dataclass(frozen=True)
class Outcome:
    """What an import would make of a file: `doubts` stop it, and then nobody becomes anything."""

    active: frozenset[str] = frozenset()
    left: Mapping[str, Reason] = field(default_factory=dict)
    lines: frozenset[int] = frozenset()
    """The lines that became rows, or are reported as invalid."""
    doubts: tuple[str, ...] = ()
    invalid: tuple[Invalid, ...] = ()
    remarks: tuple[str, ...] = ()


def outcome(path: Path, options: ImportOptions | None = None) -> Outcome:
    """Read a file as an import does, without a database: whoever left by any of their lines has left."""
    try:
        with open_import_file(path, options or ImportOptions()) as opened:
            lines = list(opened.read(NOW))
            doubts, remarks = tuple(opened.doubts), tuple(opened.remarks)
    except UnreadableList as refused:
        return Outcome(doubts=(str(refused),))
    if doubts:
        return Outcome(lines=frozenset(line.line for line in lines), doubts=doubts)
    rows = [line for line in lines if isinstance(line, ImportRow)]
    left: dict[str, Reason] = {}
    for row in rows:
        if row.leaving is not None:
            known = left.get(row.address.canonical, row.leaving)
            left[row.address.canonical] = max(known, row.leaving, key=lambda reason: reason.weight)
    active = {row.address.canonical for row in rows if row.leaving is None and row.state is State.ACTIVE}
    invalid = tuple(line for line in lines if isinstance(line, Invalid))
    return Outcome(frozenset(active - set(left)), left, frozenset(line.line for line in lines), (), invalid, remarks)


@dataclass(frozen=True)
class Made:
    """A file of people with known states, and how an honest editor would have it read."""

    name: str
    data: bytes
    truth: Mapping[str, str]
    lines: frozenset[int]
    options: ImportOptions

    def written_to(self, folder: Path) -> Path:
        path = folder / self.name
        path.write_bytes(self.data)
        return path


WORDS: list[dict[str, str]] = json.loads((BLIND / "words.json").read_text("utf-8"))
_VALUES = {
    state: sorted({one["word"] for one in WORDS if one["kind"] == "value" and one["meaning"] == state})
    for state in MEANINGS
}
_COLUMNS = sorted({one["word"] for one in WORDS if one["kind"] == "column"})
_CODES = {"C", "U", "B", "S", "P"}
"""Words that say nothing outside a column of states."""
_ADDRESS_NAMES = ["email", "Email Address", "E-Mail-Adresse", "Adresse e-mail", "Correo electrónico", "メールアドレス", "电子邮件", "EMAIL", "e_mail"]  # fmt: skip
_JOINING = re.compile(r"(?i)confirm|opt(?:ed)?.?in|doi")
_NEUTRAL = ["k", "Feld 7", "custom_3", "Info", "Abo", "Kolumne", "xyz", "Группа", "備考"]
_DATES = ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y %I:%M %p", "%d %b %Y", "%b %d, %Y", "%a, %d %b %Y %H:%M:%S GMT", "%Y/%m/%d"]  # fmt: skip
_UNREADABLE = ["last spring", "gestern", "yes", "x", "31/31/2024", "2024", "unknown", "?"]
_NAMES = ["Ada Lovelace", "Jörg Müller", "Nguyễn Ødegård", "山田 花子", "O'Neil", "Smith, Jr.", 'von "der" Heide', "Conrad Black", ""]  # fmt: skip
_INNOCENT = {
    "Name": _NAMES,
    "Town": ["Vienna", "Wien", "Berlin", "Praha", "東京", "São Paulo", "Łódź", "Oslo", "Rom", ""],
    "Points": ["0", "1", "17", "230", "4.5", "9", "12", "33", "48", "51"],
    "created_at": ["2024-01-02", "2023-11-05 10:00:00", "2024-02-29T00:00:00Z", ""],
}


@st.composite
def lists_of_known_people(draw: st.DrawFn) -> Made:
    """Return a list in which some left, said in one or two of the ways in which lists say it, and perhaps damaged."""
    people = draw(st.lists(st.sampled_from([ACTIVE, ACTIVE, *MEANINGS]), min_size=2, max_size=14))
    people[0] = ACTIVE
    truth = {f"p{number}@example.com": state for number, state in enumerate(people)}
    columns: dict[str, list[str]] = {draw(st.sampled_from(_ADDRESS_NAMES)): [_wrapped(draw, each) for each in truth]}
    address = next(iter(columns))
    for name in draw(st.lists(st.sampled_from(sorted(_INNOCENT)), unique=True, max_size=3)):
        columns[name] = draw(st.lists(st.sampled_from(_INNOCENT[name]), min_size=len(people), max_size=len(people)))
    said = draw(st.sampled_from(["words", "words", "dates", "switch", "tags", "attributes", "codes", "split", "name", "beside", "divider"]))  # fmt: skip
    options = _say(draw, said, people, columns)
    options = ImportOptions({Column.ADDRESS: (address,), **options.mapped}, None, options.ignored, options.words)
    rows = [list(columns), *map(list, zip(*columns.values(), strict=True))]
    order = draw(st.permutations(range(len(columns))))
    rows = [[row[place] for place in order] for row in rows]
    if said == "divider":
        rows = _divided(draw, rows, people)
    return _file(draw, rows, truth, options)


def _wrapped(draw: st.DrawFn, address: str) -> str:
    return draw(
        st.sampled_from(
            [address] * 8
            + [address.upper(), f" {address} ", f"<{address}>", f"Ada L <{address}>", f"mailto:{address}", f"'{address}'",
               f"\u200b{address}", f"“{address}”", address.replace("@", "＠"), f"{address}."]
        )
    )  # fmt: skip


def _word(draw: st.DrawFn, state: str, *, code: bool = True) -> str:
    word = draw(st.sampled_from([word for word in _VALUES[state] if code or word not in _CODES]))
    shape = draw(st.sampled_from(["as it is"] * 5 + ["upper", "title", "spaces", "markup"]))
    return {"upper": word.upper(), "title": word.title(), "spaces": f"  {word}\u00a0", "markup": f"<b>{word}</b>"}.get(
        shape, word
    )


def _name_of_column(draw: st.DrawFn, taken: Mapping[str, object], *, of_date: bool = False) -> str:
    """Return a name for the column that says who left; below some, a date says to whoever reads it that they joined."""
    names = st.one_of(st.sampled_from(_NEUTRAL), st.sampled_from(_COLUMNS), st.just("Status"))
    shapes = st.sampled_from([str, str, str.upper, str.title, lambda name: f"x {name}"])
    folded = {name.lower() for name in taken}
    return draw(
        st.builds(lambda shape, name: shape(name), shapes, names).filter(
            lambda name: name.lower() not in folded and not (of_date and _JOINING.search(name))
        )
    )


def _divided(draw: st.DrawFn, rows: list[list[str]], people: list[str]) -> list[list[str]]:
    """Return the rows with those who left below a line that says so, which nothing else does."""
    states = sorted({state for state in people if state != ACTIVE})
    header, below = rows[0], rows[1:]
    divided = [header, *(row for row, state in zip(below, people, strict=True) if state == ACTIVE)]
    for each in states:
        line = draw(st.sampled_from(["{}", "{}:", "--- {} ---", "# {}", "[{}]", "== {}"])).format(
            _word(draw, each, code=False)
        )
        divided.append([line, *[""] * (len(header) - 1)] if draw(st.booleans()) else [line])
        divided += [row for row, state in zip(below, people, strict=True) if state == each]
    return divided


def _aside(draw: st.DrawFn, state: str, shapes: list[str], bare: list[str]) -> tuple[str, str]:
    """Return the pattern of a cell that says that somebody left beside what it holds, and the word for it.

    What is not set apart from a name counts if it is a status wherever it is used: Black and Leaver are names.
    """
    word = _word(draw, state, code=False)
    known = plain(word) in ANYWHERE and ANYWHERE[plain(word)] is not State.ACTIVE
    return draw(st.sampled_from(shapes + bare * known)), word


def _say(draw: st.DrawFn, said: str, people: list[str], columns: dict[str, list[str]]) -> ImportOptions:
    """Add the columns that say who left, and return how an honest editor would have them read."""
    name = _name_of_column(draw, columns, of_date=said in ("dates", "split"))
    if said == "words":
        columns[name] = [_word(draw, state, code=name == "Status") for state in people]
        words = {cell.lower().strip(): MEANINGS[state] for cell, state in zip(columns[name], people, strict=True)}
        return ImportOptions(
            {Column.STATUS: (name,)}, None, tuple(set(columns) - {name}), _unequivocal(words, columns[name], people)
        )
    if said == "codes":
        codes = {ACTIVE: "C", "left": "U", "bounced": "B", "never_confirmed": "S", "complained": "P", "removed": "R"}
        columns[name] = [codes[state] for state in people]
        return ImportOptions(
            {Column.STATUS: (name,)},
            None,
            tuple(set(columns) - {name}),
            {code.lower(): MEANINGS[state] for state, code in codes.items()},
        )
    if said == "switch":
        on, off = draw(
            st.sampled_from([("1", "0"), ("yes", "no"), ("true", "false"), ("x", ""), ("ja", "nein"), ("t", "f")])
        )
        columns[name] = [off if state == ACTIVE else on for state in people]
        return ImportOptions(
            {Column.STATUS: (name,)}, None, tuple(set(columns) - {name}), {on: Reason.UNSUBSCRIBED, off: State.ACTIVE}
        )
    if said == "tags":
        columns["tags"] = [
            "maths" if state == ACTIVE else f"{_word(draw, state, code=False)};maths" for state in people
        ]
        words: dict[str, Meaning] = {}
        for cell, state in zip(columns["tags"], people, strict=True):
            if state != ACTIVE:
                words[cell.rpartition(";")[0].strip().lower()] = Reason.REMOVED
        return ImportOptions({}, None, tuple(set(columns) - {"tags"}), words)
    if said in ("name", "beside"):
        return _say_beside(draw, "Name" if said == "name" else next(iter(columns)), people, columns)
    if said == "divider":
        return ImportOptions({}, None, tuple(columns))
    if said == "attributes":
        key = draw(st.sampled_from(["unsubscribed", "opt_out", "isBounced", "状态 退订", "abgemeldet"]))
        columns["attributes"] = [json.dumps({"town": "Wien", key: state != ACTIVE}) for state in people]
        return ImportOptions()  # it cannot be mapped; an editor gives it a column of its own
    pattern = draw(st.sampled_from(_DATES))
    doubted = name not in _NEUTRAL and not name.startswith("x ")
    days = [
        f"{NOW.replace(year=2024, month=1 + number % 12, day=1 + number % 28):{pattern}}"
        for number in range(len(people))
    ]
    if doubted and said == "dates" and draw(st.booleans()):
        days = draw(st.lists(st.sampled_from(_UNREADABLE), min_size=len(people), max_size=len(people)))
    none = draw(st.sampled_from(["", "", "NULL", "0000-00-00"])) if doubted else ""
    columns[name] = [none if state == ACTIVE else day for state, day in zip(people, days, strict=True)]
    if said == "split" and "Status" not in columns:  # the status knows of some, the date of the others
        half = [state if number % 2 else ACTIVE for number, state in enumerate(people)]
        columns[name] = [none if number % 2 else cell for number, cell in enumerate(columns[name])]
        columns["Status"] = ["active" if state == ACTIVE else "unsubscribed" for state in half]
    return ImportOptions({Column.LEFT: (name,)}, None, tuple(set(columns) - {name, "Status"}))


def _say_beside(draw: st.DrawFn, place: str, people: list[str], columns: dict[str, list[str]]) -> ImportOptions:
    """Let the names, or what stands around the addresses, say who left."""
    names = place == "Name"
    held = [draw(st.sampled_from(_NAMES)) for _ in people] if names else columns[place]
    shapes = ["{0} ({1})", "{0} - {1}", "{1}: {0}"] if names else ["{0} ({1})", "{0} {1}", "{0}?{1}", "{0} -- {1}"]
    bare = ["{0} {1}", "{1} {0}"] if names else ["{1} <p{2}@example.com>"]
    columns[place], given = [], dict[str, Meaning]()
    for number, (cell, state) in enumerate(zip(held, people, strict=True)):
        if state != ACTIVE:
            shape, word = _aside(draw, state, shapes, bare)
            cell = shape.format(cell, word, number)  # noqa: PLW2901
            given[word.strip().lower()] = Reason.REMOVED
        columns[place].append(cell)
    return ImportOptions({}, None, tuple(set(columns) - {place}), given)


def _unequivocal(words: Mapping[str, Meaning], cells: list[str], people: list[str]) -> dict[str, Meaning]:
    """Return the words with the meanings that they have in this list; one with two meanings has the graver one."""
    found = dict(words)
    for cell, state in zip(cells, people, strict=True):
        if state != ACTIVE:
            found[cell.lower().strip()] = MEANINGS[state]
    return found


def _file(draw: st.DrawFn, rows: list[list[str]], truth: Mapping[str, str], options: ImportOptions) -> Made:
    delimiter = draw(st.sampled_from([",", ",", ";", "\t", "|"]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    lines: set[int] = set()
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=delimiter, lineterminator=end, quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    )
    number = 0
    for index, whole in enumerate(rows):
        number += 1
        damaged = index > 1 and draw(st.integers(0, 9)) == 0  # the first reader shows what a reader's cells are
        row = _damaged(draw, whole) if damaged else whole
        if index and any(cell.strip() for cell in row):
            lines.add(number)
        writer.writerow(row)
        if index and draw(st.integers(0, 19)) == 0:
            number += 1
            text.write(end)
        if index and draw(st.integers(0, 14)) == 0:  # the same line again
            number += 1
            lines.add(number)
            writer.writerow(whole)
    encoding = draw(st.sampled_from(["utf-8"] * 5 + ["utf-8-sig", "utf-16", "cp1252"]))
    name = draw(st.sampled_from(["list.csv", "export (3).csv", "Kontakte.csv", "subscribers.csv", "members.txt"]))
    try:
        data = text.getvalue().encode(encoding)
    except UnicodeEncodeError:  # not all of it is in that encoding
        data = text.getvalue().encode()
    return Made(name, data, truth, frozenset(lines), options)


def _damaged(draw: st.DrawFn, row: list[str]) -> list[str]:
    """Return a row with a cell too many or too few."""
    if draw(st.booleans()):
        return row[: draw(st.integers(1, len(row)))]
    place = draw(st.integers(0, len(row)))
    return [*row[:place], draw(st.sampled_from(["extra", "Jr.", " L"])), *row[place:]]
