"""The readers' pages: a real server on loopback, a real database, real requests, and visitors of all kinds."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from publisher.render.templates import environment, expand
from publisher.web import AbuseLimits, pages, wording
from subscribers import Keyring, Reason, State, new_subject_id
from subscribers.adapters import tables
from tests.house import LOOSE, ROOT, SECRETS_FREE, House, Page, open_house, wait_for
from tests.readers import DAY, NOW, SECRET, WORDING


def test_a_reader_signs_up_confirms_and_leaves_with_plain_forms(house: House) -> None:
    form = house.get("subscribe?source=/issues/3/&campaign=autumn").form("/subscribe")
    answer = form.send(email="Ada@example.com")
    assert answer.status == 200
    assert "Look in your mailbox" in answer.text
    wait_for(lambda: bool(house.mailbox.emails))
    page = house.get(f"confirm/{house.mailbox.emails[0].token}")
    assert page.text.count("<button") == 1
    assert house.active() == 0
    for _ in range(2):  # pressing twice is fine
        pressed = page.forms[0].send()
        assert (pressed.status, "You are subscribed" in pressed.text) == (200, True)
    wait_for(lambda: house.mailbox.emails[-1].kind == "welcome")
    assert [email.kind for email in house.mailbox.emails] == ["confirmation", "welcome"]
    [reader] = house.readers.queries.find(state=State.ACTIVE)
    assert (reader.address, reader.source) == ("Ada@example.com", "form /issues/3/, campaign autumn")

    leave = f"{house.url}/unsubscribe/{house.mailbox.emails[-1].token}"
    assert requests.get(leave, timeout=5).text.count("<button") == 1
    left = requests.post(leave, timeout=5)
    assert left.status_code == 200
    assert "You are off the list" in left.text
    assert "Sign up again" in left.text
    assert house.readers.queries.counts() == {State.PENDING: 0, State.ACTIVE: 0, State.UNSUBSCRIBED: 1}


def test_the_words_beside_the_form_are_the_words_that_are_kept_as_consent(house: House) -> None:
    page = requests.get(f"{house.url}/subscribe", timeout=5).text
    promise = re.search(r'id="promise">(.*?)</p>', page, re.DOTALL)
    assert promise is not None
    kept = wording(house.publication, environment(ROOT / "templates")).text
    assert kept == f"{house.publication.name}: {' '.join(unescape(promise[1]).split())}"
    house.sign_up("ada@example.com")
    with house.engine.connect() as connection:
        assert connection.scalar(sa.select(tables.wording.c.text)) == kept


@pytest.mark.parametrize("sending", ["urlencoded", "multipart", "nothing"])
def test_one_click_of_rfc_8058_leaves_without_cookie_referrer_or_redirect_and_may_be_repeated(
    sending: str, house: House
) -> None:
    token = house.join()
    for _ in range(3):
        form = {"List-Unsubscribe": "One-Click"} if sending == "urlencoded" else None
        parts = {"List-Unsubscribe": (None, "One-Click")} if sending == "multipart" else None
        answer = requests.post(
            f"{house.url}/unsubscribe/{token}", data=form, files=parts, allow_redirects=False, timeout=5
        )
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert house.readers.queries.counts()[State.UNSUBSCRIBED] == 1
    house.readers.editors.forget("ada@example.com", now=NOW)
    assert requests.post(f"{house.url}/unsubscribe/{token}", timeout=5).status_code == 200


def test_a_crawler_that_gets_and_heads_every_link_changes_nothing(house: House) -> None:
    house.join()
    house.sign_up("pending@example.com")
    wait_for(lambda: len(house.mailbox.emails) == 3 and not house.due())
    before = house.everything()
    todo = ["/subscribe", "/", "/healthz"]
    for email in house.mailbox.emails:
        todo += [f"/{kind}/{email.token}" for kind in ("confirm", "unsubscribe")]
    seen: set[str] = set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        page = house.get(path.removeprefix("/"))
        head = requests.head(house.url + path, timeout=5)
        assert (head.status_code, head.content) == (page.status, b"")
        assert page.status in (200, 400, 404, 405)
        links = (link.removeprefix(house.publication.base_url) for link in page.links)
        todo += [link.partition("#")[0] for link in links if link.startswith("/")]
    assert len(seen) >= 12
    assert house.everything() == before


def test_every_address_gets_the_same_answer(house: House) -> None:
    house.join("active@example.com")
    house.sign_up("pending@example.com")
    house.readers.editors.suppress("complained@example.com", Reason.COMPLAINED, now=NOW)
    house.readers.leaving.unsubscribe(house.join("left@example.com"), now=NOW)
    answers = set()
    for name in ("new", "active", "pending", "complained", "left"):
        for trap in ("", "https://spam.example.com"):
            answer = house.sign_up(f"{name}@example.com", website=trap)
            headers = {name: value for name, value in answer.headers.items() if name != "date"}
            answers.add((answer.status_code, answer.text, tuple(sorted(headers.items()))))
    assert len(answers) == 1


def test_a_program_that_fills_in_the_hidden_field_changes_nothing(cottage: House) -> None:
    assert cottage.sign_up("ada@example.com", website="https://spam.example.com").status_code == 200
    assert cottage.everything() == []


def test_a_wrong_address_is_said_in_place_with_what_was_typed(cottage: House) -> None:
    answer = cottage.sign_up('"><script>alert(1)</script>')
    assert answer.status_code == 422
    assert pages.WRONG_ADDRESS in answer.text
    assert 'aria-invalid="true" aria-describedby="problem promise"' in answer.text
    parts = [answer.text.index(part) for part in ('id="email"', '<p class="error" id="problem">', "<button")]
    assert parts == sorted(parts)
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert cottage.everything() == []


@pytest.mark.parametrize("email", ["", "  "])
def test_an_empty_field_is_said_as_such(email: str, cottage: House) -> None:
    assert pages.NO_ADDRESS in cottage.sign_up(email).text


def test_pages_that_answer_readers_have_the_sites_navigation(cottage: House) -> None:
    for path in ("subscribe", "nowhere"):
        assert '<a href="/learn/">Learn</a>' in requests.get(f"{cottage.url}/{path}", timeout=5).text


def test_who_signs_up_is_told_what_to_do_if_no_mail_comes(cottage: House) -> None:
    answer = cottage.sign_up("ada@example.com")
    assert "at most one a day" in answer.text
    assert "try again tomorrow" in answer.text


@pytest.mark.parametrize(
    "email",
    [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com%0d%0aBcc:eve@example.com",
        "ada@example.com\nSubject: cheap watches",
        "ada@example.com, eve@example.com",
        "Ada <ada@example.com>",
        "ada@example.com\u2028",
        "ada\x00@example.com",
        "A" * 20_000 + "@example.com",
        "",
    ],
)
def test_nothing_hides_in_an_address(email: str, cottage: House) -> None:
    answer = cottage.sign_up(email)
    if answer.status_code == 200:  # white space around an address does not count
        wait_for(lambda: bool(cottage.mailbox.emails))
        assert cottage.mailbox.emails[0].address == "ada@example.com"
    else:
        assert answer.status_code == 422
        assert cottage.everything() == []


def test_where_a_reader_came_from_is_kept_as_one_short_line(cottage: House) -> None:
    cottage.sign_up("ada@example.com", source="a\r\nBcc: eve@example.com" + "x" * 1_000)
    [reader] = cottage.readers.queries.find()
    assert reader.source.startswith("form a Bcc: eve@example.comx")
    assert len(reader.source) <= 200


@pytest.mark.parametrize("kind", ["confirm", "unsubscribe"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bad_link_is_explained_and_changes_nothing(kind: str, method: str, cottage: House) -> None:
    cottage.readers.editors.add("ada@example.com", source="cli", wording=WORDING, now=NOW)
    subject = cottage.readers.queries.find()[0].subject_id
    good = {"confirm": Keyring(SECRET).confirm(subject, NOW), "unsubscribe": Keyring(SECRET).unsubscribe(subject)}
    other = {"confirm": "unsubscribe", "unsubscribe": "confirm"}[kind]
    before = cottage.everything()
    bad = (
        good[other],
        good[kind][:-1],
        good[kind] + "A",
        "x",
        "%00",
        "é",
        "A" * 3_000,
        Keyring("y" * 16).unsubscribe(subject),
    )
    for token in bad:
        answer = requests.request(method, f"{cottage.url}/{kind}/{token}", timeout=5)
        assert answer.status_code == 400, token
        assert "This link does not work" in answer.text
        assert not any(word in answer.text for word in SECRETS_FREE)
        assert token not in answer.text or len(token) < 5
    assert cottage.everything() == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_confirmation_link_that_is_too_old_has_a_button_that_mails_a_new_one(method: str, cottage: House) -> None:
    cottage.sign_up("ada@example.com")
    wait_for(lambda: bool(cottage.mailbox.emails))
    cottage.clock.time = NOW + 2 * DAY
    link = f"{cottage.url}/confirm/{cottage.mailbox.emails[0].token}"
    page = Page.of(requests.request(method, link, timeout=5))
    assert page.status == 410
    assert "This link is too old" in page.text
    assert cottage.active() == 0

    refused = page.forms[0].send(form=cottage.keyring.form(NOW))  # fetched two days ago
    assert (refused.status, "press the button once more" in refused.text) == (403, True)
    assert len(cottage.mailbox.emails) == 1
    answer = refused.forms[0].send()
    assert (answer.status, "Look in your mailbox" in answer.text) == (200, True)
    wait_for(lambda: len(cottage.mailbox.emails) == 2)
    again = cottage.get(f"confirm/{cottage.mailbox.emails[1].token}").forms[0].send()
    assert "You are subscribed" in again.text
    assert cottage.active() == 1


def test_a_confirmation_link_of_a_reader_who_left_since_asks_for_a_new_sign_up(cottage: House) -> None:
    cottage.sign_up("ada@example.com")
    wait_for(lambda: bool(cottage.mailbox.emails))
    page = cottage.get(f"confirm/{cottage.mailbox.emails[0].token}")
    assert page.forms[0].send().status == 200
    wait_for(lambda: cottage.mailbox.emails[-1].kind == "welcome")
    requests.post(f"{cottage.url}/unsubscribe/{cottage.mailbox.emails[-1].token}", timeout=5)
    answer = page.forms[0].send()
    assert answer.status == 409
    assert "sign up once more" in answer.text
    assert cottage.active() == 0


TOKENS = {
    "none": lambda house: "",
    "not ours": lambda house: Keyring("y" * 16).form(NOW),
    "another reader's": lambda house: house.keyring.form(NOW, new_subject_id()),
    "too young": lambda house: house.keyring.form(NOW + dt.timedelta(seconds=0.5)),
    "too old": lambda house: house.keyring.form(NOW - DAY),
    "of another kind": lambda house: house.keyring.confirm(new_subject_id(), NOW),
    "no token at all": lambda house: "\ud800\x00".encode("utf-8", "surrogatepass").decode("latin-1") + "é" * 900,
}


@pytest.mark.parametrize("kind", TOKENS)
def test_a_form_that_was_not_fetched_well_is_pressed_once_more_with_what_was_typed_kept(
    kind: str, tmp_path: Path
) -> None:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(LOOSE, answer_every=0))
    try:
        typed = {"email": "ada@example.com", "source": "about", "campaign": "autumn", "path": "backend"}
        data = {**typed, "form": TOKENS[kind](house)}
        answer = Page.of(requests.post(f"{house.url}/subscribe", data=data, timeout=5))
        assert (answer.status, "One more press" in answer.text) == (422, True)
        assert house.everything() == []
        form = answer.form("/subscribe")
        assert {name: form.fields[name] for name in typed} == {name: [value] for name, value in typed.items()}
        house.clock.time += dt.timedelta(seconds=1)
        assert form.send().status == 200
        assert house.reader().source == "form about, campaign autumn"
        assert [course.path for course in house.reader().courses] == ["backend"]
    finally:
        close()


@pytest.mark.parametrize("kind", ["none", "not ours", "another reader's", "too old", "of another kind"])
def test_a_confirmation_is_pressed_once_more_when_its_page_was_not_fetched_well(kind: str, cottage: House) -> None:
    cottage.sign_up("ada@example.com")
    wait_for(lambda: bool(cottage.mailbox.emails))
    link = f"{cottage.url}/confirm/{cottage.mailbox.emails[0].token}"
    answer = Page.of(requests.post(link, data={"form": TOKENS[kind](cottage)}, timeout=5))
    assert (answer.status, "press the button once more" in answer.text) == (403, True)
    assert cottage.active() == 0
    assert answer.forms[0].send().status == 200
    assert cottage.active() == 1


def test_the_sites_pages_get_a_token_and_the_campaign_of_their_address(cottage: House) -> None:
    (cottage.site / "about").mkdir(parents=True)
    shown = {"publication": cottage.publication, "root": "../", "source": "about"}
    page = expand(environment(ROOT / "templates"), "web/form.html", shown)
    (cottage.site / "about" / "index.html").write_text(page)
    (cottage.site / "plain.html").write_text("<p>No form</p>")
    form = cottage.get('about/?utm_source=x&utm_campaign=autumn%0A"><b>').form("/subscribe")
    assert form.fields["campaign"] == ['autumn "><b>']
    assert form.send(email="ada@example.com").status == 200
    assert cottage.reader().source == 'form about, campaign autumn "><b>'
    answer = requests.get(f"{cottage.url}/about/", timeout=5)
    assert answer.headers["Cache-Control"].startswith("private")
    assert requests.get(f"{cottage.url}/plain.html", timeout=5).headers["Cache-Control"].startswith("public")


def test_what_gets_smaller_by_it_comes_compressed_if_the_reader_takes_that(cottage: House) -> None:
    cottage.site.mkdir(parents=True, exist_ok=True)
    files = {
        "plain.html": f"<p>{'Retries multiply load. ' * 200}</p>", "style.css": "p { margin: 0 }\n" * 200,
        "form.html": f'<form><input name="form" value=""></form>{"<p>word</p>" * 200}', "feed.xml": f"<feed>{'<entry/>' * 400}</feed>",
    }  # fmt: skip
    for name, text in files.items():
        (cottage.site / name).write_text(text)
    for name, text in files.items():
        small, whole = (
            requests.get(f"{cottage.url}/{name}", headers={"Accept-Encoding": how}, timeout=5, stream=True)
            for how in ("br, gzip", "identity, gzip;q=0")
        )
        assert small.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in whole.headers
        assert int(small.headers["Content-Length"]) < int(whole.headers["Content-Length"]) / 4
        assert {small.headers["Vary"], whole.headers["Vary"]} == {"Accept-Encoding"}
        assert small.headers["Content-Type"] == whole.headers["Content-Type"]
        assert small.headers["Cache-Control"] == whole.headers["Cache-Control"]
        if name != "form.html":  # it has a token of its own each time
            assert small.text == whole.text == text
            tag = small.headers["ETag"]
            again = requests.get(f"{cottage.url}/{name}", headers={"If-None-Match": tag}, timeout=5)
            assert (again.status_code, again.content) == (304, b"")
            assert (again.headers["ETag"], again.headers["Vary"]) == (tag, "Accept-Encoding")
            asked = requests.head(f"{cottage.url}/{name}", headers={"Accept-Encoding": "gzip"}, timeout=5)
            told = ("ETag", "Vary", "Content-Encoding", "Content-Length", "Content-Type")
            assert [asked.headers[each] for each in told] == [small.headers[each] for each in told]
    part = requests.get(f"{cottage.url}/style.css", headers={"Range": "bytes=0-3"}, timeout=5)
    assert (part.status_code, part.text) == (206, "p { ")
    assert requests.get(f"{cottage.url}/feed.xml", timeout=5).headers["Content-Type"].startswith("application/atom+xml")


def test_what_is_compressed_once_is_not_kept_for_its_next_version(cottage: House) -> None:
    cottage.site.mkdir(parents=True, exist_ok=True)
    for word in ("first", "other"):
        (cottage.site / "style.css").write_text(f"{word} " * 500)
        assert requests.get(f"{cottage.url}/style.css", timeout=5).text == f"{word} " * 500


def test_a_page_of_the_site_without_a_token_asks_for_one_more_press(cottage: House) -> None:
    answer = Page.of(requests.post(f"{cottage.url}/subscribe", data={"email": "ada@example.com"}, timeout=5))
    assert answer.form("/subscribe").send().status == 200  # another server showed the site's files
    assert cottage.reader().source == "form site"
