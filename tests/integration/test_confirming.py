"""Confirming with courses, undoing, refusing all mail: real pages, a real database."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import requests

from subscribers import Reason, State, new_subject_id
from tests.house import House, Page, wait_for
from tests.readers import DAY, NOW


def test_a_course_is_offered_in_a_box_that_only_the_reader_ticks_and_proven_in_its_own_words(house: House) -> None:
    page = house.get("subscribe?path=backend")
    box = re.search(
        r'<input type="checkbox" name="path" value="backend"([^>]*)> <span>(.*?)</span>', page.text, re.DOTALL
    )
    assert box is not None
    assert "checked" not in box[1]
    assert page.form("/subscribe").send(email="bob@example.com").status == 200
    assert house.reader("bob@example.com").courses == ()

    house.join(path="backend")
    kept = [
        (str(each.act), each.course, each.wording.text)
        for each in house.readers.editors.show("ada@example.com").consents
    ]
    course = f"{house.publication.name}: {' '.join(unescape(box[2]).split())}"
    assert "3 steps, one every week" in course
    assert [(act, about) for act, about, _ in kept] == [
        ("asked", ""), ("asked", "backend"), ("confirmed", ""), ("confirmed", "backend"),
    ]  # fmt: skip
    assert [words == course for _, about, words in kept] == [about == "backend" for _, about, _ in kept]


def test_the_confirmation_says_that_a_course_is_meant_even_one_that_was_asked_for_after_the_mail(
    cottage: House,
) -> None:
    cottage.sign_up("ada@example.com", path="backend")
    wait_for(lambda: bool(cottage.mailbox.emails))
    assert cottage.mailbox.emails[0].whole.courses == ("backend",)
    cottage.sign_up("ada@example.com", path="data")
    page = cottage.get(f"confirm/{cottage.mailbox.emails[0].token}")
    for title in ("Backend engineer to AI engineer", "Data engineer to AI engineer"):
        assert f"course “{title}”" in page.text
    assert page.forms[0].send().status == 200
    asked = [
        each.course for each in cottage.readers.editors.show("ada@example.com").consents if each.act == "confirmed"
    ]
    assert asked == ["", "backend", "data"]


def test_only_the_courses_that_the_page_showed_are_confirmed(cottage: House) -> None:
    cottage.sign_up("ada@example.com", path="backend")
    wait_for(lambda: bool(cottage.mailbox.emails))
    page = cottage.get(f"confirm/{cottage.mailbox.emails[0].token}")
    cottage.sign_up("ada@example.com", path="data")  # whoever that was
    assert page.forms[0].send().status == 200
    assert [course.path for course in cottage.reader().courses] == ["backend"]
    acts = cottage.readers.editors.show("ada@example.com").consents
    assert [each.course for each in acts if each.act == "confirmed"] == ["", "backend"]


def test_a_course_that_is_ticked_on_the_readers_page_is_proven_at_the_pace_they_chose(cottage: House) -> None:
    cottage.join()
    form = cottage.get(cottage.issue_link()).form()
    assert form.send(path="backend", pace_backend="14").status == 200
    assert form.send(path="backend", pace_backend="14").status == 200
    last = cottage.readers.editors.show("ada@example.com").consents[-1]
    assert (last.act, last.course, last.source, last.client) == ("chosen", "backend", "own page", "127.0.0.1")
    assert "3 steps, one every two weeks" in last.wording.text
    assert len(cottage.readers.editors.show("ada@example.com").consents) == 3


def test_a_confirmation_link_that_was_used_says_what_is_true(cottage: House) -> None:
    token = cottage.join()
    link = f"confirm/{cottage.mailbox.emails[0].token}"
    used = cottage.get(link)
    assert (used.status, "You are subscribed" in used.text, used.forms) == (200, True, [])
    requests.post(f"{cottage.url}/unsubscribe/{token}", timeout=5)
    ended = cottage.get(link)
    assert (ended.status, "sign up once more" in ended.text, ended.forms) == (409, True, [])
    unknown = f"{cottage.url}/confirm/{cottage.keyring.confirm(new_subject_id(), NOW)}"
    for answer in (requests.get(unknown, timeout=5), requests.post(unknown, timeout=5)):
        assert (answer.status_code, "There is no such reader here" in answer.text) == (404, True)


def test_who_left_by_mistake_is_brought_back_by_one_press_which_is_kept_as_an_act(house: House) -> None:
    token = house.join(path="backend")
    left = Page.of(requests.post(f"{house.url}/unsubscribe/{token}", data={"why": "oops"}, timeout=5))
    assert (left.status, house.active()) == (200, 0)
    assert "You are off the list" in house.get(f"unsubscribe/{token}").text
    refused = left.form("/undo").send(form="")
    assert (refused.status, house.active()) == (403, 0)
    for _ in range(2):
        back = refused.form("/undo").send()
        assert (back.status, "You are back" in back.text, house.active()) == (200, True, 1)
    reader = house.reader()
    assert [course.ended for course in reader.courses] == [None]
    record = house.readers.editors.show("ada@example.com")
    assert (str(record.consents[-1].act), record.consents[-1].source) == ("returned", "leaving page")
    assert (record.suppression, record.history[-1].what != "unsuppressed") == (None, True)
    assert requests.get(f"{house.url}/unsubscribe/{token}/undo", allow_redirects=False, timeout=5).status_code == 303


def test_after_an_hour_nothing_is_undone_and_the_page_offers_to_sign_up(cottage: House) -> None:
    token = cottage.join()
    left = Page.of(requests.post(f"{cottage.url}/unsubscribe/{token}", timeout=5))
    cottage.clock.time += dt.timedelta(hours=1)
    answer = left.form("/undo").send()
    assert (answer.status, "too late" in answer.text, cottage.active()) == (409, True, 0)
    page = cottage.get(f"unsubscribe/{token}")
    assert ("You are off the list" in page.text, page.forms) == (True, [])


def test_who_never_wants_to_be_written_to_again_gets_nothing_whoever_types_their_address(house: House) -> None:
    house.sign_up("ada.b@gmail.com")
    wait_for(lambda: bool(house.mailbox.emails))
    never = f"never/{house.mailbox.emails[0].whole.tokens.never}"
    page = house.get(never)
    assert (page.status, len(page.forms), house.reader("ada.b@gmail.com").state) == (200, 1, State.PENDING)
    for _ in range(2):
        answer = page.forms[0].send()
        assert (answer.status, "We will not write to you again" in answer.text) == (200, True)
    record = house.readers.editors.show("ada.b@gmail.com")
    assert record.suppression is not None
    assert record.suppression.reason is Reason.REFUSED
    house.clock.time += 400 * DAY
    for address in ("ada.b@gmail.com", "adab+x@googlemail.com"):
        assert house.sign_up(address).status_code == 200
    wait_for(lambda: not house.due())
    assert len(house.mailbox.emails) == 1
    confirm = f"{house.url}/confirm/{house.keyring.confirm(record.reader.subject_id, house.clock.time)}"  # type: ignore[union-attr]
    assert requests.get(confirm, timeout=5).status_code == 409


def test_the_mail_to_a_former_address_does_not_refuse_for_the_present_one(cottage: House) -> None:
    cottage.join()
    subject = cottage.reader().subject_id
    never = f"{cottage.url}/never/{cottage.keyring.never(subject, cottage.clock.time)}"
    cottage.clock.time += DAY
    page, keyring = cottage.readers.page, cottage.keyring
    page.ask_move(keyring.account(subject, cottage.clock.time), "new@example.org", now=cottage.clock.time)
    assert page.confirm_move(keyring.move(subject, cottage.clock.time), now=cottage.clock.time)
    assert (requests.post(never, timeout=5).status_code, cottage.active()) == (410, 1)
    later = f"{cottage.url}/never/{keyring.never(subject, cottage.clock.time)}"
    assert (requests.post(later, timeout=5).status_code, cottage.active()) == (200, 0)


def test_a_link_to_refuse_mail_is_no_other_link_and_of_nobody_says_so(cottage: House) -> None:
    cottage.join()
    subject = cottage.reader().subject_id
    for wrong in (cottage.keyring.unsubscribe(subject), "x", cottage.keyring.never(subject, NOW)[:-1]):
        for method in ("GET", "POST"):
            assert requests.request(method, f"{cottage.url}/never/{wrong}", timeout=5).status_code == 400
    unknown = requests.post(f"{cottage.url}/never/{cottage.keyring.never(new_subject_id(), NOW)}", timeout=5)
    assert (unknown.status_code, cottage.active()) == (404, 1)


def test_whoever_asks_again_by_an_old_link_is_told_what_came_of_it(cottage: House) -> None:
    cottage.sign_up("ada@example.com")
    wait_for(lambda: bool(cottage.mailbox.emails))
    again = f"{cottage.url}/confirm/{cottage.mailbox.emails[0].token}/again"

    def ask() -> tuple[int, str]:
        answer = Page.of(requests.post(again, data={"form": cottage.token()}, timeout=5))
        return answer.status, re.findall(r"<h1>(.*?)</h1>", answer.text)[0]

    assert ask() == (429, "No new message for now")
    cottage.clock.time += 3 * DAY
    assert ask() == (200, "Look in your mailbox")
    wait_for(lambda: len(cottage.mailbox.emails) == 2)
    cottage.get(f"confirm/{cottage.mailbox.emails[1].token}").forms[0].send()
    assert ask() == (200, "You are subscribed")
    cottage.readers.editors.remove("ada@example.com", now=cottage.clock.time)
    assert ask() == (409, "Please sign up once more")
    nobody = f"{cottage.url}/confirm/{cottage.keyring.confirm(new_subject_id(), NOW)}/again"
    assert requests.post(nobody, data={"form": cottage.token()}, timeout=5).status_code == 404


def test_who_comes_back_on_the_day_of_their_confirmation_is_mailed(cottage: House) -> None:
    token = cottage.join()
    requests.post(f"{cottage.url}/unsubscribe/{token}", timeout=5)
    cottage.sign_up("ada@example.com")
    wait_for(
        lambda: len(cottage.mailbox.to("ada@example.com")) == 1 and cottage.mailbox.emails[-1].kind == "confirmation"
    )
    assert cottage.get(f"confirm/{cottage.mailbox.emails[-1].token}").forms[0].send().status == 200
    assert cottage.active() == 1
