"""Links in mail work for ever, also after the list moved to another database; none says «done» without an effect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from publisher.adapters.database import migrate
from subscribers import Keyring, Left, NoSuchReader, State, Subscribers, new_subject_id
from subscribers.adapters import tables
from subscribers.database import open_engine
from tests.house import House, open_house
from tests.readers import DAY, NOW, SECRET, WORDING, Mailbox

KEYS = Keyring(SECRET)
NOBODY_HERE = "There is no such reader here"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made, close = open_house(f"sqlite:///{tmp_path}/house.db", tmp_path)
    yield made
    close()


@pytest.fixture
def before(tmp_path: Path) -> Subscribers:
    """The list as it was in SQLite, before it moved."""
    engine = open_engine(f"sqlite:///{tmp_path}/before.db")
    migrate(engine)
    return Subscribers(engine, KEYS, Mailbox())


def moved(before: Subscribers, after: Subscribers, folder: Path, *, as_json: bool = False) -> None:
    """Take a list along: the readers, then the suppressions."""
    readers = before.lists.export_json() if as_json else before.lists.export_csv()
    suppressions = before.lists.export_suppressions_json() if as_json else before.lists.export_suppressions_csv()
    for number, lines in enumerate((readers, suppressions)):
        path = folder / f"{number}.list"
        path.write_text("".join(lines))
        if len(path.read_text().splitlines()) > 1 and path.read_text() != "[]\n":
            after.lists.import_list(path, wording=WORDING, now=NOW + DAY)


def enter(readers: Subscribers, *names: str) -> list[str]:
    for name in names:
        readers.editors.add(f"{name}@example.com", source="test", wording=WORDING, now=NOW)
    found = {reader.address: reader.subject_id for reader in readers.queries.find(limit=100)}
    return [found[f"{name}@example.com"] for name in names]


@pytest.mark.parametrize("as_json", [False, True])
def test_after_a_move_to_another_database_old_links_do_what_they_say(
    before: Subscribers, readers: Subscribers, tmp_path: Path, *, as_json: bool
) -> None:
    ada, bob, eve, old_eve = *enter(before, "ada", "bob", "eve"), ""
    before.leaving.unsubscribe(KEYS.unsubscribe(bob), now=NOW)
    before.editors.forget("eve@example.com", now=NOW)
    before.editors.unsuppress("eve@example.com", "she asked", now=NOW)
    old_eve, [eve] = eve, enter(before, "eve")
    before.editors.forget("eve@example.com", now=NOW)
    [dan] = enter(before, "dan")
    moved(before, readers, tmp_path, as_json=as_json)
    moved(before, readers, tmp_path, as_json=as_json)
    assert {reader.address: reader.subject_id for reader in readers.queries.find()} == {
        "ada@example.com": ada, "bob@example.com": bob, "dan@example.com": dan,
    }  # fmt: skip
    assert readers.page.portal(KEYS.account(dan, NOW), now=NOW).reader.address == "dan@example.com"
    press = [readers.leaving.unsubscribe(KEYS.unsubscribe(each), now=NOW + DAY) for each in (ada, bob, eve, old_eve)]
    assert press == [Left.NOW, Left.BEFORE, Left.DELETED, Left.DELETED]
    assert {reader.address for reader in readers.queries.find(state=State.ACTIVE)} == {"dan@example.com"}


def test_who_is_on_the_new_list_already_is_reached_by_links_of_the_old_one(
    before: Subscribers, readers: Subscribers, tmp_path: Path, engine: sa.Engine
) -> None:
    [old] = enter(before, "ada")
    [own] = enter(readers, "ada")
    moved(before, readers, tmp_path)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.consent)) == 1, (
            "nothing new was agreed to"
        )
    assert readers.page.portal(KEYS.account(own, NOW), now=NOW).reader.subject_id == own
    assert readers.leaving.unsubscribe(KEYS.unsubscribe(old), now=NOW + DAY) is Left.NOW
    assert readers.queries.find(state=State.ACTIVE) == []


def test_no_id_is_taken_that_is_anothers_claimed_twice_or_not_well_formed(readers: Subscribers, tmp_path: Path) -> None:
    [ada] = enter(readers, "ada")
    twice = new_subject_id()
    rows = [("bob", ada), ("eve", twice), ("dan", twice), ("kim", "not-an-id"), ("lee", ada[:-1] + "!")]
    path = tmp_path / "list.csv"
    lines = [f"{name}@example.com,active,,,,{each}" for name, each in rows]
    path.write_text("\n".join(["email,status,created,confirmed,left,subject_id", *lines]))
    report = readers.lists.import_list(path, wording=WORDING, now=NOW)
    assert (report.new, report.invalid) == (5, ())
    found = {reader.address.partition("@")[0]: reader.subject_id for reader in readers.queries.find()}
    assert found["ada"] == ada
    assert len(set(found.values())) == 6
    assert not {twice, "not-an-id"} & set(found.values())
    with pytest.raises(NoSuchReader):
        readers.leaving.unsubscribe(KEYS.unsubscribe(twice), now=NOW)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unsubscribe_link_to_nobody_never_says_success_and_offers_a_link_by_mail(method: str, house: House) -> None:
    house.readers.editors.add("ada@example.com", source="test", wording=WORDING, now=NOW)
    everything = house.everything()
    link = f"{house.url}/unsubscribe/{house.keyring.unsubscribe(new_subject_id())}"
    answer = requests.request(method, link, data={"List-Unsubscribe": "One-Click"}, timeout=5)
    assert (answer.status_code, NOBODY_HERE in answer.text) == (404, True)
    assert "off the list" not in answer.text
    assert "/link" in answer.text
    assert house.everything() == everything


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_deleted_readers_old_link_says_calmly_that_nothing_will_come(method: str, house: House) -> None:
    house.readers.editors.add("ada@example.com", source="test", wording=WORDING, now=NOW)
    subject = house.reader().subject_id
    house.readers.editors.forget("ada@example.com", now=NOW)
    everything = house.everything()
    answer = requests.request(method, f"{house.url}/unsubscribe/{house.keyring.unsubscribe(subject)}", timeout=5)
    assert (answer.status_code, NOBODY_HERE in answer.text, "get no more mail" in answer.text) == (200, True, True)
    assert "off the list" not in answer.text
    page = requests.request(method, f"{house.url}/preferences/{house.keyring.account(subject, NOW)}", timeout=5)
    assert (page.status_code, "get no more mail" in page.text) == (404, True)
    assert house.everything() == everything


Link = Callable[[Keyring, str, dt.datetime], str]
PAGES: dict[str, Link] = {
    "preferences/{}": Keyring.preferences,
    "preferences/{}/next": Keyring.account,
    "preferences/{}/data": Keyring.account,
    "preferences/{}/move": Keyring.account,
    "preferences/{}/delete": Keyring.account,
}


@pytest.mark.parametrize("page", PAGES)
def test_no_form_of_a_page_that_leads_to_nobody_says_success(page: str, house: House) -> None:
    subject = new_subject_id()
    token = PAGES[page](house.keyring, subject, NOW)
    form = {
        "form": house.readers.links.form_token(NOW, subject),
        "sure": "yes",
        "email": "new@example.com",
        "path": "backend",
    }
    everything = house.everything()
    answer = requests.post(f"{house.url}/{page.format(token)}", data=form, timeout=5)
    assert (answer.status_code, NOBODY_HERE in answer.text, "deleted" in answer.text) == (404, True, False)
    assert house.everything() == everything
    assert house.mailbox.emails == []


def test_who_left_is_not_told_that_a_move_is_on_its_way(house: House) -> None:
    token = house.join()
    page, subject = f"{house.url}/{house.mailed_link()}/move", house.reader().subject_id
    house.readers.leaving.unsubscribe(token, now=NOW)
    form = {"form": house.readers.links.form_token(NOW, subject), "email": "new@example.com"}
    answer = requests.post(page, data=form, timeout=5)
    assert (answer.status_code, "has ended" in answer.text) == (409, True)
    assert house.mailbox.to("new@example.com") == []
