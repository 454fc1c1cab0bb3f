"""A list may name addresses by their digests: whoever has such an address is not mailed, now and later."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa

from subscribers import ImportReport, Keyring, NotAllowed, Reason, State, Subscribers, UndecidedList, Wording
from subscribers.adapters import tables
from subscribers.lists import CHANGED_AT_ONCE
from tests.readers import DAY, NOW, SECRET, WORDING, Mailbox, post

pytestmark = pytest.mark.both_databases

KEYS = Keyring(SECRET)
HEADER = "email,status,suppressed_at,sha256"


def digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def bring_in(readers: Subscribers, path: Path, *rows: str, now: dt.datetime = NOW) -> ImportReport:
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return readers.lists.import_list(path, wording=WORDING, now=now)


def active(readers: Subscribers) -> set[str]:
    return {reader.address for reader in readers.queries.find(state=State.ACTIVE)}


def test_a_reader_whose_digest_comes_in_is_off_the_list_and_suppressed_by_address(
    readers: Subscribers, engine: sa.Engine, tmp_path: Path
) -> None:
    for name in ("ada", "bob"):
        readers.editors.add(f"{name}@example.com", source="test", wording=WORDING, now=NOW)
    rows = [f",complained,2026-01-05T00:00:00Z,{digest('ada@example.com')}"]
    report = bring_in(readers, tmp_path / "list.csv", *rows)
    assert (report.left, report.invalid) == (1, ())
    assert active(readers) == {"bob@example.com"}
    with engine.connect() as connection:  # what a send asks before each hand-over is in SQL
        keys = connection.scalars(sa.select(tables.suppression.c.canonical)).all()
    assert "ada@example.com" in keys
    before = everything(readers)
    bring_in(readers, tmp_path / "list.csv", *rows, now=NOW + DAY)
    assert everything(readers) == before, "a second import changes nothing"


def everything(readers: Subscribers) -> list[str]:
    return sorted(readers.lists.export_csv())


def test_no_list_and_no_editor_brings_in_an_address_whose_digest_is_known(readers: Subscribers, tmp_path: Path) -> None:
    bring_in(readers, tmp_path / "list.csv", f",unsubscribed,,{digest('ada@example.com')}")
    (tmp_path / "more.csv").write_text("email,status\nAda@Example.com,active\nbob@example.com,active\n")
    report = readers.lists.import_list(tmp_path / "more.csv", wording=WORDING, now=NOW)
    assert (report.suppressed, report.new) == (1, 1)
    assert active(readers) == {"bob@example.com"}
    with pytest.raises(NotAllowed):
        readers.editors.add("ada@example.com", source="test", wording=Wording("x"), now=NOW)


@pytest.mark.parametrize(("reason", "comes_back"), [(Reason.UNSUBSCRIBED, True), (Reason.COMPLAINED, False)])
def test_a_digest_means_what_an_address_means_when_its_owner_signs_up(
    reason: Reason, mailbox: Mailbox, readers: Subscribers, tmp_path: Path, *, comes_back: bool
) -> None:
    bring_in(readers, tmp_path / "list.csv", f",{reason.value},,{digest('ada@example.com')}")
    readers.sign_ups.sign_up("ada@example.com", source="form", wording=WORDING, now=NOW + DAY)
    post(readers, NOW + DAY)
    for mail in mailbox.to("ada@example.com"):
        readers.sign_ups.confirm(mail.token, now=NOW + DAY)
    assert (active(readers) == {"ada@example.com"}) is comes_back
    assert (list(readers.lists.export_suppressions_csv())[1:] == []) is comes_back


def test_an_editor_lifts_a_digest_by_the_address(readers: Subscribers, tmp_path: Path) -> None:
    bring_in(readers, tmp_path / "list.csv", f",bounced,,{digest('ada@example.com')}")
    assert readers.editors.show("ada@example.com").suppression is not None
    assert readers.editors.unsuppress("ada@example.com", "the mailbox is back", now=NOW)
    assert readers.editors.add("ada@example.com", source="test", wording=WORDING, now=NOW)
    assert active(readers) == {"ada@example.com"}


def test_a_graver_digest_outweighs_what_is_known_of_the_address(readers: Subscribers, tmp_path: Path) -> None:
    readers.editors.suppress("ada@example.com", Reason.UNSUBSCRIBED, now=NOW)
    bring_in(readers, tmp_path / "list.csv", f",complained,,{digest('ada@example.com')}")
    there = readers.editors.show("ada@example.com").suppression
    assert there is not None
    assert there.reason is Reason.COMPLAINED


def test_suppressions_go_out_as_digests_and_come_in_again(readers: Subscribers, tmp_path: Path) -> None:
    readers.editors.add("ada@example.com", source="test", wording=WORDING, now=NOW)
    readers.editors.remove("ada@example.com", now=NOW)
    readers.editors.suppress("bob@example.com", Reason.BOUNCED, now=NOW)
    lines = "".join(readers.lists.export_suppressions_csv(hashes=True))
    assert "@" not in lines
    assert {digest("ada@example.com"), digest("bob@example.com")} <= {
        line.split(",")[-2] for line in lines.splitlines()
    }
    whole = "".join(readers.lists.export_csv(hashes=True))
    assert "ada@example.com" in whole
    assert "bob@example.com" not in whole
    path = tmp_path / "list.csv"
    path.write_text(lines)
    before = everything(readers)
    assert readers.lists.import_list(path, wording=WORDING, now=NOW).left == 2
    with pytest.raises(NotAllowed):
        readers.editors.add("bob@example.com", source="test", wording=WORDING, now=NOW)
    assert len(everything(readers)) == len(before) + 2  # the digests, which stay what they are


def test_a_row_without_a_usable_digest_or_with_nothing_that_says_why_is_named(
    readers: Subscribers, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    report = bring_in(readers, path, ",bounced,,abc", ",bounced,,")
    assert [each.line for each in report.invalid] == [2, 3]
    path.write_text(f"email,status,created,confirmed,left,sha256\n,active,,,,{digest('ada@example.com')}\n")
    report = readers.lists.import_list(path, wording=WORDING, now=NOW)
    assert [each.line for each in report.invalid] == [2]
    with pytest.raises(UndecidedList, match="the status is empty"):
        bring_in(readers, path, f",,,{digest('ada@example.com')}")


def test_whoever_left_by_a_digest_is_off_the_list_before_the_other_rows_come_in(
    readers: Subscribers, tmp_path: Path
) -> None:
    readers.editors.add("ada@example.com", source="test", wording=WORDING, now=NOW)
    path = tmp_path / "list.csv"
    rows = [f"reader{number}@example.com,active,,,," for number in range(CHANGED_AT_ONCE + 1)]
    rows += [",suppressed,,,,{}".format(digest(f"{name}@example.com")) for name in ("ada", "reader7")]
    path.write_text("\n".join(["email,status,created,confirmed,left,sha256", *rows]) + "\n")
    seen: list[tuple[int, bool, bool]] = []

    def look(done: int, _: int) -> None:
        there = {reader.address for reader in readers.queries.find(state=State.ACTIVE, limit=None)}
        seen.append((done, "ada@example.com" in there, "reader7@example.com" in there))

    with readers.lists.open_import(path, wording=WORDING, now=NOW) as ready:
        ready.carry_out(look)
    assert [done for done, _, _ in seen][:1] == [2], "the digests come first"
    assert len(seen) > 3
    assert not any(ada or other for done, ada, other in seen if done > 2)


def test_a_reader_who_came_back_to_an_address_that_they_had_moved_from_stays(
    mailbox: Mailbox, readers: Subscribers, tmp_path: Path
) -> None:
    bring_in(readers, tmp_path / "list.csv", f",moved,2026-01-05T00:00:00Z,{digest('ada@example.com')}")
    readers.sign_ups.sign_up("ada@example.com", source="form", wording=WORDING, now=NOW + DAY)
    post(readers, NOW + DAY)
    for mail in mailbox.to("ada@example.com"):
        readers.sign_ups.confirm(mail.token, now=NOW + DAY)
    assert active(readers) == {"ada@example.com"}
    bring_in(
        readers, tmp_path / "again.csv", f",moved,2026-01-05T00:00:00Z,{digest('ada@example.com')}", now=NOW + 2 * DAY
    )
    assert active(readers) == {"ada@example.com"}
