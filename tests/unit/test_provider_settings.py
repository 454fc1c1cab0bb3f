"""What PRESSROOM_PROVIDER_URL and PRESSROOM_PROVIDER_KEY may say, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.app import App
from publisher.errors import ConfigurationError, SettingsError
from publisher.provider_url import PLACES, ProviderUrl
from publisher.settings import examine
from tests.signatures import variables as dkim

POSTMARK = {"PRESSROOM_PROVIDER_URL": "postmark://broadcast", "PRESSROOM_PROVIDER_KEY": "server-token"}
SIGNED = {name: value for name, value in dkim().items() if "ED25519" not in name}


@pytest.mark.parametrize(
    ("text", "api"),
    [
        ("ses://eu-central-1", "https://email.eu-central-1.amazonaws.com"),
        ("ses://us-east-1?configuration_set=news_1", "https://email.us-east-1.amazonaws.com"),
        ("postmark://broadcast", "https://api.postmarkapp.com"),
        ("mailgun://news.example.com", "https://api.mailgun.net"),
        ("mailgun://news.example.com?region=eu", "https://api.eu.mailgun.net"),
        ("resend://", "https://api.resend.com"),
        ("sendgrid://", "https://api.sendgrid.com"),
        ("sendgrid://?region=eu", "https://api.eu.sendgrid.com"),
        ("resend://?api=http://127.0.0.1:8025/", "http://127.0.0.1:8025"),
        ("postmark://x?api=https://relay.example.com/pm", "https://relay.example.com/pm"),
    ],
)
def test_each_provider_has_a_place(text: str, api: str) -> None:
    assert ProviderUrl.parse(text).api == api


@pytest.mark.parametrize(
    "text",
    [
        "", "postmark", "postmark:", "postmark://", "smtp://mail.example.com", "resend://api", "ses://", "ses://eu?region=eu", "mailgun://news.example.com?region=us",
        "postmark://s3cret@broadcast", "postmark://a:s3cret@broadcast", "mailgun://news.example.com/s3cret", "mailgun://news.example.com#s3cret", "postmark://x:99",
        "resend://?api=http://api.example.com", "resend://?api=file:///etc/passwd", "resend://?api=", "resend://?key=s3cret", "ses://eu?configuration_set=a/b", "ses://[s3cret",
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_never_repeated(text: str) -> None:
    if text == "resend://?api=":
        assert ProviderUrl.parse(text).api == "https://api.resend.com"
        return
    with pytest.raises(ValueError, match=r"\w") as refused:
        ProviderUrl.parse(text)
    assert "s3cret" not in str(refused.value)


def said(tmp_path: Path, **variables: str) -> list[str]:
    return [str(one) for one in App(tmp_path, variables=variables).as_it_is.setting_problems()]


def test_settings_that_fit_have_no_problem(tmp_path: Path) -> None:
    assert said(tmp_path, **POSTMARK) == []
    assert said(tmp_path, PRESSROOM_PROVIDER_URL="ses://eu-central-1", PRESSROOM_PROVIDER_KEY="AKID:secret") == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"PRESSROOM_SMTP_URL": "smtp://localhost"}, "PRESSROOM_PROVIDER_URL: PRESSROOM_SMTP_URL is also set"),
        ({"PRESSROOM_PROVIDER_KEY": ""}, "PRESSROOM_PROVIDER_URL: it needs PRESSROOM_PROVIDER_KEY"),
        ({"PRESSROOM_PROVIDER_URL": ""}, "PRESSROOM_PROVIDER_KEY: nothing is sent with it"),
        ({"PRESSROOM_PROVIDER_URL": "ses://eu-central-1"}, "PRESSROOM_PROVIDER_KEY: of SES it has two parts"),
        ({"PRESSROOM_PROVIDER_URL": "postmark://s3cret@x"}, "PRESSROOM_PROVIDER_URL: it has more than"),
        ({"PRESSROOM_PROVIDER_KEY": "two words"}, "PRESSROOM_PROVIDER_KEY: it has a space"),
        ({"PRESSROOM_PROVIDER_HOOK": "s3cret"}, "PRESSROOM_PROVIDER_HOOK: it has fewer than 16 characters"),
        (SIGNED, "PRESSROOM_DKIM_KEY: mail by a provider cannot be signed here"),
    ],
)  # fmt: skip
def test_settings_that_contradict_each_other_are_named(tmp_path: Path, more: dict[str, str], words: str) -> None:
    found = said(tmp_path, **{**POSTMARK, **more})
    assert len(found) == 1
    assert words in found[0]
    assert "s3cret" not in found[0]


@pytest.mark.parametrize("more", [{"PRESSROOM_SMTP_URL": "smtp://localhost"}, SIGNED])  # fmt: skip
def test_no_mail_leaves_while_they_do(tmp_path: Path, more: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        App(tmp_path, variables={**POSTMARK, **more}).check_mail()


def test_settings_show_no_key(tmp_path: Path) -> None:
    shown = str(App(tmp_path, variables=POSTMARK).describe_settings())
    assert "postmark://broadcast" in shown
    assert "server-token" not in shown


def test_a_key_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("server-token\n")
    variables = {"PRESSROOM_PROVIDER_URL": "resend://", "PRESSROOM_PROVIDER_KEY_FILE": "key"}
    key = examine(tmp_path, variables).checked().provider_key
    assert key is not None
    assert key.get_secret_value() == "server-token"
    assert "Resend" in repr(App(tmp_path, variables=variables).courier)


def test_ses_without_any_key_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("HOME", str(tmp_path)), ("AWS_EC2_METADATA_DISABLED", "true")):
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match="ACCESS_KEY_ID:SECRET_ACCESS_KEY"):
        App(tmp_path, variables={"PRESSROOM_PROVIDER_URL": "ses://eu-central-1"}).check_mail()


def test_mail_leaves_unless_the_api_is_on_this_machine(tmp_path: Path) -> None:
    assert App(tmp_path, variables=POSTMARK).as_it_is.mail_leaves()
    here = {**POSTMARK, "PRESSROOM_PROVIDER_URL": "postmark://x?api=http://127.0.0.1:1"}
    assert not App(tmp_path, variables=here).as_it_is.mail_leaves()


def test_every_provider_is_in_the_documentation() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "providers.md").read_text(encoding="utf-8")
    assert all(f"`{name}://" in page for name in PLACES)
