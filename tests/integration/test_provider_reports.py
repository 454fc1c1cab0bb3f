"""Providers' webhooks: what they report counts as returned mail does; nothing forged, strange or old counts."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from publisher import pipeline
from publisher.adapters.provider_hooks import Hook, NotGenuine, Unverifiable, hook_of
from publisher.adapters.sns import RESTS, Sns
from publisher.deliver.message_builder import bounce_token, email_token
from publisher.errors import ConfigurationError
from publisher.issue import DeliveryState
from publisher.provider_url import ProviderUrl
from publisher.returned.policy import Effect, decide
from publisher.returned.provider_events import events_of
from publisher.returned.recognise import Nature
from publisher.web import View, WebContext, create_app
from publisher.web.guard import LONGEST_REPORT
from subscribers import Reason, Wording
from tests.mailroom import NOON, approved
from tests.office import Bureau, bureau
from tests.reports import (
    CERTIFICATE,
    TOPIC,
    Signed,
    arrival,
    bounce,
    complaint,
    secret_of,
    signed,
    sns,
    sns_certificate,
)

URLS = {
    "ses": "ses://eu-central-1", "postmark": "postmark://broadcast", "mailgun": "mailgun://news.example.com", "resend": "resend://",
    "sendgrid": "sendgrid://",
}  # fmt: skip
TAG = "7-1-abcdefgh"
MINUTE = dt.timedelta(minutes=1)


@dataclass
class Fetched:
    """What SNS's host would give, and what was asked of it."""

    asked: list[str]
    gone: bool = False

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if self.gone:
            raise Unverifiable
        return sns_certificate()


def hook(provider: str, fetched: Fetched | None = None) -> Hook:
    if provider == "ses":
        return Hook("ses", Sns(frozenset({TOPIC}), fetched or Fetched([])))
    return hook_of(ProviderUrl.parse(URLS[provider]), secret_of(provider))


@contextmanager
def answering(tmp_path: Path, provider: str, database_url: str = "") -> Iterator[tuple[Bureau, TestClient]]:
    """A publication whose issue 7 went to three readers, and its service."""
    with bureau(database_url or f"sqlite:///{tmp_path / 'x.db'}", tmp_path) as made:
        made.clock.time = NOON
        for name in ("gone", "angry", "ada"):
            made.app.subscribers.editors.add(f"{name}@example.com", source="test", wording=Wording("test"), now=NOON)
        made.app.ledger.deliveries.start(approved(7), NOON)
        pipeline.send(made.app.act(), 7)
        app = made.app
        asgi = create_app(WebContext(
            subscribers=app.subscribers, look=lambda: View.of(app.content_store.read(), app.templates), site=tmp_path / "site",
            clock=app.clock, act=app.act, provider_hook=hook(provider),
        ))  # fmt: skip
        with TestClient(asgi) as client:
            yield made, client


def tag_of(made: Bureau, name: str) -> str:
    tied = made.app.ledger.returned.addressed(7, f"{name}@example.com")
    assert tied is not None
    return bounce_token(made.app.act().message_builder.secret, 7, tied.delivery)


def post(client: TestClient, provider: str, call: Signed) -> httpx2.Response:
    return client.post(f"/hooks/{provider}", content=call.body, headers=call.headers)


def reason(made: Bureau, name: str) -> Reason | None:
    found = made.app.subscribers.editors.show(f"{name}@example.com").suppression
    return found.reason if found else None


@pytest.mark.parametrize("provider", URLS)
def test_a_bounce_and_a_complaint_suppress_their_readers_once_and_can_be_undone(tmp_path: Path, provider: str) -> None:
    with answering(tmp_path, provider) as (made, client):
        for index in range(3):
            call = signed(provider, bounce(provider, tag_of(made, "gone")), made.clock.time, f"bounce-{index}")
            assert post(client, provider, call).status_code == 200
            assert post(client, provider, call).json() == {"message": "Known."}
        angry = signed(provider, complaint(provider, tag_of(made, "angry")), made.clock.time, "complaint")
        assert post(client, provider, angry).json() == {"message": "Taken."}
        assert reason(made, "angry") is Reason.COMPLAINED
        made.clock.time += 120 * MINUTE
        pipeline.tell_bounces(made.app.act())
        assert (reason(made, "gone"), reason(made, "ada")) == (Reason.BOUNCED, None)
        decisions = made.app.ledger.returned.entries(10)
        assert [(each.report.cause, each.report.source) for each in decisions] == [
            ("reported as spam", provider), ("no such mailbox", provider),
        ]  # fmt: skip
        pipeline.undo_returned(made.app.act(), decisions[-1].id, "it was our mistake")
        assert reason(made, "gone") is None


