"""The archives that Mailchimp and Substack make: which of their files count, and what a file that is odd or damaged does."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.adapters.database import migrate
from subscribers import ImportReport, Keyring, State, Subscribers, UndecidedList, UnreadableList
from subscribers.database import open_engine
from subscribers.import_list import ImportOptions
from tests.lists import outcome
from tests.readers import NOW, SECRET, WORDING, Mailbox

MAILCHIMP = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,TAGS"
SUBSTACK = "email,active_subscription,expiry,email_disabled,created_at"


@pytest.fixture
def readers(tmp_path: Path) -> Iterator[Subscribers]:
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    migrate(engine)
    yield Subscribers(engine, Keyring(SECRET), Mailbox())
    engine.dispose()


def archive(tmp_path: Path, files: dict[str, str]) -> Path:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return path


def bring_in(readers: Subscribers, path: Path) -> ImportReport:
    return readers.lists.import_list(path, wording=WORDING, now=NOW)


def active(readers: Subscribers) -> list[str]:
    return [reader.address for reader in readers.queries.find(state=State.ACTIVE)]


def test_mailchimps_three_lists_are_one_and_who_left_or_bounced_is_suppressed(
    readers: Subscribers, tmp_path: Path
) -> None:
    row = "{},Ada,Lovelace,2,2024-01-02 09:00:00,192.0.2.7,2024-01-02 09:05:00,192.0.2.7,maths"
    path = archive(tmp_path, {
        "subscribed_email_audience_export_1.csv": f"{MAILCHIMP}\n{row.format('ada@example.com')}\n",
        "unsubscribed_email_audience_export_1.csv":
            f"{MAILCHIMP},UNSUB_TIME\n{row.format('bob@example.com')},2024-05-06 07:00:00\n",
        "cleaned_email_audience_export_1.csv":
            f"{MAILCHIMP},CLEAN_TIME\n{row.format('eve@example.com')},2024-05-06 07:00:00\n",
        "read me.txt": "hello",
    })  # fmt: skip
    report = bring_in(readers, path)
    assert (report.new, report.left, report.passed_over, report.invalid) == (1, 2, 1, ())
    assert active(readers) == ["ada@example.com"]
    record = readers.editors.show("ada@example.com")
    assert record is not None
    assert record.reader is not None
    assert (record.reader.name, record.reader.tags) == ("Ada Lovelace", ("maths",))
    assert record.reader.confirmed == dt.datetime(2024, 1, 2, 9, 5, tzinfo=dt.UTC)
    for address, reason in (("bob@example.com", "unsubscribed"), ("eve@example.com", "bounced")):
        known = readers.editors.show(address)
        assert known is not None
        assert known.suppression is not None
        assert known.suppression.reason == reason


@pytest.mark.parametrize(
    "odd", ["a,b\rc,d\r", "\x00\x05\x16\x07\r\x00", "email\n", "post_id,email,opened\n1,bob@example.com,true\n", ""]
)
def test_files_that_are_no_lists_are_passed_over(readers: Subscribers, tmp_path: Path, odd: str) -> None:
    path = archive(tmp_path, {
        "email_list.csv": f"{SUBSTACK}\nada@example.com,false,,false,2024-01-02T09:00:00.000Z\n",
        "posts/1.opens.csv": odd,
    })  # fmt: skip
    report = bring_in(readers, path)
    assert (report.new, report.passed_over) == (1, 1)
    assert active(readers) == ["ada@example.com"]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("unsubscribed.csv", "email\nbob@example.com\n", "its name suggests"),
        ("left/2024.csv", "who\n", "its name suggests"),
        ("others.csv", "email,status\nbob@example.com,unsubscribed\n", "it has addresses"),
    ],
)
def test_a_list_that_is_not_recognised_in_an_archive_is_asked_about(
    readers: Subscribers, tmp_path: Path, name: str, text: str, why: str
) -> None:
    path = archive(tmp_path, {"email_list.csv": f"{SUBSTACK}\nada@example.com,false,,false,2024-01-02\n", name: text})
    with pytest.raises(UndecidedList, match=f"the file '{name}' of the archive is not read, but {why}"):
        bring_in(readers, path)
    assert active(readers) == []
    with readers.lists.open_import(path, wording=WORDING, now=NOW, ignored=(name,)) as ready:
        assert ready.carry_out().new == 1


def test_an_archives_name_and_those_of_its_folders_count_as_a_files_does(tmp_path: Path) -> None:
    row = "ada@example.com,Ada,Lovelace,2,2024-01-02 09:00:00,192.0.2.7,2024-01-02 09:05:00,192.0.2.7,maths"
    name = "resigned/subscribed_email_audience_export_1.csv"
    path = archive(tmp_path, {name: f"{MAILCHIMP}\n{row}\n"}).rename(tmp_path / "Abmeldungen.zip")
    first, second = outcome(path).doubts
    assert first.startswith(f"the name '{name}' suggests that its people left")
    assert second.startswith("the name 'Abmeldungen.zip' suggests that its people left")
    assert outcome(path, ImportOptions(ignored=(name, "abmeldungen.zip"))).active == {"ada@example.com"}


def test_an_export_of_ours_beside_another_systems_list_in_one_archive_is_refused(
    readers: Subscribers, tmp_path: Path
) -> None:
    ours = "".join(readers.lists.export_csv())
    path = archive(
        tmp_path, {"readers.csv": ours, "email_list.csv": f"{SUBSTACK}\nada@example.com,false,,false,2024\n"}
    )
    with pytest.raises(
        UnreadableList, match=r"contains 'readers\.csv', which an export of ours wrote, and 'email_list"
    ):
        bring_in(readers, path)


def test_a_list_with_the_line_ends_of_old_macs_is_read(readers: Subscribers, tmp_path: Path) -> None:
    path = archive(tmp_path, {"email_list.csv": f"{SUBSTACK}\rada@example.com,false,,false,2024-01-02\r"})
    assert bring_in(readers, path).new == 1


def test_an_archive_without_a_list_and_a_damaged_one_are_one_sentence(readers: Subscribers, tmp_path: Path) -> None:
    with pytest.raises(UnreadableList, match="contains no list that is recognised"):
        bring_in(readers, archive(tmp_path, {"posts.csv": "a,b\n"}))
    whole = archive(tmp_path, {"email_list.csv": f"{SUBSTACK}\n" + "x@example.com,false,,false,2024-01-02\n" * 2_000})
    data = bytearray(whole.read_bytes())
    data[80:120] = b"\xff" * 40
    whole.write_bytes(data)
    with pytest.raises(UnreadableList, match="cannot be unpacked"):
        bring_in(readers, whole)
    assert active(readers) == []


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("email" + ",a" * 1_000 + "\n", 1, "names 1,001 columns, more than 1,000"),
        ("email," + "a" * 70_000 + "\n", 1, "has more than 65,536 characters without a line break"),
        ("email\nada@example.com\n" + "x" * 1_000_001, 3, "has more than 1,000,000 characters without a line break"),
        ("email,name\nada@example.com\n" + '"a\n",' * 300_000, 3, "begins a row of more than 1,000,000 characters"),
        ('[\n{"email": "' + "x" * 1_000_001, 1, "has more than 1,000,000 characters without a line break"),
    ],
)
def test_a_list_with_a_row_that_no_list_has_is_one_sentence_with_its_line(
    readers: Subscribers, tmp_path: Path, text: str, line: int, why: str
) -> None:
    (tmp_path / "list.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UnreadableList, match=why) as raised:
        bring_in(readers, tmp_path / "list.csv")
    assert raised.value.line == line
    assert active(readers) == []


def test_a_byte_that_is_not_utf8_is_found_wherever_a_character_is_cut(readers: Subscribers, tmp_path: Path) -> None:
    start = b"email\n" + b"ada@example.com\n" * 66_000
    for shift in range(4):
        (tmp_path / "list.csv").write_bytes(start[: 2**20 - shift - 1] + b"\n" + "字".encode() + b"\n\xff\n")
        with pytest.raises(UnreadableList, match="is not UTF-8") as raised:
            bring_in(readers, tmp_path / "list.csv")
        before = start[: 2**20 - shift - 1] + b"\n" + "字".encode() + b"\n"
        assert raised.value.line == before.count(b"\n") + 1


def test_an_archive_that_unpacks_to_far_more_than_a_list_does_is_refused(readers: Subscribers, tmp_path: Path) -> None:
    path = archive(tmp_path, {"email_list.csv": f"{SUBSTACK}\n" + "\n" * 2_000_000})
    with pytest.raises(UnreadableList, match="unpacks to 2,000,059 bytes, more than 100 times its size"):
        bring_in(readers, path)


def test_an_archive_of_more_lists_than_any_system_writes_is_refused(readers: Subscribers, tmp_path: Path) -> None:
    lists = {f"{number}/email_list.csv": f"{SUBSTACK}\n" for number in range(501)}
    with pytest.raises(UnreadableList, match="contains more than 500 lists; unpack it, and import them"):
        bring_in(readers, archive(tmp_path, lists))


def test_a_pause_that_lasts_too_long_is_cut_as_on_the_readers_page(readers: Subscribers, tmp_path: Path) -> None:
    text = "".join(readers.lists.export_csv()).strip() + "\n"
    names = text.strip().split(",")
    cells = {"email": "ada@example.com", "status": "active", "paused_until": "9999-12-31T23:30:00Z"}
    path = tmp_path / "own.csv"
    path.write_text(text + ",".join(cells.get(name, "") for name in names) + "\n", encoding="utf-8")
    assert bring_in(readers, path).new == 1
    (reader,) = readers.queries.find()
    assert reader.paused_until == NOW + dt.timedelta(weeks=52)
