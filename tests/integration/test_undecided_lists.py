"""A list that may say who left in a way that is not understood stops, and says what to write. All of it invented."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.adapters.database import migrate
from subscribers import (
    UNCONFIRMED,
    Column,
    ImportReport,
    Keyring,
    Meaning,
    Reason,
    State,
    Subscribers,
    UndecidedList,
    UnreadableList,
)
from subscribers.database import open_engine
from subscribers.leaving_words import value_in_doubt
from tests.long import some
from tests.readers import NOW, SECRET, WORDING, Mailbox

LISTS = Path(__file__).parents[1] / "data" / "lists"


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[Subscribers]:
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    migrate(engine)
    yield Subscribers(engine, Keyring(SECRET), Mailbox())
    engine.dispose()


def bring_in(
    readers: Subscribers,
    path: Path,
    *,
    ignored: tuple[str, ...] = (),
    words: Mapping[str, Meaning] | None = None,
    **mapped: str,
) -> ImportReport:
    columns = {Column(name): (column,) for name, column in mapped.items()}
    with readers.lists.open_import(
        path, wording=WORDING, now=NOW, columns=columns, ignored=ignored, words=words
    ) as ready:
        return ready.carry_out()


def undecided(readers: Subscribers, path: Path, **how: object) -> str:
    with pytest.raises(UndecidedList) as raised:
        bring_in(readers, path, **how)  # type: ignore[arg-type]
    assert readers.queries.find() == [], "nothing was imported"
    return str(raised.value)


def active(readers: Subscribers) -> set[str]:
    return {reader.address.partition("@")[0] for reader in readers.queries.find(state=State.ACTIVE, limit=1000)}


def suppressed(readers: Subscribers) -> set[str]:
    return {line.partition("@")[0] for line in list(readers.lists.export_suppressions_csv())[1:]}


UNREAD = [
    ("id,email,vip,blacklist_count,note\n", "0,a@example.com,1,0,\n", ["blacklist_count"]),
    (
        "email,Subscription expires,Contact allowed\n",
        "a@example.com,2030-01-01,1\n",
        ["Subscription expires", "Contact allowed"],
    ),
    ("email,company,Abo beendet\n", "a@example.com,ACME,\n", ["Abo beendet"]),
]


@pytest.mark.parametrize(("header", "row", "columns"), UNREAD)
def test_a_list_whose_column_may_speak_of_leaving_stops_and_says_what_to_write(
    header: str, row: str, columns: list[str], readers: Subscribers, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(header + row)
    said = undecided(readers, path)
    for column in columns:
        assert f"the column '{column}' is not read" in said
        assert f"--ignore {column}" in said or f'--ignore "{column}"' in said


def test_what_was_said_lets_the_list_come_in_and_who_left_is_suppressed(readers: Subscribers, tmp_path: Path) -> None:
    rows = [f"r{number}@example.com,{'Subscribed' if number % 3 else 'Unsubscribed'}" for number in range(20)]
    path = tmp_path / "list.csv"
    path.write_text("\n".join(["email,NEWSLETTER_OK", *rows]))
    assert "--map status=NEWSLETTER_OK" in undecided(readers, path)
    bring_in(readers, path, status="NEWSLETTER_OK")
    assert active(readers) == {row.partition("@")[0] for row in rows if ",Subscribed" in row}
    assert suppressed(readers) == {row.partition("@")[0] for row in rows if ",Unsubscribed" in row}


def test_a_column_of_leaving_dates_is_read_when_it_is_mapped(readers: Subscribers, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        (LISTS / "mailerlite_unsubscribed.csv").read_text().replace("Subscriber,", "Person,").replace(",Unsub", ",Gone")
    )
    with pytest.raises(UnreadableList, match="no column holds addresses"):
        bring_in(readers, path)
    said = undecided(readers, path, address="Person")
    assert "'Gonescribed' is not read" in said
    bring_in(readers, path, address="Person", left="Gonescribed", ignored=("Subscribed",))
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    assert active(readers) == {row[0].partition("@")[0] for row in rows if not row[5]}
    assert suppressed(readers) == {row[0].partition("@")[0] for row in rows if row[5]}


def test_nobody_of_mailchimps_file_of_strangers_becomes_active(readers: Subscribers, tmp_path: Path) -> None:
    original = LISTS / "nonsubscribed_email_audience_export_abc.csv"
    renamed = tmp_path / "Copy of NONSUBSCRIBED_1.csv"
    renamed.write_bytes(original.read_bytes())
    for path in (original, renamed):
        report = bring_in(readers, path)
        assert (report.idle, report.invalid_count) == (True, 10)
    assert readers.queries.find() == []


def test_a_list_of_mailchimp_whose_name_does_not_tell_readers_from_strangers_stops(
    readers: Subscribers, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes((LISTS / "nonsubscribed_email_audience_export_abc.csv").read_bytes())
    assert "--ignore list.csv" in undecided(readers, path)
    assert readers.queries.find() == []
    readers_own = path.rename(tmp_path / "subscribed_email_audience_export_abc.csv")
    bring_in(readers, readers_own)
    assert len(active(readers)) == 10


def test_a_files_name_that_speaks_of_leaving_stops_a_list_that_does_not(readers: Subscribers, tmp_path: Path) -> None:
    path = tmp_path / "Unsubscribed 2024.csv"
    path.write_text("email\nada@example.com\n")
    assert '--ignore "Unsubscribed 2024.csv"' in undecided(readers, path)
    bring_in(readers, path, ignored=("unsubscribed 2024.csv",))
    assert active(readers) == {"ada"}


def test_unknown_words_of_a_status_stop_and_are_listed_with_the_option_that_gives_them_a_meaning(
    readers: Subscribers,
) -> None:
    said = undecided(readers, LISTS / "status.csv")
    unknown = (
        "",
        "1",
        "0",
        "yes",
        "no",
        "true",
        "soft bounce",
        "transactional",
        "free",
        "paid",
        "null",
        "live",
        "on hold",
        "moved",
    )
    for word in unknown[1:]:
        assert f"the status '{word}' (1 line) is unknown" in said
    assert "the status is empty (1 line)" in said
    assert "--status =unsubscribed" in said
    assert '--status "soft bounce=unsubscribed"' in said
    words: dict[str, Meaning] = dict.fromkeys(unknown, Reason.REMOVED)
    bring_in(readers, LISTS / "status.csv", words=words | {"1": State.ACTIVE, "On Hold": UNCONFIRMED})
    rows = [line.split(",") for line in (LISTS / "status.csv").read_text().splitlines()[1:]]
    meant = {"active", "subscribed", "opted-in", "1"}
    assert active(readers) == {row[0].partition("@")[0] for row in rows if row[1].strip().lower() in meant}
    left = {row[0].partition("@")[0] for row in rows if row[1].strip().lower() not in {*meant, "pending", "on hold"}}
    assert suppressed(readers) == left


def test_a_leaving_whose_date_cannot_be_read_counts_and_null_is_no_date(readers: Subscribers) -> None:
    bring_in(readers, LISTS / "left_date_excel.csv")
    assert (active(readers), suppressed(readers)) == ({"y3"}, {"y1", "y2"})


def test_a_date_that_cannot_be_read_drops_no_reader(readers: Subscribers) -> None:
    count = len((LISTS / "dates.csv").read_text().splitlines()) - 1
    report = bring_in(readers, LISTS / "dates.csv", created="created")
    assert (report.new, report.invalid) == (count, ())


@pytest.mark.parametrize("status", ["active", "unsubscribed"])
def test_addresses_are_understood_however_they_are_wrapped(status: str, readers: Subscribers, tmp_path: Path) -> None:
    cells = re.sub(",[xy]$", f",{status}", (LISTS / "addresses.csv").read_text(), flags=re.MULTILINE)
    path = tmp_path / "list.csv"
    more = f"mailto:m1@example.com?subject=x,{status}\n“m2@example.com”,{status}\n"
    path.write_text(cells.replace("email,name", "email,status") + more)
    report = bring_in(readers, path)
    found = {name.lower() for name in (active(readers) if status == "active" else suppressed(readers))}
    plain = {f"n{number}" for number in (*range(1, 11), 12, 13, 25, 26, 27, 28, 30)}
    assert found >= plain | {"n12+tag", "jörg", "o'brien", "m1", "m2"}
    two_in_a_cell = 2 if status == "unsubscribed" else 0  # of whoever left, every address counts
    assert (
        len(found) + report.duplicates + report.invalid_count == len(path.read_text().split("\n")) - 2 + two_in_a_cell
    )
    if status == "unsubscribed":
        assert found >= {"n14", "n15", "n16", "n17", "n29", "user"}


def test_a_cell_of_several_lines_is_read_when_its_quotation_marks_are_closed(
    readers: Subscribers, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        'email,notes\nada@example.com,"met in\nVienna, ""by chance"""\nbob@example.com,wide\neve@example.com,long\ndan@example.com,tall\n'
    )
    assert bring_in(readers, path, ignored=("notes",)).new == 4