@pytest.mark.parametrize("provider", URLS)
def test_a_delivery_in_doubt_is_settled_and_other_arrivals_leave_no_trace(tmp_path: Path, provider: str) -> None:
    with answering(tmp_path, provider) as (made, client):
        tied = made.app.ledger.returned.addressed(7, "gone@example.com")
        assert tied is not None
        with made.app.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE delivery SET state = 'in_doubt' WHERE id = {tied.delivery}")
        for name in ("gone", "ada"):
            call = signed(provider, arrival(provider, tag_of(made, name)), made.clock.time, name)
            assert post(client, provider, call).status_code == 200
        settled = made.app.ledger.returned.addressed(7, "gone@example.com")
        assert settled is not None
        assert settled.state is DeliveryState.SENT
        assert [each.report.canonical for each in made.app.ledger.returned.entries(10)] == ["gone@example.com"]
        assert reason(made, "gone") is None


@pytest.mark.parametrize("provider", URLS)
def test_nothing_forged_or_old_or_for_others_counts(tmp_path: Path, provider: str) -> None:
    with answering(tmp_path, provider) as (made, client):
        now = made.clock.time
        call = signed(provider, complaint(provider, tag_of(made, "ada")), now)
        wrong = [
            replace(call, body=call.body.replace(b"ada", b"eve") + b" "),
            replace(call, body=b""),
            replace(call, body=b"[" * 100_000),
        ]
        wrong += [
            replace(call, headers={**call.headers, name: value[:-6] + "AAAAAA"}) for name, value in call.headers.items()
        ]
        wrong += [replace(call, headers={k: v for k, v in call.headers.items() if k != name}) for name in call.headers]
        if provider == "postmark":  # it signs no body
            wrong = wrong[3:]
        elif provider == "mailgun":  # it signs time and token alone
            wrong = wrong[1:]
            said = json.loads(call.body)
            wrong += [
                replace(call, body=json.dumps({**said, "signature": {**said["signature"], name: "1"}}).encode())
                for name in said["signature"]
            ]
        elif provider == "ses":
            said = json.loads(call.body)
            wrong[0] = replace(
                call, body=json.dumps({**said, "Message": said["Message"].replace("Complaint", "Bounce")}).encode()
            )
        if provider != "postmark":
            wrong += [
                signed(provider, complaint(provider, tag_of(made, "ada")), now + days)
                for days in (dt.timedelta(-2), dt.timedelta(2))
            ]
        for each in wrong:
            assert post(client, provider, each).status_code == 403, each
        forged = signed(provider, complaint(provider, tag_of(made, "ada")[:-8] + "aaaaaaaa"), now, "forged")
        assert post(client, provider, forged).status_code == 200
        for other in set(URLS) - {provider}:
            assert client.post(f"/hooks/{other}", content=call.body, headers=call.headers).status_code in (404, 405)
        assert client.get(f"/hooks/{provider}").status_code in (404, 405)
        assert reason(made, "ada") is None
        assert not made.app.ledger.returned.entries(10)


def test_a_report_that_is_too_long_is_never_read(tmp_path: Path) -> None:
    with answering(tmp_path, "postmark") as (_, client):
        long = replace(signed("postmark", {}, NOON), body=b" " * (LONGEST_REPORT + 1))
        assert post(client, "postmark", long).status_code == 413
        fits = replace(long, body=b"{}" + b" " * (LONGEST_REPORT - 2))
        assert post(client, "postmark", fits).status_code == 200


def test_a_report_of_a_delivery_under_way_is_asked_for_again(tmp_path: Path) -> None:
    with answering(tmp_path, "resend") as (made, client):
        tied = made.app.ledger.returned.addressed(7, "gone@example.com")
        assert tied is not None
        with made.app.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE delivery SET state = 'at_dot' WHERE id = {tied.delivery}")
        call = signed("resend", complaint("resend", tag_of(made, "gone")), made.clock.time)
        answer = post(client, "resend", call)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        with made.app.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE delivery SET state = 'sent' WHERE id = {tied.delivery}")
        assert post(client, "resend", call).json() == {"message": "Taken."}
        assert reason(made, "gone") is Reason.COMPLAINED


# Amazon SNS


