"""What lists say of leaving: words in many languages, columns by their names, several columns at once, damaged lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping

import pytest

from subscribers import Column, Invalid, Meaning, Reason, State
from subscribers.cells import addresses_in, tags
from subscribers.dates import DateOrder
from subscribers.import_columns import read_header
from subscribers.import_list import ImportOptions, Lines
from subscribers.import_row import ImportRow
from subscribers.leaving_words import name_in_doubt, value_in_doubt
from tests.lists import ACTIVE, BLIND
from tests.readers import NOW

WORDS = json.loads((BLIND / "words.json").read_text("utf-8"))
CODES = {"C", "U", "B", "S", "P"}


class List:
    """A list as an import reads it: its rows, its invalid lines and its doubts."""

    def __init__(
        self,
        *lines: str,
        ignored: tuple[str, ...] = (),
        words: Mapping[str, Meaning] | None = None,
        dates: DateOrder | None = None,
        file: str = "list.csv",
        **mapped: str,
    ) -> None:
        columns = {Column(kind): tuple(names.split("+")) for kind, names in mapped.items()}
        header = read_header(lines[0], columns, file=file, words=words)
        read = Lines(
            header, NOW, ImportOptions(columns, None, ignored, words or {}, dates), file=file, again=lambda: rows
        )
        rows = list(enumerate(csv.reader(lines[1:], delimiter=header.delimiter), start=2))
        found = list(read.read(rows))
        self.rows = [row for row in found if isinstance(row, ImportRow)]
        self.invalid = [row.why for row in found if isinstance(row, Invalid)]
        self.doubts, self.remarks, self.header = read.doubts(), read.remarks(), header
        self.left = {row.address.written.partition("@")[0]: row.leaving for row in self.rows if row.leaving}
        self.active = {row.address.written.partition("@")[0] for row in self.rows if not row.leaving}


@pytest.mark.parametrize(
    "one",
    [one for one in WORDS if one["kind"] == "value" and one["meaning"] != ACTIVE],
    ids=lambda one: str(one["word"]),
)
def test_a_word_for_leaving_in_a_column_that_is_not_read_is_in_doubt(one: dict[str, str]) -> None:
    assert value_in_doubt(one["word"]) or one["word"] in CODES
    assert value_in_doubt(f"<span>{one['word']}</span>") or one["word"] in CODES


@pytest.mark.parametrize("one", [one for one in WORDS if one["kind"] == "column"], ids=lambda one: str(one["word"]))
def test_a_column_with_a_name_for_leaving_is_in_doubt(one: dict[str, str]) -> None:
    assert name_in_doubt(one["word"])
    assert name_in_doubt(f"x {one['word'].upper()}")


@pytest.mark.parametrize(
    "name", ["company", "Town", "gender", "phone", "Website", "Birthday", "Land", "Ort", "Position", "weekend"]
)
def test_an_ordinary_name_is_not_in_doubt(name: str) -> None:
    assert not name_in_doubt(name)


@pytest.mark.parametrize(
    ("header", "kinds"),
    [
        ("E-Mail-Adresse;Vorname;Nachname;Abgemeldet am", "address first last left"),
        ("Adresse e-mail,Nom,Prénom,Étiquettes,Date d'inscription", "address first last tags created"),
        ("Correo electrónico,Nombre completo,Estado,Fecha de baja", "address name status left"),
        ("Indirizzo email,Nome,Cognome,Stato,Data iscrizione", "address first last status created"),
        ("Endereço de e-mail,Nome completo,Situação,Data de descadastro", "address name status left"),
        ("E-mailadres,Voornaam,Achternaam,Uitgeschreven op", "address first last left"),
        ("Adres e-mail,Imię,Nazwisko,Tagi,Data wypisania", "address first last tags left"),
        ("E-postadress,Förnamn,Efternamn,Avregistrerad den", "address first last left"),
        ("Электронная почта,Имя,Фамилия,Статус,Дата отписки", "address first last status left"),
        ("メールアドレス,氏名,ステータス,配信停止日", "address name status left"),
        ("电子邮件,姓名,状态,退订时间", "address name status left"),
        ("이메일,이름,상태", "address name status"),
        ("EMAIL_ADDRESS,FirstName,last-name,Sign-Up Date", "address first last created"),
    ],
)
def test_columns_are_known_by_their_names_in_many_languages(header: str, kinds: str) -> None:
    assert {column.value for column in read_header(header).places} == set(kinds.split())


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("Ended", ["", "2024-01-02", "2024-02-03", "2024-03-04", "2024-04-05"]),
        ("Feld 7", ["", "2024-01-02", "2024-02-03", "2024-03-04", "2024-04-05"]),
        ("Feld 7", ["NULL", "2024-01-02", "2024-02-03", "2024-03-04", "2024-04-05"]),
        ("Feld 7", ["0", "1", "0", "1", "0"]),
        ("Feld 7", ["C", "U", "B", "S", "P"]),
        ("Feld 7", ["a", "b", "c", "d", "Aboservice: beendet"]),
        ("Feld 7", ["a", "b", "c", "d", "<td class='s'>UNSUBSCRIBED</td>"]),
        ("Feld 7", ["a", "b", "c", "d", "isUnsubscribed"]),
        ("Feld 7", ["a", "b", "c", "d", "un\u00adsubscribed"]),
        ("Feld 7", ["a", "b", "c", "d", "ＵＮＳＵＢＳＣＲＩＢＥＤ"]),
        ("Feld 7", ["{}", '{"a": 1}', '{"b": 2}', '{"c": 3}', '{"unsubscribed": true}']),
        ("Feld 7", ["a", "b", "c", "d", "x" * 300 + " desabonne"]),
    ],
)
def test_a_column_that_is_not_read_stops_however_it_says_who_left(column: str, cells: list[str]) -> None:
    lines = [f'p{number}@example.com,"{cell.replace(chr(34), chr(34) * 2)}"' for number, cell in enumerate(cells)]
    [doubt] = List(f"email,{column}", *lines).doubts
    assert f"the column {column!r} is not read" in doubt
    assert List(f"email,{column}", *lines, ignored=(column,)).doubts == []


@pytest.mark.parametrize(
    ("header", "line", "word"),
    [
        ("email,tags", 'a@example.com,"maths, unsubscribed"', "unsubscribed"),
        ("email,labels", 'a@example.com,"[""maths"", {""name"": ""Abgemeldet""}]"', "Abgemeldet"),
        ("email,name,attributes", 'a@example.com,Ada,"{""city"": ""Wien"", ""opted_out"": true}"', "opted_out: true"),
        ("email,created", "a@example.com,unsubscribed", "unsubscribed"),
    ],
)
def test_a_column_that_is_read_for_something_else_stops_if_it_speaks_of_leaving(
    header: str, line: str, word: str
) -> None:
    said = List(header, line)
    assert any(
        f"{word!r} in the column {header.rpartition(',')[2]!r} may say who left" in doubt for doubt in said.doubts
    )
    silent = List(header, line, ignored=(header.rpartition(",")[2], "list.csv"))
    assert silent.doubts == []


def test_a_tag_means_what_an_editor_says_that_it_means() -> None:
    read = List(
        "email,tags",
        "a@example.com,maths;Unsubscribed",
        "b@example.com,maths",
        words={"unsubscribed": Reason.UNSUBSCRIBED},
    )
    assert (read.doubts, read.left, read.active) == ([], {"a": Reason.UNSUBSCRIBED}, {"b"})


def test_of_two_columns_of_states_the_graver_counts() -> None:
    header = "email,Global status,List status"
    read = List(
        header,
        "a@example.com,subscribed,unsubscribed",
        "b@example.com,bounced,subscribed",
        "c@example.com,subscribed,subscribed",
    )
    assert (read.left, read.active) == ({"a": Reason.UNSUBSCRIBED, "b": Reason.BOUNCED}, {"c"})
    read = List("email,x,y", "a@example.com,active,left", "b@example.com,active,active", status="x+y")
    assert (read.left, read.active) == ({"a": Reason.UNSUBSCRIBED}, {"b"})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a@example.com,sleeping,2024-05-01", Reason.UNSUBSCRIBED),
        ("a@example.com,active,2024-05-01", Reason.UNSUBSCRIBED),
        ("a@example.com,active,last spring", Reason.UNSUBSCRIBED),
        ("a@example.com,pending,05/06/2024", Reason.UNSUBSCRIBED),
        ("a@example.com,bounced,2024-05-01", Reason.BOUNCED),
        ('a@example.com,"subscribed, complained",', Reason.COMPLAINED),
        ("a@example.com,Lovelace, unsubscribed,,", Reason.UNSUBSCRIBED),
        ("a@example.com,Lovelace, active,2024-05-01", Reason.UNSUBSCRIBED),
        ("a@example.com,unsubscribed", Reason.UNSUBSCRIBED),
        ("Ada <a@example.com> (work),unsubscribed,", Reason.UNSUBSCRIBED),
        ("“a＠example.com”.,unsubscribed,", Reason.UNSUBSCRIBED),
        ("a%40example.com,unsubscribed,", Reason.UNSUBSCRIBED),
    ],
)
def test_what_can_be_read_of_a_leaving_counts(line: str, reason: Reason) -> None:
    read = List("email,status,unsubscribed at", line)
    assert (read.left, read.active, read.doubts) == ({"a": reason}, set(), [])


def test_each_of_several_addresses_in_one_cell_has_left() -> None:
    read = List("email,status", '"a@example.com; b@example.com",unsubscribed')
    assert read.left == {"a": Reason.UNSUBSCRIBED, "b": Reason.UNSUBSCRIBED}
    assert [each.written for each in addresses_in("no address, x@, @y")] == []


@pytest.mark.parametrize("line", ["a@example.com", "a@example.com,Ada", "a@example.com,Ada,maths, x,active,,-"])
def test_a_line_with_too_many_or_too_few_cells_is_nobodys_consent(line: str) -> None:
    read = List("email,name,tags,status,unsubscribed at", line)
    assert (read.rows, len(read.invalid)) == ([], 1)


def test_a_cell_too_many_that_moves_an_empty_one_to_the_end_hides_no_leaving() -> None:
    lines = ("a@example.com,Ada,,Wien", "b@example.com,x,Bob,last spring,")
    read = List("email,name,unsubscribed at,town", *lines, ignored=("name", "town"))
    assert (read.active, set(read.left)) == ({"a"}, {"b"})
    ended = List("email,name,unsubscribed at,town", "a@example.com,Ada,,Wien,", "b@example.com,Bob,,,")
    assert ended.active == {"a", "b"}


def test_a_word_that_an_editor_maps_counts_where_it_is_set_apart_from_a_name() -> None:
    words = {"flagged7": Reason.REMOVED}
    read = List("email,name", "a@example.com,Ada", "b@example.com,Bob (Flagged7)", words=words)
    assert (read.active, read.left) == ({"a"}, {"b": Reason.REMOVED})


def test_of_two_cells_in_a_list_of_one_column_no_address_is_made() -> None:
    read = List("email", "a@example.com", "extra|b@example.com", "abgemeldet|c@example.com")
    assert (read.active, set(read.left), len(read.invalid)) == ({"a"}, {"c"}, 1)


def test_missing_cells_that_decide_nothing_are_empty() -> None:
    assert List("email,status,name,tags", "a@example.com,active").active == {"a"}
    assert List("email,name,tags", "a@example.com", ignored=("name", "tags")).active == {"a"}


@pytest.mark.parametrize("said", ["", "Eve (abgemeldet)"])
def test_where_no_column_says_who_left_a_missing_name_or_tag_might_have_said_it(said: str) -> None:
    read = List("email,name,tags", f"e@example.com,{said},maths", "a@example.com", "b@example.com,Bob")
    assert (read.active, len(read.invalid)) == ({"e"}, 2)
    words = {"abgemeldet": Reason.REMOVED}
    assert List("email,name", f"e@example.com,{said}", "a@example.com", words=words).active == (
        {"e"} - {said[:1].lower()}
    )


def test_a_damaged_title_within_a_list_stops_it_even_if_its_column_is_waived() -> None:
    lines = ("email,Name", "a@example.com,Ada", "x,Abgemeldet", "b@example.com,Bob")
    [doubt] = List(*lines, ignored=("email", "Name")).doubts
    assert "'Abgemeldet', cannot be read, and may say that somebody left" in doubt
    assert not List(*lines, ignored=("email", "Name", "Abgemeldet")).doubts


def test_who_never_confirmed_is_no_reader() -> None:
    read = List("email,Confirmed at", "a@example.com,2024-01-02", "b@example.com,")
    assert (read.active, read.invalid) == (
        {"a"},
        ["never confirmed where the list comes from; ask them to sign up here"],
    )
    assert List("email,Confirmed at", "a@example.com,2024-01-02", "b@example.com,unsubscribed").doubts
    assert List("email,k", "a@example.com,2024-01-02", "b@example.com,", confirmed="k").active == {"a"}


def test_a_column_of_addresses_whose_name_says_that_they_left_stops() -> None:
    read = List("Unsubscribed people", "a@example.com", address="Unsubscribed people")
    assert "its name suggests that these people left" in read.doubts[0]


LEFT = "email,status,unsubscribed at,confirmed at"


def test_the_order_of_day_and_month_is_found_from_the_whole_column() -> None:
    read = List(
        LEFT, "a@example.com,active,03/04/2024 10:00,02/04/2024 10:00", "b@example.com,active,,23/04/2024 09:00"
    )
    assert (read.left, read.active, read.doubts) == ({"a": Reason.UNSUBSCRIBED}, {"b"}, [])
    read = List(
        LEFT, "a@example.com,active,03/04/2024 10:00,05/03/2024 10:00", "b@example.com,active,,11/23/2024 09:00"
    )
    assert (read.left, read.active) == ({}, {"a", "b"})


def test_an_order_that_is_not_shown_is_asked_for_where_it_decides_who_left() -> None:
    line = "a@example.com,active,03/04/2024 10:00,05/03/2024 10:00"
    [doubt] = List(LEFT, line).doubts
    assert "on 1 line it depends on the order of day and month" in doubt
    assert List(LEFT, line, dates=DateOrder.DAY_FIRST).left == {"a": Reason.UNSUBSCRIBED}
    assert List(LEFT, line, dates=DateOrder.MONTH_FIRST).active == {"a"}


def test_an_order_that_decides_nothing_is_left_empty_and_said_once() -> None:
    read = List("email,created", "a@example.com,03/04/2024", "b@example.com,05/06/2024", "c@example.com,spring")
    assert (read.doubts, read.active, [row.created for row in read.rows]) == ([], {"a", "b", "c"}, [None] * 3)
    assert read.remarks == [
        "2 dates in 'created' may have the day or the month first (say --dates): left empty",
        "1 date in 'created' cannot be read: left empty",
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "maths;engines", "maths, engines", '["maths", "engines"]', '[{"name": "maths", "slug": "m"}, {"name": "engines"}]',
        '[{"id": 1, "tag": "maths"}, {"id": 2, "tag": "engines"}]', '{"1": {"tag": "maths"}, "2": {"tag": "engines"}}', '{maths,engines}',
        '"maths","engines"',
    ],
)  # fmt: skip
def test_tags_are_read_as_each_system_writes_them(cell: str) -> None:
    assert tags(cell) == ("maths", "engines")


def test_a_status_may_be_given_a_meaning_also_if_it_is_empty() -> None:
    [doubt, _] = List("email,status", "a@example.com,").doubts
    assert "the status is empty (1 line)" in doubt
    assert "--status =active" in doubt
    assert List("email,status", "a@example.com,", words={"": State.ACTIVE}).active == {"a"}