def test_two_columns_of_one_name_are_no_list_to_guess_at(readers: Subscribers) -> None:
    with pytest.raises(UnreadableList, match=r"dup_headers\.csv:1: two columns are called 'email'; rename or remove"):
        bring_in(readers, LISTS / "dup_headers.csv")


def test_more_cells_than_columns_are_no_line_to_guess_at(readers: Subscribers) -> None:
    [line] = bring_in(readers, LISTS / "extra_cells.csv").invalid
    assert (line.line, "put quotation marks around any cell" in line.why) == (2, True)


def test_a_spreadsheets_line_that_names_the_separator_is_read(readers: Subscribers) -> None:
    assert bring_in(readers, LISTS / "sep.csv").new == 1


def test_a_column_cannot_be_waived_that_is_not_there(readers: Subscribers, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("email,Unsubscribed at\nada@example.com,\n")
    with pytest.raises(UnreadableList, match="there is no column 'Unsubscribed' to ignore; the columns are: email, Un"):
        bring_in(readers, path, ignored=("Unsubscribed",))
    assert bring_in(readers, path, ignored=("unsubscribed AT",)).new == 1


NAMES = (
    "Unsubscribed", "unsubscribe_date", "Opt-out", "optedOut", "Status", "is_active", "blocked", "Blacklisted", "bounce_count", "complaints",
    "spam", "consent", "deleted_at", "do_not_contact", "DNC", "abgemeldet am", "Einwilligung", "gesperrt", "désinscrit", "désabonné le",
    "fecha de baja", "cancelado", "disiscritto", "stato", "descadastrado", "uitgeschreven", "wypisany", "zgoda", "avregistrerad", "samtykke",
    "peruutettu", "отписан", "退订", "配信停止",
)  # fmt: skip


@settings(max_examples=some(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(NAMES),
    cells=st.lists(st.text("abc123 ", max_size=4), min_size=1, max_size=12),
    place=st.integers(0, 2),
)
def test_a_column_named_for_leaving_always_stops(
    name: str, cells: list[str], place: int, readers: Subscribers, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    rows = [["email", "town"], *([f"r{number}@example.com", f"t{number}"] for number in range(len(cells)))]
    for row, cell in zip(rows, [f"x {name}", *cells], strict=True):
        row.insert(place, cell)
    path.write_text("".join(",".join(row) + "\n" for row in rows))
    assert f"'x {name}' is not read" in undecided(readers, path)


@settings(max_examples=some(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.sampled_from(["q", "w", "z"]), min_size=2, max_size=30).filter(lambda cells: len(set(cells)) > 1)
)
def test_a_column_with_two_or_three_different_values_always_stops(
    cells: list[str], readers: Subscribers, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("email,k\n" + "".join(f"r{number}@example.com,{cell}\n" for number, cell in enumerate(cells)))
    assert "different values" in undecided(readers, path)


@pytest.mark.parametrize("value", ["unsubscribed", "Opted out", "no", "nein", "désabonné", "gesperrt", "hard bounce", "отписался", "не активен", "退订"])  # fmt: skip
def test_a_value_that_speaks_of_leaving_stops_also_among_many_others(
    value: str, readers: Subscribers, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    cells = [*(f"town {number}" for number in range(20)), value]
    path.write_text("email,k\n" + "".join(f"r{number}@example.com,{cell}\n" for number, cell in enumerate(cells)))
    assert "may say who left" in undecided(readers, path)


@pytest.mark.parametrize("value", ["Austria", "Internet Ltd.", "Nielsen", "Laptop", "https://blog.example.com/", "203.0.113.9", "Optics"])  # fmt: skip
def test_ordinary_values_are_not_in_doubt(value: str) -> None:
    assert not value_in_doubt(value)