def confirmation(**instead: str) -> dict[str, str]:
    url = f"https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc"
    return {
        "Type": "SubscriptionConfirmation",
        "Message": "You have chosen …",
        "Token": "abc",
        "SubscribeURL": url,
        **instead,
    }


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_subscription_of_our_topic_is_confirmed_at_amazon(version: str) -> None:
    fetched = Fetched([])
    call = sns(confirmation(), NOON, version=version)
    assert hook("ses", fetched).read({}, call.body, NOON) is None
    assert fetched.asked == [CERTIFICATE, confirmation()["SubscribeURL"]]


@pytest.mark.parametrize(
    "url",
    [
        f"https://evil.example.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc",
        f"http://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc",
        f"https://sns.eu-central-1.amazonaws.com.example.com/?Action=ConfirmSubscription&TopicArn={TOPIC}",
        f"https://sns.eu-central-1.amazonaws.com@evil.example.com/?Action=ConfirmSubscription&TopicArn={TOPIC}",
        f"https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}x",
        f"https://sns.eu-central-1.amazonaws.com/?Action=DeleteTopic&TopicArn={TOPIC}",
        f"https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}",
    ],
)
def test_nothing_else_is_confirmed_even_if_it_is_signed(url: str) -> None:
    fetched = Fetched([])
    with pytest.raises(NotGenuine, match="confirm"):
        hook("ses", fetched).read({}, sns(confirmation(SubscribeURL=url), NOON).body, NOON)
    assert fetched.asked == [CERTIFICATE]


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        ({"TopicArn": TOPIC.replace("bounces", "strange")}, "topic"),
        ({"TopicArn": TOPIC.replace("123456789012", "999999999999")}, "topic"),
        ({"SigningCertURL": CERTIFICATE.replace("amazonaws.com", "example.com")}, "certificate"),
        ({"SigningCertURL": CERTIFICATE.replace("https", "http")}, "certificate"),
        ({"SigningCertURL": CERTIFICATE.replace("eu-central-1", "us-east-1")}, "certificate"),
        ({"SigningCertURL": CERTIFICATE.replace(".com/", ".com:8443/")}, "certificate"),
        ({"SigningCertURL": CERTIFICATE.replace(".com/", ".com/user/")}, "certificate"),
        ({"SigningCertURL": CERTIFICATE + "?x=.pem"}, "certificate"),
        ({"SigningCertURL": CERTIFICATE + "#1"}, "certificate"),
        ({"SigningCertURL": "https://[x"}, "certificate"),
        ({"SignatureVersion": "3"}, "not known"),
        ({"Type": "Strange"}, "not known"),
        ({"Message": "{}"}, "signature"),
        ({"MessageId": "other"}, "signature"),
        ({"Signature": "AAAA"}, "signature"),
        ({"Signature": "not base64"}, "signature"),
    ],
)
def test_a_message_of_sns_that_was_changed_or_is_not_ours_is_refused(instead: dict[str, str], words: str) -> None:
    fetched = Fetched([])
    call = sns({"Type": "Notification", "Message": json.dumps(bounce("ses", TAG))}, NOON, **instead)
    with pytest.raises(NotGenuine, match=words):
        hook("ses", fetched).read({}, call.body, NOON)
    assert set(fetched.asked) <= {CERTIFICATE}
    assert bool(fetched.asked) == (words == "signature" and instead.get("Signature") != "not base64")


def test_a_certificate_is_fetched_once_and_one_that_cannot_be_is_asked_for_again_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fetched = Fetched([], gone=True)
    ours = hook("ses", fetched)
    call = signed("ses", bounce("ses", TAG), NOON)
    for _ in range(3):
        with pytest.raises(Unverifiable):
            ours.read({}, call.body, NOON)
    assert fetched.asked == [CERTIFICATE], "whoever sends many messages has no more of them fetched"
    fetched.gone = False
    later = time.monotonic() + RESTS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    for _ in range(3):
        assert ours.read({}, call.body, NOON) is not None
    assert fetched.asked == [CERTIFICATE] * 2


@pytest.mark.parametrize(
    "secret", ["", "bounces", "arn:aws:sqs:eu-central-1:123456789012:x", f"{TOPIC},nonsense", f"{TOPIC}\n"]
)
def test_topics_are_arns(secret: str) -> None:
    if secret.strip() == TOPIC:
        Sns.of(secret)
        return
    with pytest.raises(ConfigurationError, match="ARN"):
        Sns.of(secret)


