"""The forms of a reader's page: their tokens, links that are too old, bodies of all kinds, two tabs."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from publisher.web import AbuseLimits
from publisher.web.portal import ONCE_MORE
from subscribers import EmailKind, Reason, State, new_subject_id
from tests.house import LOOSE, SECRETS_FREE, House, Page, open_house, wait_for
from tests.readers import DAY, NOW


@pytest.fixture
def cottage(tmp_path: Path) -> Iterator[House]:
    """A house on SQLite only: what is tried here does not depend on the database."""
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path)
    yield house
    close()


def test_a_page_says_what_became_of_a_reader_who_left_or_never_confirmed(house: House) -> None:
    house.readers.leaving.unsubscribe(house.join(), now=NOW)
    for link, forms in ((house.issue_link(), []), (house.mailed_link(), ["data", "delete"])):
        page = house.get(link)
        assert (page.status, "You are off the list" in page.text) == (200, True)
        assert "/subscribe" in page.links
        assert [form.url.rpartition("/")[2] for form in page.forms] == forms
    assert "reply to any of our mails" in house.get(house.issue_link()).text
    house.sign_up("new@example.com")
    wait_for(lambda: bool(house.mailbox.to("new@example.com")))
    pending = house.get(house.issue_link("new@example.com"))
    assert (pending.status, "One press is missing" in pending.text) == (200, True)


def test_who_left_while_the_page_was_open_is_told_so_and_nothing_is_saved(cottage: House) -> None:
    token = cottage.join()
    form = cottage.get(cottage.issue_link()).form()
    cottage.readers.leaving.unsubscribe(token, now=NOW)
    before = cottage.everything()
    answer = form.send(section=["concept"])
    assert (answer.status, "has ended" in answer.text) == (409, True)
    assert cottage.everything() == before


ACTS = {
    "": {"section": ["concept"], "zone": "Asia/Tokyo", "pause": "8", "path": ["data"]},
    "/next": {"path": "backend"},
    "/link": {},
    "/move": {"email": "new@example.com"},
    "/data": {},
    "/delete": {"sure": "yes"},
}


@pytest.mark.parametrize("kind", ["none", "another reader's", "nobody's", "too old", "not UTF-8"])
@pytest.mark.parametrize("act", ACTS)
def test_every_form_of_the_page_wants_its_own_fresh_token(act: str, kind: str, cottage: House) -> None:
    cottage.join()
    subject = cottage.reader().subject_id
    token = {
        "none": "",
        "another reader's": cottage.keyring.form(NOW, new_subject_id()),
        "nobody's": cottage.keyring.form(NOW),
        "too old": cottage.keyring.form(NOW - DAY, subject),
        "not UTF-8": "\udcff",
    }[kind]
    link = cottage.mailed_link()
    before = cottage.everything()
    data = {**ACTS[act], "form": token.encode("utf-8", "surrogateescape")}
    answer = Page.of(requests.post(f"{cottage.url}/{link}{act}", data=data, timeout=5))
    assert answer.status == 403
    assert "once more" in answer.text
    assert cottage.everything() == before
    if act == "":
        assert ONCE_MORE in answer.text
        kept = answer.form()
        assert (kept.fields["section"], kept.fields["path"]) == (["concept"], ["data"])
        assert (kept.fields["zone"], kept.fields["pause"]) == (["Asia/Tokyo"], ["8"])
        assert kept.send().status == 200
        assert cottage.reader().zone == "Asia/Tokyo"
    elif act == "/move":
        assert answer.form("/move").fields["email"] == ["new@example.com"]
        assert answer.form("/move").send().status == 200


def test_whoever_loads_an_answer_once_more_comes_back_to_the_page(cottage: House) -> None:
    cottage.join()
    link = cottage.mailed_link()
    for act in ("next", "link", "move", "data", "delete"):
        page = cottage.get(f"{link}/{act}")
        assert (page.status, page.url) == (200, f"{cottage.url}/{link}")
    assert cottage.get(f"{link}/else").status == 404


def test_a_press_without_any_field_shows_the_page_as_it_was(cottage: House) -> None:
    cottage.join()
    answer = Page.of(requests.post(f"{cottage.url}/{cottage.issue_link()}", timeout=5))
    assert answer.status == 403
    assert len(answer.form().fields["section"]) == 5


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_too_old_has_a_button_that_mails_a_new_one(method: str, cottage: House) -> None:
    cottage.join()
    for link, days in ((cottage.mailed_link(), 1), (cottage.issue_link(), 30)):
        cottage.clock.time = NOW + days * DAY
        old = Page.of(requests.request(method, f"{cottage.url}/{link}", timeout=5))
        assert (old.status, "This link is too old" in old.text) == (410, True)
        asked = old.forms[0].send()
        assert (asked.status, "Look in your mailbox" in asked.text) == (200, True)
        wait_for(lambda: not cottage.due())
        assert cottage.mailbox.emails[-1].kind == EmailKind.LINK.value
        assert cottage.get(f"preferences/{cottage.mailbox.emails[-1].token}").status == 200


def test_a_moving_link_that_is_too_old_is_explained(cottage: House) -> None:
    cottage.join()
    token = cottage.keyring.move(cottage.reader().subject_id, NOW)
    cottage.clock.time = NOW + 2 * DAY
    for method in ("GET", "POST"):
        answer = requests.request(method, f"{cottage.url}/move/{token}", timeout=5)
        assert (answer.status_code, "worked for 48 hours" in answer.text) == (410, True)


@pytest.mark.parametrize("path", ["preferences/{}", "preferences/{}/next", "preferences/{}/link", "preferences/{}/move", "preferences/{}/data", "preferences/{}/delete", "move/{}"])  # fmt: skip
def test_a_bad_link_is_explained_and_changes_nothing(path: str, cottage: House) -> None:
    cottage.join()
    subject = cottage.reader().subject_id
    good = cottage.keyring.account(subject, NOW)
    before = cottage.everything()
    bad = [
        good[:-1], good + "A", "x", "%00", "%ed%a0%80", "é", "A" * 3_000, cottage.keyring.confirm(subject, NOW),
        cottage.keyring.unsubscribe(subject), cottage.keyring.account(new_subject_id(), NOW)[:-8] + "A" * 8,
    ]  # fmt: skip
    for token in bad:
        for method in ("GET", "POST"):
            answer = requests.request(method, f"{cottage.url}/{path.format(token)}", timeout=5)
            assert answer.status_code == 400, token
            assert not any(word in answer.text for word in SECRETS_FREE)
            assert token not in answer.text or len(token) < 5
    assert cottage.everything() == before


BODIES = {
    "one megabyte": (b"section=" + b"a" * 1_000_000, "application/x-www-form-urlencoded"),
    "too many fields": (b"section=a&" * 300, "application/x-www-form-urlencoded"),
    "surrogates": (b"form=%ed%a0%80&section=%ed%a0%80&zone=%ed%a0%80&email=%ed%a0%80&path=%00&pause=%ed", "application/x-www-form-urlencoded"),
    "no multipart": (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    "an odd charset": (b'--x\r\nContent-Disposition: form-data; name="zone"\r\n\r\n\\ud800\r\n--x--\r\n', "multipart/form-data; boundary=x; charset=unicode_escape"),
    "no such charset": (b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na\r\n--x--\r\n', "multipart/form-data; boundary=x; charset=klingon"),
    "JSON": (b'{"section": ["concept"]}', "application/json"),
    "a file": (b'--x\r\nContent-Disposition: form-data; name="form"; filename="a"\r\n\r\na\r\n--x--\r\n', "multipart/form-data; boundary=x"),
    "nothing said": (b"\xff\xfe", ""),
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("act", [*ACTS, "link", "move"])
def test_no_body_breaks_anything(act: str, body: str, cottage: House) -> None:
    cottage.join()
    subject = cottage.reader().subject_id
    path = {"link": "link", "move": f"move/{cottage.keyring.move(subject, NOW)}"}.get(act, cottage.mailed_link() + act)
    before = cottage.everything()
    sent, kind = BODIES[body]
    answer = requests.post(f"{cottage.url}/{path}", data=sent, headers={"Content-Type": kind}, timeout=5)
    assert 400 <= answer.status_code < 500
    assert not any(word in answer.text for word in SECRETS_FREE)
    assert cottage.everything() == before


def test_a_lost_link_is_mailed_with_one_answer_for_every_address(house: House) -> None:
    house.join()
    house.readers.leaving.unsubscribe(house.join("left@example.com"), now=NOW)
    house.readers.editors.suppress("complained@example.com", Reason.COMPLAINED, now=NOW)
    house.sign_up("pending@example.com")
    wait_for(lambda: bool(house.mailbox.to("pending@example.com")) and not house.due())
    before = len(house.mailbox.emails)
    answers = set()
    for name in ("ADA", "left", "complained", "pending", "nobody", "ada"):
        answer = house.get("link").form("/link").send(email=f"{name}@example.com")
        headers = {name: value for name, value in answer.headers.items() if name != "date"}
        answers.add((answer.status, answer.text, tuple(sorted(headers.items()))))
    assert len(answers) == 1
    wait_for(lambda: not house.due())
    assert [(one.kind, one.address) for one in house.mailbox.emails[before:]] == [("link", "Ada@example.com")]


def test_the_form_for_a_lost_link_says_what_to_mend_and_keeps_what_was_typed(tmp_path: Path) -> None:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(LOOSE, answer_every=0))
    try:
        form = house.get("link").form("/link")
        wrong = form.send(email="ada")
        assert (wrong.status, 'aria-invalid="true"' in wrong.text) == (422, True)
        early = form.send(email="ada@example.com")
        assert (early.status, "One more press" in early.text) == (403, True)
        assert early.form("/link").fields["email"] == ["ada@example.com"]
        house.clock.time += dt.timedelta(seconds=2)
        assert early.form("/link").send().status == 200
    finally:
        close()


def test_links_and_moves_have_the_budgets_of_a_sign_up(tmp_path: Path) -> None:
    abuse_limits = AbuseLimits(answer_every=0, youngest_form=0)
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, abuse_limits)
    try:
        house.join()
        page = house.mailed_link()
        statuses = [house.get(page).form("/move").send(email=f"r{number}@example.com").status for number in range(4)]
        ask = house.get("link").form("/link")
        statuses += [ask.send(email="ada@example.com").status for _ in range(3)]
        assert statuses == [200, 429, 429, 429, 200, 429, 429]  # a second move within the hour is refused, and counts
        late = house.get(house.issue_link()).form("/link").send()
        assert (late.status, "Too many forms" in late.text) == (429, True)
        assert int(late.headers["retry-after"]) > 0
    finally:
        close()


def test_why_somebody_left_is_kept_on_one_line(house: House) -> None:
    page = house.get(f"unsubscribe/{house.join()}")
    assert "/link" in page.links
    assert page.text.count("<button") == 1
    left = page.forms[0].send(why="too\r\nmuch\x00 " + "x" * 9_000)
    assert (left.status, "You are off the list" in left.text) == (200, True)
    assert house.reader().state is State.UNSUBSCRIBED
    record = house.readers.editors.show("ada@example.com")
    assert record is not None
    [why] = [each.detail for each in record.history if each.what == "why"]
    assert why.startswith("too much x")
    assert len(why) <= 300


def token_paths(house: House, address: str = "ada@example.com") -> list[str]:
    """Return every path with a token: valid, trusted, expired, forged; with everything that stands below it."""
    keys, subject = house.keyring, house.reader(address).subject_id
    long_ago = NOW - 60 * DAY
    pages = [
        keys.preferences(subject, NOW), keys.account(subject, NOW), keys.preferences(subject, long_ago),
        keys.account(subject, long_ago), keys.account(subject, NOW)[:-1],
    ]  # fmt: skip
    found = [f"preferences/{token}{act}" for token in pages for act in ACTS]
    found += [f"confirm/{keys.confirm(subject, at)}{act}" for at in (NOW, long_ago) for act in ("", "/again")]
    found += [f"move/{keys.move(subject, at)}" for at in (NOW, long_ago)]
    return [*found, f"unsubscribe/{keys.unsubscribe(subject)}"]


def test_a_crawler_that_gets_and_heads_everything_changes_nothing(house: House) -> None:
    house.join()
    house.get(house.issue_link()).form().send(path=["backend"])
    house.readers.courses.take_steps(NOW)
    house.get(house.mailed_link()).form("/move").send(email="ada@example.org")
    house.readers.leaving.unsubscribe(house.join("left@example.com"), now=NOW)
    house.sign_up("pending@example.com")
    house.site.mkdir()
    (house.site / "index.html").write_text("<h1>Front</h1>")
    wait_for(lambda: bool(house.mailbox.to("pending@example.com")) and not house.due())
    todo = ["", "subscribe", "link", "healthz", "api/form", "api/subscribe", "openapi.json"]
    for address in ("ada@example.com", "left@example.com", "pending@example.com"):
        todo += token_paths(house, address)
    before = house.everything()
    seen: set[str] = set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        page = house.get(path)
        head = requests.head(f"{house.url}/{path}", allow_redirects=True, timeout=5)
        assert (head.status_code, head.content) == (page.status, b"")
        assert page.status in (200, 400, 404, 405, 409, 410)
        assert "set-cookie" not in page.headers
        links = (link.removeprefix(house.publication.base_url).partition("#")[0] for link in page.links)
        todo += [link.removeprefix("/") for link in links if link.startswith("/")]
    assert len(seen) > 100
    assert house.everything() == before


def test_the_log_has_neither_address_nor_token_of_any_page(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.join()
    caplog.set_level(logging.DEBUG)
    paths = token_paths(house)
    for path in paths:
        house.get(path)
        requests.post(f"{house.url}/{path}", data={"email": "ada@example.com", "why": "ada@example.com"}, timeout=5)
    house.get("link").form("/link").send(email="ada@example.com")

    def logged() -> str:
        ours = (record for record in caplog.records if not record.name.startswith(("urllib3", "asyncio")))
        return "\n".join(record.getMessage() for record in ours)

    wait_for(lambda: "POST /link 200" in logged())
    text = logged()
    for path in ("/preferences/…/move", "/preferences/…/delete", "/move/…", "/confirm/…/again", "/unsubscribe/…"):
        assert f"POST {path} " in text
    assert "ada@" not in text.lower()
    assert not any(path.split("/")[1][:20] in text for path in paths)


def test_pages_need_neither_script_nor_inline_style_and_are_kept_by_no_cache(cottage: House) -> None:
    cottage.join()
    for path in ("link", *token_paths(cottage)):
        page = cottage.get(path)
        assert not any(word in page.text for word in ("<script", "<style", " style=", " onclick="))
        if page.status != 405:
            assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"


def test_below_a_path_every_form_leads_below_it_too(tmp_path: Path) -> None:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, base_url="https://example.com/notes")
    try:
        house.join()
        page = house.get(f"notes/{house.mailed_link()}")
        assert all("/notes/preferences/" in form.url for form in page.forms)
        assert page.form().send(section=["concept"]).status == 200
        assert page.form("/data").send().status == 200
        house.clock.time += 2 * DAY
        old = house.get(page.url.removeprefix(f"{house.url}/"))
        assert (old.status, old.forms[0].send().status) == (410, 200)
    finally:
        close()


def test_of_two_tabs_the_later_does_not_undo_the_earlier_and_says_so(house: House) -> None:
    house.join()
    one, other = (house.get(house.issue_link()).form() for _ in range(2))
    without_concept = [each for each in one.fields["section"] if each != "concept"]
    assert "Saved. It applies" in one.send(section=without_concept, path="backend").text
    answer = other.send(zone="Asia/Tokyo", pause="4")
    assert (answer.status, "What you changed elsewhere" in answer.text) == (200, True)
    reader = house.reader()
    assert (reader.without, reader.zone, reader.paused(NOW)) == (("concept",), "Asia/Tokyo", True)
    assert [course.path for course in reader.courses if course.ended is None] == ["backend"]
    shown = answer.form()
    assert "concept" not in shown.fields["section"]
    assert "Saved. It applies" in shown.send(pause="keep").text
    assert house.reader().paused(NOW)


def test_two_tabs_cannot_take_everything_away_and_a_form_of_an_earlier_release_applies_as_a_whole(house: House) -> None:
    house.join()
    one, other = (house.get(house.issue_link()).form() for _ in range(2))
    first, *rest = one.fields["section"]
    assert one.send(section=first).status == 200
    assert other.send(section=rest).status == 422
    assert set(house.reader().without) == set(rest)
    assert other.send(section=rest, shown=None).status == 200
    assert house.reader().without == (first,)
    assert other.send(section=rest, shown='{"without": 3}').status == 200


def test_a_move_says_what_is_true_when_nothing_leaves(house: House) -> None:
    house.join()
    page = house.get(house.mailed_link())
    same = page.form("/move").send(email="ADA@example.com")
    assert (same.status, "comes to this address already" in same.text) == (422, True)
    assert page.form("/move").send(email="new@example.com").status == 200
    wait_for(lambda: bool(house.mailbox.to("new@example.com")))
    soon = page.form("/move").send(email="newer@example.com")
    assert (soon.status, "less than an hour ago" in soon.text) == (429, True)
    assert house.reader().moving_to == "new@example.com"
    link = f"move/{house.mailbox.to('new@example.com')[0].token}"
    assert house.get(link).forms[0].send().status == 200
    used = house.get(link)
    assert (used.status, "Your mail comes here now" in used.text, used.forms) == (200, True, [])


def test_an_old_link_of_who_is_not_on_the_list_brings_no_mail_and_does_not_say_so(house: House) -> None:
    token = house.join()
    old = house.issue_link()
    requests.post(f"{house.url}/unsubscribe/{token}", timeout=5)
    house.clock.time += 40 * DAY
    page = house.get(old)
    answer = page.forms[0].send()
    assert (answer.status, "You are not on the list" in answer.text) == (409, True)
