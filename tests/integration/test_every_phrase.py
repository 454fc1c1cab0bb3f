"""Every word on the pages that answer readers is in the catalogues: see tests/unit/test_every_phrase.py for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from publisher.web import AbuseLimits, Limits
from tests import signs
from tests.house import AT_ONCE, House, Page, half_open, open_house, wait_for
from tests.readers import DAY

OWN = (
    "Production AI Notes, 1 Example Street, Example City", "Production AI Notes",
    "One practical e-mail a week for backend engineers who are becoming AI engineers",
    "concept", "architecture", "project idea", "interview question", "Concept", "Architecture", "Project idea",
    "Interview question", "Token buckets", "How would you shard it?", "Backend engineer to AI engineer",
    "Data engineer to AI engineer", "Europe/Berlin",
)  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house, close = in_signs(tmp_path)
    yield house
    close()


def in_signs(folder: Path, limits: AbuseLimits = AT_ONCE):  # type: ignore[no-untyped-def]
    return open_house(f"sqlite:///{folder}/x.db", folder, limits, language="ja", words=signs.words(), draft={})


def look(page: Page, status: int) -> Page:
    assert page.status == status
    shown = page.text.split('<select id="zone"')  # the zones are called by their names
    text = shown[0] + shown[-1].partition("</select>")[2] if len(shown) > 1 else page.text
    assert signs.letters(" ".join(signs.read(text).split()), OWN) == []
    return page


def test_on_the_way_to_a_subscription(house: House) -> None:
    look(house.get("subscribe?path=backend"), 200)
    for email, token, status in (("", "x", 422), ("nobody", "x", 422), ("ada@example.com", "", 422)):
        sent = requests.post(f"{house.url}/subscribe", data={"email": email, "form": token}, timeout=5)
        look(Page.of(sent), status)
    look(Page.of(house.sign_up("ada@example.com")), 200)
    house.sign_up("bob@example.com", path="backend")
    wait_for(lambda: bool(house.mailbox.to("bob@example.com")))
    token = house.mailbox.to("bob@example.com")[0].token
    page = look(house.get(f"confirm/{token}"), 200)
    look(page.forms[0].send(form=""), 403)
    look(page.forms[0].send(), 200)
    look(house.get(f"confirm/{token}"), 200)
    house.clock.advance(3 * DAY.total_seconds())
    page = look(house.get(f"confirm/{token}"), 410)
    look(page.forms[0].send(form=""), 403)
    look(house.get("confirm/forged"), 400)


def test_on_a_readers_own_page(house: House) -> None:
    leave = house.join(path="data")
    page = look(house.get(house.issue_link()), 200)
    look(page.form().send(pause="4", path=["backend", "data"], pace_backend="3"), 200)
    look(page.form().send(section=None, path=None), 422)
    look(page.form().send(pause="9", zone="Nowhere"), 422)
    look(page.form().send(form=""), 403)
    look(page.form("/next").send() if any(f.url.endswith("/next") for f in page.forms) else page, 200)
    page = look(house.get(house.mailed_link()), 200)
    look(page.form("/move").send(email="new"), 422)
    look(page.form("/move").send(email="new@example.com"), 200)
    look(house.get(house.mailed_link()), 200)
    look(page.form("/delete").send(), 422)
    look(house.get("link"), 200)
    look(house.get(f"unsubscribe/{leave}"), 200)
    look(house.get(f"unsubscribe/{leave}").forms[0].send(), 200)
    page = look(house.get(house.mailed_link()), 200)
    look(page.form("/delete").send(sure="yes"), 200)
    look(house.get(f"unsubscribe/{leave}"), 200)
    look(house.get("preferences/forged"), 400)


def test_in_answers_to_programs_that_show_them_to_readers(house: House) -> None:
    api = f"{house.url}/api/subscribe"
    bodies: tuple[dict[str, str], ...] = (
        {"email": ""},
        {"email": "nobody"},
        {"email": "ada@example.com"},
        {"email": "ada@example.com", "form": house.token()},
    )
    for body in bodies:
        assert signs.letters(requests.post(api, json=body, timeout=5).json()["message"]) == []
    long = requests.post(api, data=b"x" * 70_000, timeout=5)
    assert (long.status_code, signs.letters(long.json()["message"])) == (413, [])
    with half_open(house, b"POST /subscribe HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n") as stream:  # fmt: skip
        answer = b"".join(iter(lambda: stream.recv(4096), b"")).decode()
    assert " 400 " in answer
    assert signs.SIGN in answer.encode().decode("unicode_escape")


def test_when_too_much_comes(tmp_path: Path) -> None:
    few = Limits(client="1 per minute", address="9 per minute", domain="9 per minute", everyone="9 per minute")
    house, close = in_signs(tmp_path, AbuseLimits(few, answer_every=0, youngest_form=0))
    try:
        house.sign_up("ada@example.com")
        look(Page.of(house.sign_up("ada@example.com")), 429)
    finally:
        close()
