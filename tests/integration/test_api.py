"""The JSON API, with a real server and a real database: the same guards as the form, for programs and other sites."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from publisher.web import AbuseLimits, Limits
from subscribers import State
from tests.house import LOOSE, House, open_house, wait_for

ADA = "ada@example.com"


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    house, close = open_house(database_url, tmp_path, AbuseLimits(LOOSE, answer_every=0))
    yield house
    close()


@pytest.fixture
def cottage(tmp_path: Path) -> Iterator[House]:
    house, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(LOOSE, answer_every=0))
    yield house
    close()


def fetched(house: House, seconds: float = 2) -> str:
    """Fetch a form's token, and let some time pass."""
    answer = requests.get(f"{house.url}/api/form", timeout=5)
    house.clock.time += dt.timedelta(seconds=seconds)
    return str(answer.json()["form"])


def post(house: House, **body: object) -> requests.Response:
    return requests.post(f"{house.url}/api/subscribe", json=body, timeout=5)


def test_a_program_signs_a_reader_up(house: House) -> None:
    assert requests.get(f"{house.url}/api/form", timeout=5).json()["after_seconds"] == 1.0
    answer = post(house, email=ADA, form=fetched(house), source="app", campaign="launch")
    assert answer.status_code == 202
    assert "message with one button" in answer.json()["message"]
    wait_for(lambda: bool(house.mailbox.emails))
    [reader] = house.readers.queries.find()
    assert (reader.state, reader.source) == (State.PENDING, "form app, campaign launch")


@pytest.mark.parametrize("seconds", [0.2, 25 * 3600])
def test_a_form_that_comes_back_too_soon_or_too_late_is_asked_for_once_more(seconds: float, cottage: House) -> None:
    answer = post(cottage, email=ADA, form=fetched(cottage, seconds))
    assert answer.status_code == 422
    assert "once more" in answer.json()["message"]
    assert cottage.readers.queries.find() == []


@pytest.mark.parametrize("token", ["", "x", "A" * 66])
def test_a_form_that_was_not_fetched_is_asked_for_once_more(token: str, cottage: House) -> None:
    assert post(cottage, email=ADA, form=token).status_code == 422
    assert cottage.readers.queries.find() == []


def test_every_address_gets_the_same_answer(house: House) -> None:
    for name in ("pending", "twice", "twice"):
        post(house, email=f"{name}@example.com", form=fetched(house))
    answers = {
        (answer.status_code, answer.text)
        for answer in (
            post(house, email=f"{name}@example.com", form=fetched(house)) for name in ("new", "pending", "twice")
        )
    }
    assert len(answers) == 1
    assert answers.pop()[0] == 202


def test_a_token_is_good_for_one_address(cottage: House) -> None:
    token = fetched(cottage)
    statuses = [post(cottage, email=f"{name}@example.com", form=token).status_code for name in ("a", "a", "b", "a+x")]
    assert statuses == [202, 202, 422, 202]  # whoever presses twice, or writes the same mailbox, is no program
    assert [reader.canonical for reader in cottage.readers.queries.find()] == ["a@example.com"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"email": "nobody"}, 422, "not an e-mail address"),
        ({"email": ""}, 422, "enter your e-mail address"),
        ({}, 422, "email: Field required"),
        ({"email": 3}, 422, "email: Input should be a valid string"),
        ({"email": ADA, "name": "Ada"}, 422, "name: Extra inputs"),
        ({"email": "a" * 2000}, 422, "email: String should have at most"),
        ([], 422, "the body"),
    ],
)
def test_what_is_wrong_is_said_in_words(body: object, status: int, words: str, cottage: House) -> None:
    answer = requests.post(f"{cottage.url}/api/subscribe", json=body, timeout=5)
    assert answer.status_code == status
    assert words in answer.json()["message"]


def test_a_body_that_is_no_json_is_said_to_be_none(cottage: House) -> None:
    answer = requests.post(
        f"{cottage.url}/api/subscribe", data="{", headers={"Content-Type": "application/json"}, timeout=5
    )
    assert answer.status_code == 400
    assert "message" in answer.json()


def test_any_sites_script_may_call_it_and_no_cookie_is_set(cottage: House) -> None:
    asked = requests.options(f"{cottage.url}/api/subscribe", headers={"Origin": "https://blog.example.com"}, timeout=5)
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert asked.headers["Access-Control-Allow-Headers"] == "Content-Type"
    answer = post(cottage, email=ADA, form=fetched(cottage))
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "set-cookie" not in answer.headers
    assert "Access-Control-Allow-Origin" not in requests.get(f"{cottage.url}/subscribe", timeout=5).headers


def test_who_sends_too_many_is_told_when_to_come_back(tmp_path: Path) -> None:
    limits = Limits(client="2 per minute", address="100 per minute", domain="100 per minute", everyone="100 per minute")
    house, close = open_house(
        f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(limits, answer_every=0, youngest_form=0)
    )
    try:
        statuses = [post(house, email=f"r{n}@example.com", form=fetched(house)) for n in range(3)]
        assert [answer.status_code for answer in statuses] == [202, 202, 429]
        assert 1 <= int(statuses[-1].headers["Retry-After"]) <= 60
    finally:
        close()


def test_a_path_that_is_not_there_is_no_course(cottage: House) -> None:
    assert post(cottage, email=ADA, form=fetched(cottage), path="nowhere").status_code == 202
    [reader] = cottage.readers.queries.find()
    assert cottage.readers.editors.show(ADA).reader is not None
    assert reader.courses == ()
