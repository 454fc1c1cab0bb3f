"""A reader's own page, on a real server with a real database: what they choose, where their mail goes, what is known."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from publisher.web import Limits
from publisher.web.account import NOT_SURE, NOT_TRUSTED
from publisher.web.choices import NO_SUCH_PACE, NO_SUCH_PAUSE, NO_SUCH_ZONE, NOTHING_CHOSEN
from publisher.web.portal import ENOUGH_STEPS, LOOK_AGAIN, NO_STEP, SAVED
from subscribers import AddressHistory, EmailKind, Reason
from subscribers.adapters import tables
from tests.house import AT_ONCE, LOOSE, House, open_house, wait_for
from tests.readers import DAY, NOW, post

WEEK = 7 * DAY


@dataclasses.dataclass(frozen=True)
class Got:
    """What a ledger says of one delivery."""

    issue: int
    at: dt.datetime


def received(history: AddressHistory) -> list[Got]:
    return [Got(3, NOW)] if "ada@example.com" in history.canonicals and history.subject_ids else []


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    house, close = open_house(database_url, tmp_path, deliveries=received)
    yield house
    close()


@pytest.fixture
def cottage(tmp_path: Path) -> Iterator[House]:
    """A house on SQLite only: what is tried here does not depend on the database."""
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, deliveries=received)
    yield house
    close()


def test_a_reader_chooses_sections_courses_a_pause_and_a_time_zone_in_one_form(house: House) -> None:
    house.join()
    page = house.get(house.issue_link())
    assert page.status == 200
    form = page.form()
    assert form.fields["section"] == ["concept", "architecture", "project", "archive", "question"]
    assert "path" not in form.fields
    assert (form.fields["pause"], form.fields["zone"]) == ([""], [""])

    answer = form.send(
        section=["concept", "question"], path=["backend"], pace_backend="3", pause="4", zone="Asia/Kolkata"
    )
    assert (answer.status, SAVED in answer.text) == (200, True)
    reader = house.reader()
    assert reader.without == ("architecture", "archive", "project")
    assert [(course.path, course.every_days) for course in reader.courses] == [("backend", 3)]
    assert reader.paused_until == NOW + 4 * WEEK
    assert reader.zone == "Asia/Kolkata"
    assert "Paused until 21 December 2026" in answer.text

    again = answer.form()  # the answer shows what holds, and saving it once more changes nothing
    assert again.fields["section"] == ["concept", "question"]
    assert (again.fields["path"], again.fields["pace-backend"]) == (["backend"], ["3"])
    assert (again.fields["pause"], again.fields["zone"]) == (["keep"], ["Asia/Kolkata"])
    before = house.everything()
    assert SAVED in again.send().text
    assert house.everything() == before

    resumed = again.send(pause="", path=None, zone="")
    reader = house.reader()
    assert (reader.paused_until, reader.zone) == (None, None)
    assert reader.courses[0].ended == NOW
    assert "Paused until" not in resumed.text


def test_a_pause_ends_by_itself(cottage: House) -> None:
    cottage.join()
    cottage.get(cottage.issue_link()).form().send(pause="2")
    cottage.clock.time = NOW + 2 * WEEK
    page = cottage.get(cottage.issue_link())
    assert "Paused until" not in page.text
    assert page.form().fields["pause"] == [""]


def test_nothing_at_all_is_no_choice_and_the_page_offers_a_pause_or_leaving(cottage: House) -> None:
    token = cottage.join()
    form = cottage.get(cottage.issue_link()).form()
    answer = form.send(section=None, zone="Asia/Tokyo", pause="8")
    assert answer.status == 422
    assert NOTHING_CHOSEN in answer.text
    assert 'href="#pause"' in answer.text
    assert f"/unsubscribe/{token}" in answer.links
    kept = answer.form()
    assert "section" not in kept.fields
    assert (kept.fields["zone"], kept.fields["pause"]) == (["Asia/Tokyo"], ["8"])
    assert cottage.reader().without == ()
    assert kept.send(path="data").status == 200  # a course alone is something
    assert len(cottage.reader().without) == 5


@pytest.mark.parametrize(
    ("changed", "place", "words"),
    [
        ({"pause": "3"}, "pause", NO_SUCH_PAUSE),
        ({"pause": "9" * 5_000}, "pause", NO_SUCH_PAUSE),
        ({"zone": "Mars/Olympus"}, "zone", NO_SUCH_ZONE),
        ({"zone": "../../etc/passwd"}, "zone", NO_SUCH_ZONE),
        ({"path": "backend", "pace_backend": "-1"}, "paths", NO_SUCH_PACE),
        ({"path": "backend", "pace_backend": "\x00"}, "paths", NO_SUCH_PACE),
    ],
)
def test_what_is_on_no_list_is_said_in_place_and_nothing_is_saved(
    changed: dict[str, str], place: str, words: str, cottage: House
) -> None:
    cottage.join()
    before = cottage.everything()
    answer = cottage.get(cottage.issue_link()).form().send(**{"section": "concept", **changed})
    assert (answer.status, words in answer.text, LOOK_AGAIN in answer.text) == (422, True, True)
    assert f'id="{place}-problem"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert answer.form().fields["section"] == ["concept"]
    assert cottage.everything() == before


def test_sections_and_paths_that_are_not_there_are_not_taken_and_hidden_ones_stay_unwanted(cottage: House) -> None:
    cottage.join()
    form = cottage.get(cottage.issue_link()).form()
    assert form.send(section=["concept", "gossip"], path=["nowhere"]).status == 200
    assert cottage.reader().courses == ()
    assert "gossip" not in cottage.reader().without


def test_time_zones_are_listed_from_west_to_east_with_the_publications_first(cottage: House) -> None:
    cottage.join()
    page = cottage.get(cottage.issue_link())
    zones = page.form().options["zone"]
    assert zones[0] == ""
    assert len(zones) > 400
    assert zones.index("America/New_York") < zones.index("Europe/Berlin") < zones.index("Asia/Kolkata")
    assert ">America/New York (UTC-05:00), Thursday 08:00<" in page.text
    assert ">Asia/Tokyo (UTC+09:00), Thursday 16:00<" in page.text
    assert ">Pacific/Kiritimati (UTC+14:00), Thursday 21:00<" in page.text
    assert ">Europe/Berlin (UTC+01:00), like Production AI Notes, Thursday 08:00<" in page.text


def test_the_page_says_when_the_next_issue_comes_to_the_zone_that_was_chosen(cottage: House) -> None:
    cottage.join()
    page = cottage.get(cottage.issue_link())
    assert "In Europe/Berlin, the next issue is due on Thursday, 26 November 2026, at 08:00." in page.text
    answer = page.form().send(zone="Asia/Tokyo")
    assert "In Asia/Tokyo, the next issue is due on Thursday, 26 November 2026, at 16:00." in answer.text
    assert answer.form().fields["zone"] == ["Asia/Tokyo"]
    cottage.clock.set("2026-11-26T07:00:59")
    assert "at 16:00." in cottage.get(cottage.issue_link()).text
    cottage.clock.set("2026-11-26T07:01")
    later = cottage.get(cottage.issue_link()).text
    assert "In Asia/Tokyo, the next issue is due on Thursday, 3 December 2026, at 16:00." in later
    assert ">America/New York (UTC-05:00), Thursday 08:00<" in later


@pytest.mark.parametrize(
    ("zone", "option", "said"),
    [
        ("US/Eastern", ">US/Eastern (UTC-05:00), Thursday 08:00<", "In US/Eastern, the next issue is due on Thursday"),
        ("Mars/Olympus", ">Mars/Olympus<", "In Europe/Berlin, the next issue is due on Thursday"),
    ],
)
def test_a_zone_that_is_on_no_list_is_kept_and_can_be_given_up(
    zone: str, option: str, said: str, cottage: House
) -> None:
    cottage.join()
    with cottage.engine.begin() as connection:
        connection.execute(tables.subscriber.update().values(zone=zone))
    page = cottage.get(cottage.issue_link())
    assert (option in page.text, said in page.text) == (True, True)
    assert page.form().options["zone"][:2] == ["", zone]
    assert page.form().fields["zone"] == [zone]
    assert page.form().send(pause="2").form().fields["zone"] == [zone]
    given_up = page.form().send(zone="", section=None)
    assert (given_up.status, given_up.form().fields["zone"]) == (422, [""])
    assert page.form().send(zone="").form().fields["zone"] == [""]
    assert cottage.reader().zone is None


def test_a_course_shows_how_far_it_is_and_its_next_step_can_come_now(house: House) -> None:
    house.join()
    started = house.get(house.issue_link()).form().send(path=["backend"], pace_backend="14")
    assert "No step of 3 sent yet; the next is on its way." in started.text
    assert not any(form.url.endswith("/next") for form in started.forms)
    assert house.readers.courses.take_steps(NOW) == 1
    page = house.get(house.issue_link())
    assert "Step 1 of 3 sent, next on 7 December 2026." in page.text
    answer = page.form("/next").send()
    assert "The next step of “Backend engineer to AI engineer” is on its way." in answer.text
    assert house.readers.courses.take_steps(NOW) == 1
    post(house.readers, NOW)
    assert [(one.whole.path, one.whole.step) for one in house.mailbox.emails if one.kind == EmailKind.STEP.value] == [
        ("backend", 1), ("backend", 2),
    ]  # fmt: skip
    assert house.get(house.issue_link()).form("/next").send().status == 200
    house.readers.courses.take_steps(NOW)
    over = house.get(house.issue_link())
    assert "All steps were sent." in over.text
    assert "path" not in over.form().fields
    assert NO_STEP in page.form("/next").send().text  # a page that was open since


def test_a_path_is_named_only_if_it_is_a_course_of_the_reader(cottage: House) -> None:
    cottage.join()
    token = cottage.keyring.form(NOW, cottage.reader().subject_id)
    for path in ("data", "nowhere", "\x00", "a" * 9_000):
        data = {"form": token, "path": path}
        answer = requests.post(f"{cottage.url}/{cottage.issue_link()}/next", data=data, timeout=5)
        assert (answer.status_code, NO_STEP in answer.text) == (200, True)


def test_who_holds_a_forwarded_issue_cannot_fill_the_readers_mailbox_with_steps(tmp_path: Path) -> None:
    limits = dataclasses.replace(LOOSE, address=Limits().address)
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, dataclasses.replace(AT_ONCE, limits=limits))
    try:
        house.join()
        statuses = []
        for _ in range(8):
            statuses.append(house.get(house.issue_link()).form().send(path=["backend"]).status)
            house.readers.courses.take_steps(NOW)
            house.get(house.issue_link()).form().send(path=None)
        assert statuses == [200] * 6 + [429] * 2  # the first time is no repetition
        again = house.get(house.issue_link()).form().send(path=["backend"])
        assert ENOUGH_STEPS in again.text
        assert again.form().fields["path"] == ["backend"]
    finally:
        close()


def test_the_address_is_masked_and_data_are_closed_for_the_link_of_an_issue(house: House) -> None:
    house.join()
    page = house.get(house.issue_link())
    assert "A…@example.com" in page.text
    assert "da@example.com" not in page.text
    assert [form.url.rpartition("/")[2] for form in page.forms[1:]] == ["link"]
    token = house.keyring.form(NOW, house.reader().subject_id)
    before = house.everything()
    for act, words in (("move", NOT_TRUSTED), ("data", NOT_TRUSTED), ("delete", "This link does not work")):
        data = {"form": token, "email": "eve@example.com", "sure": "yes"}
        answer = requests.post(f"{house.url}/{house.issue_link()}/{act}", data=data, timeout=5)
        assert (answer.status_code in (400, 403), words in answer.text) == (True, True), act
    assert house.everything() == before

    asked = page.form("/link").send()
    assert (asked.status, "Look in your mailbox" in asked.text) == (200, True)
    wait_for(lambda: house.mailbox.emails[-1].kind == EmailKind.LINK.value)
    mailed = house.get(f"preferences/{house.mailbox.emails[-1].token}")
    assert "Ada@example.com" in mailed.text
    assert [form.url.rpartition("/")[2] for form in mailed.forms[1:]] == ["move", "data", "delete"]


def test_a_reader_moves_to_another_address_by_the_button_in_the_mail_that_went_there(house: House) -> None:
    house.join()
    house.get(house.issue_link()).form().send(section=["concept"])
    page = house.get(house.mailed_link())
    old_link = house.mailed_link()
    asked = page.form("/move").send(email="ada@example.org")
    assert (asked.status, "Look in the new mailbox" in asked.text) == (200, True)
    assert f"/{old_link}" in asked.links
    wait_for(lambda: house.mailbox.emails[-1].kind == EmailKind.MOVE.value)
    assert house.mailbox.emails[-1].address == "ada@example.org"
    assert "We asked at" in house.get(old_link).text
    assert "ada@example.org" not in house.get(house.issue_link()).text

    button = house.get(f"move/{house.mailbox.emails[-1].token}")
    assert button.text.count("<button") == 1
    assert house.reader().address == "Ada@example.com"
    house.clock.time += dt.timedelta(seconds=5)
    moved = button.forms[0].send()
    assert (moved.status, "Your mail comes here now" in moved.text) == (200, True)
    assert house.reader("ada@example.org").without == ("architecture", "archive", "project", "question")
    wait_for(lambda: house.mailbox.emails[-1].kind == EmailKind.MOVED.value)
    assert house.mailbox.emails[-1].address == "Ada@example.com"
    again = button.forms[0].send()  # pressing twice is fine
    assert (again.status, "Your mail comes here now" in again.text) == (200, True)
    assert house.get(old_link).status == 410  # what went to the former address leads nowhere any more


def test_the_page_and_the_answer_say_the_same_whatever_address_is_asked(house: House) -> None:
    house.readers.editors.suppress("complained@example.com", Reason.COMPLAINED, now=NOW)
    house.join("reader@example.com")
    seen = set()
    for number, target in enumerate(("new@example.com", "complained@example.com", "reader@example.com")):
        mine = f"me{number}@example.com"
        house.join(mine)
        link = house.mailed_link(mine)
        answer = house.get(link).form("/move").send(email=target)
        page = house.get(link)
        seen.add(
            (answer.status, answer.text.replace(link, ""), f'We asked at <span class="address">{target}' in page.text)
        )
    assert len(seen) == 1
    wait_for(lambda: not house.due())
    assert not house.mailbox.to("complained@example.com")


@pytest.mark.parametrize(
    "email", ["", "  ", "ada", "eve@example.com\r\nBcc: x@example.com", "A" * 20_000 + "@example.com", '"><script>']
)
def test_a_new_address_that_is_none_is_said_in_place(email: str, cottage: House) -> None:
    cottage.join()
    before = cottage.everything()
    answer = cottage.get(cottage.mailed_link()).form("/move").send(email=email)
    assert answer.status == 422
    assert 'id="email-problem"' in answer.text
    assert "<script" not in answer.text
    assert answer.form("/move").fields["email"][0] == " ".join(email.split())[:320]
    assert cottage.everything() == before


def test_everything_that_is_known_comes_as_a_file(house: House) -> None:
    house.join(source="about")
    house.get(house.issue_link()).form().send(section=["concept"], path=["data"])
    form = house.get(house.mailed_link()).form("/data")
    answer = requests.post(form.url, data=form.fields, timeout=5)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert "four parts: concept" in answer.content.decode()
    known = json.loads(answer.content)
    assert known["reader"]["address"] == "Ada@example.com"
    assert known["reader"]["without"] == ["architecture", "archive", "project", "question"]
    assert known["reader"]["courses"][0]["path"] == "data"
    assert [each["act"] for each in known["consents"]] == ["asked", "confirmed", "chosen"]
    assert "You confirm by mail first" in known["consents"][0]["wording"]
    assert known["deliveries"] == [{"issue": 3, "at": NOW.isoformat()}]
    assert {each["what"] for each in known["history"]} >= {"sections"}
    assert known["suppression"] is None


def test_the_keys_of_that_file_are_english_in_every_language_and_all_documented(house: House) -> None:
    leave = house.join(source="“Übersicht”")
    house.get(house.issue_link()).form().send(section=["concept"], path=["data"])
    link = house.mailed_link()
    house.readers.leaving.unsubscribe(leave, now=NOW)
    form = house.get(link).form("/data")
    answer = requests.post(form.url, data=form.fields, timeout=5).content.decode()
    assert "“Übersicht”" in answer, "letters are written as they are"
    found = set(keys(json.loads(answer)))
    section = (
        (Path(__file__).parents[2] / "docs/readers.md")
        .read_text("utf-8")
        .partition("## The data that a reader downloads")[2]
    )
    documented = {
        key
        for line in section.partition("\n## ")[0].splitlines()
        if line.startswith("| `")
        for key in re.findall("`([^`]+)`", line.split(" | ")[0])
    }
    assert found == documented


def keys(value: object, name: str = "") -> Iterator[str]:
    """Yield the keys of all values in a file of JSON: `reader.courses[].path`."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from keys(each, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for each in value:
            yield from keys(each, f"{name}[]")
    else:
        yield name


def test_a_reader_is_deleted_after_saying_so_twice_and_the_bare_address_stays(house: House) -> None:
    leave = house.join()
    page = house.get(house.mailed_link())
    form = page.form("/delete")
    refused = form.send()
    assert (refused.status, NOT_SURE in refused.text) == (422, True)
    assert house.active() == 1
    gone = form.send(sure="yes")
    assert (gone.status, "You are deleted" in gone.text) == (200, True)
    record = house.readers.editors.show("ada@example.com")
    assert record is not None
    assert record.reader is None
    assert record.suppression is not None
    assert "You are deleted" in form.send(sure="yes").text  # pressing twice is fine
    assert "belonged to somebody whose data was deleted" in house.get(page.url.removeprefix(f"{house.url}/")).text
    assert requests.post(f"{house.url}/unsubscribe/{leave}", timeout=5).status_code == 200
    house.sign_up("ada@example.com")
    assert house.active() == 0
