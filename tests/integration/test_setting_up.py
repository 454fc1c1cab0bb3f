"""Answers are judged one by one, written together, and never at the cost of what is there."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from publisher.app import App
from publisher.errors import ContentError, Refused, SettingsError
from publisher.privacy import page
from publisher.questions import QUESTIONS
from publisher.setting_up import SettingUp

ASKED = {question.name: question for question in QUESTIONS}
SERVER = "smtp://notes@mail.pressroom.dev:587"


def answered(folder: Path, **answers: str) -> SettingUp:
    setting_up = SettingUp(folder, {})
    for name, text in answers.items():
        setting_up.answer(ASKED[name.replace("_", "-")], text)
    return setting_up


def test_mailboxes_that_are_still_examples_go_once_the_sender_is_none_and_the_others_stay(tmp_path: Path) -> None:
    answered(tmp_path / "news").save()
    toml = tmp_path / "news/content/publication.toml"
    assert 'bounces = "bounces@news.example.com"' in toml.read_text()
    text = toml.read_text().replace('"news@news.example.com"', '"news@pressroom.dev"\nreply_to = "desk@pressroom.dev"')
    toml.write_text(f'{text}\n[delivery]\nunsubscribe_mailbox = "leave@news.example.com"\n')
    answered(tmp_path / "news", name="Acme Notes").save()
    found = tomllib.loads(toml.read_text())
    assert found["sender"] == {"name": "Acme Notes", "address": "news@pressroom.dev", "reply_to": "desk@pressroom.dev"}
    assert found["delivery"] == {}


def test_ten_questions_are_the_most() -> None:
    assert len(QUESTIONS) + len(["mail server", "its password", "database"]) == 10


def test_answers_make_a_publication_whose_examples_are_gone(tmp_path: Path) -> None:
    setting_up = answered(
        tmp_path / "news", name="Acme Notes", base_url="news.pressroom.dev/", sender="Acme <notes@pressroom.dev>",
        postal_address="5 High Street", zone="America/Lima", send="tue 07:30", editors="Robin <r@pressroom.dev>, sam@pressroom.dev",
    )  # fmt: skip
    assert not (tmp_path / "news").exists(), "nothing is written before the end"
    setting_up.answer_smtp(SERVER, "p@ss/word")
    setting_up.answer_database("sqlite:///news.db")
    setting_up.save()
    with App(tmp_path / "news", variables={}) as app:
        publication = app.act().content.publication
        assert app.as_it_is.setting_problems() == ()
        assert app.settings.smtp_url is not None
        assert app.settings.smtp_url.get_secret_value() == "smtp://notes:p%40ss%2Fword@mail.pressroom.dev:587"
        assert len(app.secrets[0]) == 64
    assert publication.base_url == "https://news.pressroom.dev"
    assert (publication.list_id, publication.sender.bounces) == ("weekly.news.pressroom.dev", None)
    assert [(one.name, one.address) for one in publication.editors] == [
        ("Robin", "r@pressroom.dev"),
        ("Sam", "sam@pressroom.dev"),
    ]
    assert stat.S_IMODE((tmp_path / "news" / ".env").stat().st_mode) == 0o600
    assert (tmp_path / "news/content/pages/privacy.md").read_text() == page(publication)
    assert "# where readers reach your site" in (tmp_path / "news/content/publication.toml").read_text()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("base-url", "http://news.pressroom.dev", "is not encrypted"), ("base-url", "news pressroom", "is not a web address"),
        ("base-url", "https://[::1", "is not a web address"), ("sender", "nobody", "is not an e-mail address"),
        ("sender", "a <b> <c@d.test>", "is not a person such as"), ("zone", "Berlin", "is not an IANA time zone"),
        ("send", "sometimes", "is not a weekday and a local time"), ("send", "mon 08:00", "assemble must come before send"),
        ("editors", "A <a@x.test>, A <b@x.test>", "two editors have the same name"), ("editors", "", "is not an e-mail address"),
        ("name", "x" * 301, "at most 300 characters"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_is_said_in_a_sentence_and_changes_nothing(
    tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    setting_up = SettingUp(tmp_path / "news", {})
    before = setting_up.publication
    with pytest.raises(ValueError, match=sentence):
        setting_up.answer(ASKED[name], text)
    assert (setting_up.publication, setting_up.changed) == (before, [])


def test_a_server_or_database_that_cannot_be_is_said_without_its_password(tmp_path: Path) -> None:
    setting_up = SettingUp(tmp_path / "news", {})
    for url, password in (("ftp://secret@x.test", ""), ("smtp://ada@x.test", ""), ("smtp://ada:secret#@x.test", "")):
        with pytest.raises(ValueError, match=r"^its? ") as refused:
            setting_up.answer_smtp(url, password)
        assert "secret" not in str(refused.value)
    with pytest.raises(ValueError, match="which is not supported") as refused:
        setting_up.answer_database("mysql://ada:s3cret@x.test/db")
    assert "s3cret" not in str(refused.value)


def test_run_again_it_changes_only_what_is_answered_and_never_the_key(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    first = answered(folder, base_url="news.pressroom.dev")
    first.answer_smtp(SERVER, "one")
    first.save()
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert SettingUp(folder, {}).save() == []
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before

    (folder / "content/pages/privacy.md").write_text("---\ntitle: Ours\n---\nOurs.\n")
    again = answered(folder, base_url="other.pressroom.dev", name="Other")
    again.answer_smtp(SERVER)  # as it is shown, without its password
    assert (again.changed, again.mail_server) == (["base-url", "name"], SERVER)
    assert again.save() == [folder / "content/publication.toml"]
    table = tomllib.loads((folder / "content/publication.toml").read_text())
    assert (table["base_url"], table["list_id"]) == ("https://other.pressroom.dev", "weekly.news.pressroom.dev")
    assert (folder / ".env").read_bytes() == before[folder / ".env"]
    assert "Ours." in (folder / "content/pages/privacy.md").read_text()


def test_what_the_environment_says_is_left_to_it(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("smtp://127.0.0.1")
    variables = {"PRESSROOM_SECRET_KEY": "k" * 32, "PRESSROOM_SMTP_URL_FILE": str(tmp_path / "url")}
    setting_up = SettingUp(tmp_path / "news", variables)
    with pytest.raises(ValueError, match=r"PRESSROOM_SMTP_URL is set by .*url, which wins over \.env; change it there"):
        setting_up.answer_smtp("smtp://127.0.0.2")
    setting_up.save()
    (tmp_path / "news/.env").unlink()
    assert SettingUp(tmp_path / "news", variables).save() == [], "a key that the environment has is not made anew"
    assert SettingUp(tmp_path / "news", {}).save() == [tmp_path / "news/.env"]


def test_what_is_wrong_already_or_not_its_own_is_left_alone(tmp_path: Path) -> None:
    answered(tmp_path / "news").save()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(Refused, match=r"is not empty and has no content/publication\.toml"):
        SettingUp(tmp_path / "other", {})
    with pytest.raises(SettingsError, match="PRESSROOM_COLOUR"):
        SettingUp(tmp_path / "news", {"PRESSROOM_COLOUR": "red"})
    late = answered(tmp_path / "news", name="Mine")
    toml = tmp_path / "news/content/publication.toml"
    toml.write_text(toml.read_text().replace("My Newsletter", "Theirs"))
    with pytest.raises(Refused, match="was changed by someone else just now"):
        late.save()
    toml.write_text("name = 1")
    with pytest.raises(ContentError, match=r"content/publication\.toml:1"):
        SettingUp(tmp_path / "news", {})