@pytest.mark.parametrize("provider", ["postmark", "mailgun", "resend", "sendgrid"])
@pytest.mark.parametrize("secret", ["", "s3cret", "whsec_s3cret", "ü"])
def test_a_secret_that_cannot_be_is_refused_and_not_repeated(provider: str, secret: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        hook_of(ProviderUrl.parse(URLS[provider]), secret)
    assert "s3cret" not in str(refused.value)


# What events mean


@pytest.mark.parametrize(
    ("provider", "said", "effect"),
    [
        ("postmark", {"RecordType": "Bounce", "Type": "HardBounce", "Details": "smtp;552 5.2.2 mailbox full"}, Effect.NOTHING),
        ("postmark", {"RecordType": "Bounce", "Type": "HardBounce", "Details": ""}, Effect.HARD),
        ("postmark", {"RecordType": "Bounce", "Type": "HardBounce", "Details": "smtp;550 5.7.1 blocked by policy"}, Effect.NOTHING),
        ("postmark", {"RecordType": "Bounce", "Type": "SoftBounce", "Details": ""}, Effect.SOFT),
        ("postmark", {"RecordType": "Bounce", "Type": "Blocked"}, Effect.NOTHING),
        ("postmark", {"RecordType": "Bounce", "Type": "SpamNotification"}, Effect.NOTHING),
        ("postmark", {"RecordType": "Bounce", "Type": "AutoResponder"}, Effect.NOTHING),
        ("postmark", {"RecordType": "Bounce", "Type": "ManuallyDeactivated"}, Effect.NOTHING),
        ("postmark", {"RecordType": "Bounce", "Type": "NeverHeardOf"}, Effect.NOTHING),
        ("ses", {"bounceType": "Transient", "bounceSubType": "General"}, Effect.SOFT),
        ("ses", {"bounceType": "Transient", "bounceSubType": "MailboxFull"}, Effect.NOTHING),
        ("ses", {"bounceType": "Transient", "bounceSubType": "ContentRejected"}, Effect.NOTHING),
        ("ses", {"bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList"}, Effect.SOFT),
        ("ses", {"bounceType": "Permanent", "bounceSubType": "NoEmail"}, Effect.HARD),
        ("ses", {"bounceType": "Undetermined", "bounceSubType": "Undetermined"}, Effect.SOFT),
        ("mailgun", {"event": "failed", "severity": "temporary"}, Effect.NOTHING),
        ("mailgun", {"event": "failed", "severity": "permanent", "reason": "suppress-bounce"}, Effect.SOFT),
        ("mailgun", {"event": "failed", "severity": "permanent", "delivery-status": {"enhanced-code": "5.1.1", "message": "no"}}, Effect.HARD),
        ("sendgrid", {"event": "bounce", "type": "blocked", "reason": "550 not welcome"}, Effect.NOTHING),
        ("sendgrid", {"event": "dropped", "reason": "Bounced Address"}, Effect.SOFT),
        ("sendgrid", {"event": "deferred", "response": "451 4.7.1 greylisted"}, Effect.NOTHING),
    ],
)  # fmt: skip
def test_only_no_such_mailbox_and_complaints_suppress_at_once(
    provider: str, said: dict[str, object], effect: Effect
) -> None:
    whole = {
        "postmark": {"Metadata": {"delivery": TAG}, **said},
        "ses": {"eventType": "Bounce", "bounce": said, "mail": {"tags": {"delivery": [TAG]}}},
        "mailgun": {"event-data": {"user-variables": {"delivery": TAG}, **said}},
        "sendgrid": [{"delivery": TAG, **said}],
    }[provider]
    (event,) = events_of(provider, whole)
    assert (event.tag, decide(event.finding).effect) == (TAG, effect)


@pytest.mark.parametrize("provider", URLS)
@pytest.mark.parametrize(
    "said",
    [None, 5, "x", [], {}, [[]], [{}], {"mail": 5}, {"data": {"tags": 7}, "type": "email.bounced"}, {"event-data": []}],
)
def test_what_says_nothing_of_our_mail_is_left_out(provider: str, said: object) -> None:
    assert events_of(provider, said) == []


@pytest.mark.parametrize("provider", URLS)
def test_samples_are_read_as_what_they_are(provider: str) -> None:
    for make, nature in ((bounce, Nature.FAILED), (complaint, Nature.COMPLAINT), (arrival, Nature.ARRIVED)):
        assert [each.finding.nature for each in events_of(provider, make(provider, TAG))] == [nature]
    assert events_of(provider, bounce(provider, "somebody else's")) == []


def test_the_tag_of_a_mail_of_the_outbox_is_read_too() -> None:
    tag = email_token(b"a secret", 12)
    assert [each.tag for each in events_of("resend", complaint("resend", tag))] == [tag]
