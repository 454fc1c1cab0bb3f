"""The environment is read once, mistakes in it are reported by name, and no secret is ever shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publisher.app import App
from publisher.errors import SettingsError, Severity
from publisher.settings import Settings, describe, examine

KEY = "k" * 32


def wrong(tmp_path: Path, **environment: str) -> str:
    with pytest.raises(SettingsError) as raised:
        examine(tmp_path, environment).checked()
    return str(raised.value)


def found_by_check(tmp_path: Path, **environment: str) -> list[str]:
    """Return what `check` says about settings, including those that are not used before mail leaves."""
    with App(tmp_path, variables=environment) as app:
        return [str(problem) for problem in app.as_it_is.setting_problems()]


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    settings = examine(tmp_path, {"HOME": "/root", "OTHER": "x"}).checked()
    assert {name for name in Settings.model_fields if getattr(settings, name) is not None} == {"trusted_proxies", "log"}


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PRESSROOM_MODEL_NAME=small\nPRESSROOM_MODEL_URL=http://127.0.0.1:1/v1\nOTHER=x\n")
    settings = examine(tmp_path, {"PRESSROOM_MODEL_NAME": "large", "PRESSROOM_MODEL_URL": ""}).checked()
    assert settings.model_name == "large"
    assert settings.model_url is not None
    assert settings.model_url.get_secret_value() == "http://127.0.0.1:1/v1"


def test_each_model_of_the_chain_needs_its_own_name(tmp_path: Path) -> None:
    second = "PRESSROOM_SECOND_MODEL_URL"
    said = wrong(tmp_path, **{second: "http://127.0.0.1:1/v1", "PRESSROOM_MODEL_NAME": "small"})
    assert said.startswith(f"environment: {second}: it needs PRESSROOM_SECOND_MODEL_NAME, which is not set")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"URL": "http://127.0.0.1:1/v1"}, ["PRESSROOM_EMBEDDING_URL: it needs PRESSROOM_EMBEDDING_NAME, which is not set"]),
        ({"NAME": "small-1"}, ["PRESSROOM_EMBEDDING_NAME: no model is asked, because PRESSROOM_EMBEDDING_URL is not set"]),
        ({"KEY": "sk-1"}, ["PRESSROOM_EMBEDDING_KEY: no model is asked, because PRESSROOM_EMBEDDING_URL is not set"]),
        ({"URL": "local", "NAME": "small-1"}, ["PRESSROOM_EMBEDDING_NAME: PRESSROOM_EMBEDDING_URL is local, which needs none"]),
        ({"URL": "here", "NAME": "small-1"}, ["PRESSROOM_EMBEDDING_URL: "]),
        ({"URL": "local"}, []),
        ({"URL": "http://127.0.0.1:1/v1", "NAME": "small-1", "KEY": "sk-1"}, []),
    ],
)  # fmt: skip
def test_a_model_for_vectors_has_a_place_and_a_name_or_is_the_local_one(
    tmp_path: Path, given: dict[str, str], said: list[str]
) -> None:
    examined = examine(tmp_path, {f"PRESSROOM_EMBEDDING_{name}": value for name, value in given.items()})
    found = examined.problems + examined.idle
    assert len(found) == len(said)
    for problem, beginning in zip(found, said, strict=True):
        assert problem.what.startswith(beginning)
        assert "sk-1" not in str(problem)


@pytest.mark.parametrize("key", ["sk-clé", "“sk-hunter2”", "sk-hunter2 ", "Bearer sk-hunter2", "sk-\thunter2"])
def test_a_model_key_fits_into_a_header_and_is_not_repeated_in_the_message(tmp_path: Path, key: str) -> None:
    said = wrong(tmp_path, PRESSROOM_SECOND_MODEL_KEY=key)
    assert said.startswith(
        "environment: PRESSROOM_SECOND_MODEL_KEY: it has a space, or a character that is not ASCII; copy"
    )
    assert "hunter2" not in said


@pytest.mark.parametrize("name", ["small\n", "sm\tall", "s" * 301])
def test_a_model_name_is_one_line_since_it_gets_into_issues(tmp_path: Path, name: str) -> None:
    assert wrong(tmp_path, PRESSROOM_MODEL_NAME=name).startswith("environment: PRESSROOM_MODEL_NAME: ")
    url = {"PRESSROOM_MODEL_URL": "http://127.0.0.1:1/v1"}
    assert examine(tmp_path, {"PRESSROOM_MODEL_NAME": " small ", **url}).checked().model_name == "small"


@pytest.mark.parametrize(
    "name",
    ["PRESSROOM_MODEL_NAME", "PRESSROOM_SECOND_MODEL_KEY", "PRESSROOM_THIRD_MODEL_NAME", "PRESSROOM_EMBEDDING_NAME"],
)
def test_a_model_without_an_endpoint_is_told_of_in_one_sentence_and_stops_nothing(tmp_path: Path, name: str) -> None:
    url = f"{name.rpartition('_')[0]}_URL"
    variables = {name: "small", url: ""}
    (said,) = found_by_check(tmp_path, **variables)
    assert said == (
        f"environment: {name}: no model is asked, because {url} is not set; set it to the endpoint, or remove {name}"
    )
    assert [one.severity for one in examine(tmp_path, variables).idle] == [Severity.WARNING]
    examine(tmp_path, variables).checked()


def test_a_value_in_the_file_is_taken_literally(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("\ufeffPRESSROOM_SMTP_URL='smtp://u:a${HOME}b@mail.example.com'\r\n".encode())
    settings = examine(tmp_path, {"HOME": "/root"}).checked()
    assert settings.smtp_url is not None
    assert settings.smtp_url.get_secret_value() == "smtp://u:a${HOME}b@mail.example.com"


def test_an_unknown_setting_is_reported_with_the_nearest_one_wherever_it_is(tmp_path: Path) -> None:
    assert (
        wrong(tmp_path, PRESSROOM_SMPT_URL="x")
        == "environment: PRESSROOM_SMPT_URL: no such setting; did you mean 'PRESSROOM_SMTP_URL'?"
    )
    (tmp_path / ".env").write_text("# mine\n\nexport PRESSROOM_SECRET=x\n")
    assert wrong(tmp_path) == ".env:3: PRESSROOM_SECRET: no such setting; did you mean 'PRESSROOM_SECRET_KEY'?"


@pytest.mark.parametrize("key", ["short", f"{KEY},short", f"{KEY},", " " * 40])
def test_every_key_is_long_enough_and_is_not_repeated_in_the_message(tmp_path: Path, key: str) -> None:
    said = wrong(tmp_path, PRESSROOM_SECRET_KEY=key)
    assert said.startswith("environment: PRESSROOM_SECRET_KEY: each key needs 32 characters or more")
    assert key not in said


def test_a_base_url_is_a_web_address(tmp_path: Path) -> None:
    assert (
        examine(tmp_path, {"PRESSROOM_BASE_URL": "https://news.example.com/a"}).checked().base_url
        == "https://news.example.com/a"
    )
    for value in ("news.example.com", "ftp://news.example.com", "https://", "https://a.test/?b", "https://a.test/#b"):
        assert "is not a web address such as https://news.example.com" in wrong(tmp_path, PRESSROOM_BASE_URL=value)


def test_a_base_url_of_a_public_host_is_https(tmp_path: Path) -> None:
    assert (
        examine(tmp_path, {"PRESSROOM_BASE_URL": "http://localhost:8025"}).checked().base_url == "http://localhost:8025"
    )
    assert "unsubscribe button (RFC 8058) for https only" in wrong(
        tmp_path, PRESSROOM_BASE_URL="http://news.example.com"
    )


def test_all_wrong_settings_are_reported_in_one_run_with_their_place(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PRESSROOM_SECRET_KEY=short\nPRESSROOM_SMTP URL=x\nPRESSROOM_BASE_URL=here\n")
    said = wrong(
        tmp_path, PRESSROOM_BASE_URL="there", PRESSROOM_TRUSTED_PROXIES="abc", PRESSROOM_X="", PRESSROOM_MODEL_URL="x"
    ).splitlines()
    assert [line[: line.index("; ")].partition(": ")[0::2] for line in sorted(said)] == [
        (".env:1", "PRESSROOM_SECRET_KEY: each key needs 32 characters or more"),
        (".env:2", "not a line «NAME=value»"),
        ("environment", "PRESSROOM_BASE_URL: 'there' is not a web address such as https://news.example.com"),
        ("environment", "PRESSROOM_MODEL_URL: it must begin with http:// or https:// and name a host"),
        ("environment", "PRESSROOM_MODEL_URL: it needs PRESSROOM_MODEL_NAME, which is not set"),
        ("environment", "PRESSROOM_TRUSTED_PROXIES: 'abc' is not an address or network"),
        ("environment", "PRESSROOM_X: no such setting"),
    ]


@pytest.mark.parametrize("proxies", ["127.0.0.1", "::1, 10.0.0.0/8"])
def test_proxies_are_addresses_or_networks(tmp_path: Path, proxies: str) -> None:
    assert examine(tmp_path, {"PRESSROOM_TRUSTED_PROXIES": proxies}).checked().trusted_proxies == proxies


@pytest.mark.parametrize("proxies", ["abc", "10.0.0.1/8", "127.0.0.1,", "**", "127.0.0.1:80"])
def test_a_proxy_setting_that_would_silently_trust_nobody_is_refused(tmp_path: Path, proxies: str) -> None:
    assert "is not an address or network" in wrong(tmp_path, PRESSROOM_TRUSTED_PROXIES=proxies)


@pytest.mark.parametrize("proxies", ["*", "*,::1", "0.0.0.0/0", "127.0.0.1, ::/0"])
def test_no_setting_trusts_every_client(tmp_path: Path, proxies: str) -> None:
    said = wrong(tmp_path, PRESSROOM_TRUSTED_PROXIES=proxies)
    assert "would trust whatever a client writes into X-Forwarded-For; name the addresses" in said


@pytest.mark.parametrize("url", ["x", "ftp://x.test/", "http://", "http://x.test:99999/", "http://[::1/v1"])
def test_a_model_is_reached_over_http(tmp_path: Path, url: str) -> None:
    said = wrong(tmp_path, PRESSROOM_MODEL_URL=url, PRESSROOM_MODEL_NAME="small")
    assert re.match(r"environment: PRESSROOM_MODEL_URL: it(s host or port cannot be read| must begin with http)", said)
    assert "; " in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRESSROOM_SMTP_URL", "http://u:hunter2@mail.example.com"),
        ("PRESSROOM_SMTP_URL", "smtp://u:hunter2@mail.example.com:99999"),
        ("PRESSROOM_SMTP_URL", "smtp://"),
        ("PRESSROOM_DATABASE_URL", "garbage-hunter2"),
        ("PRESSROOM_DATABASE_URL", "postgresql://u:hunter2@db.example.com:port/x"),
        ("PRESSROOM_DATABASE_URL", "mysql://u:hunter2@db.example.com/x"),
        ("PRESSROOM_DATABASE_URL", "sqlite:////no/such/folder/x.db"),
    ],
)
def test_check_finds_settings_that_would_fail_later_and_shows_no_secret(tmp_path: Path, name: str, value: str) -> None:
    (said,) = found_by_check(tmp_path, **{name: value})
    assert said.startswith(f"environment: {name}: ")
    assert "hunter2" not in said


def test_check_finds_nothing_wrong_with_settings_that_work(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/x.db"
    assert (
        found_by_check(tmp_path, PRESSROOM_SMTP_URL="smtps://u:p@mail.example.com", PRESSROOM_DATABASE_URL=database)
        == []
    )
    assert list(tmp_path.iterdir()) == [], "check makes nothing"


def test_a_file_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PRESSROOM_MODEL_NAME=caf\xe9\n")
    assert ".env:1: byte 0xe9 is not UTF-8" in wrong(tmp_path)
    (tmp_path / ".env").unlink()
    (tmp_path / ".env").mkdir()
    assert "cannot be read (Is a directory)" in wrong(tmp_path)


def test_every_setting_is_described_and_no_secret_is_shown(tmp_path: Path) -> None:
    secrets = {
        "PRESSROOM_SECRET_KEY": KEY,
        "PRESSROOM_SMTP_URL": "smtp://user:hunter2@mail.example.com",
        "PRESSROOM_DATABASE_URL": "postgresql://user:hunter2@db.example.com/x",
        "PRESSROOM_MODEL_KEY": "sk-hunter2",
        "PRESSROOM_MODEL_URL": "http://user:hunter2@127.0.0.1:11434/v1",
        "PRESSROOM_MODEL_NAME": "small",
    }
    settings = examine(tmp_path, secrets).checked()
    rows = describe(settings)
    assert all(row["meaning"] for row in rows)
    shown = repr(rows) + repr(settings) + str(settings)
    assert "hunter2" not in shown
    assert KEY not in shown
    assert {row["name"] for row in rows if row["value"]} == {*secrets, "PRESSROOM_TRUSTED_PROXIES", "PRESSROOM_LOG"}


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        examine(tmp_path, {}).checked().model_name = "other"  # type: ignore[misc]
