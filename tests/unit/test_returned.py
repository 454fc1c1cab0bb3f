"""What mail that comes back is, and what follows from it: a dead mailbox suppresses, and nothing that may pass does."""

from __future__ import annotations

import time

import pytest

from publisher.returned.message import Unreadable, take_apart
from publisher.returned.policy import POLICY, Cause, Effect
from publisher.returned.recognise import Nature, recognise
from publisher.returned.tie import named_in
from tests.returned import TO, arf, decided, dsn, plain

DAEMON = "MAILER-DAEMON@mx.example.com"


@pytest.mark.parametrize(
    ("status", "words", "cause"),
    [
        ("5.1.1", "550 5.1.1 <gone@example.com>: user unknown", Cause.NO_MAILBOX),
        ("5.1.3", "501 5.1.3 bad recipient address syntax", Cause.NO_MAILBOX),
        ("5.1.6", "550 5.1.6 the mailbox has moved", Cause.NO_MAILBOX),
        ("5.1.10", "556 5.1.10 the domain takes no mail", Cause.NO_MAILBOX),
        ("5.0.0", "550 no such user here", Cause.NO_MAILBOX),
        ("5.0.0", "554 delivery error: dd This user doesn't have a example.com account", Cause.NO_MAILBOX),
        ("5.3.0", "553 5.3.0 <gone@example.com>... Addressee unknown", Cause.NO_MAILBOX),
        ("5.2.1", "550 5.2.1 the account is inactive", Cause.DISABLED),
        ("5.0.0", "550 this account has been disabled", Cause.DISABLED),
        ("5.1.2", "550 5.1.2 host not found", Cause.UNREACHABLE),
        ("4.4.1", "connect to mx.example.com[192.0.2.1]:25: Connection timed out", Cause.UNREACHABLE),
        ("4.1.1", "450 4.1.1 user unknown", Cause.UNREACHABLE),
        ("5.0.0", "550 mailbox unavailable", Cause.UNCLEAR),
        ("5.2.2", "552 5.2.2 the mailbox is full", Cause.FULL),
        ("4.2.2", "452 4.2.2 over quota", Cause.FULL),
        ("5.1.1", "550 5.1.1 user's mailbox is full", Cause.FULL),
        ("5.7.1", "550 5.7.1 your network is on our blocklist", Cause.BLOCKED),
        ("5.1.1", "550 5.1.1 rejected: see https://www.spamhaus.org", Cause.BLOCKED),
        ("5.7.1", "550 5.7.1 likely unsolicited mail", Cause.SPAM),
        ("5.6.0", "554 5.6.0 message rejected as spam", Cause.OURS),
        ("4.7.1", "450 4.7.1 greylisted, try again in 5 minutes", Cause.GREYLISTED),
        ("5.3.4", "552 5.3.4 message too big", Cause.TOO_BIG),
        ("5.4.6", "554 5.4.6 too many hops", Cause.OURS),
    ],
)
def test_the_code_decides_unless_the_words_say_that_the_mailbox_may_be_there(
    status: str, words: str, cause: Cause
) -> None:
    found = decided(dsn(status=status, words=words))
    assert (found.cause, found.effect, found.words) == (cause, POLICY[cause], words)


def test_only_a_mailbox_that_is_not_there_and_a_complaint_suppress_at_once() -> None:
    assert {cause for cause, effect in POLICY.items() if effect in (Effect.HARD, Effect.COMPLAINT)} == {
        Cause.NO_MAILBOX,
        Cause.COMPLAINT,
    }
    for cause in (Cause.FULL, Cause.BLOCKED, Cause.SPAM, Cause.GREYLISTED, Cause.DELAYED, Cause.AUTOMATIC):
        assert POLICY[cause] is Effect.NOTHING
    assert set(POLICY) == set(Cause)


@pytest.mark.parametrize(
    ("action", "cause"),
    [
        ("delayed", Cause.DELAYED),
        ("relayed", Cause.ARRIVED),
        ("delivered", Cause.ARRIVED),
        ("Failed (1)", Cause.NO_MAILBOX),
    ],
)
def test_what_a_report_says_that_was_done_counts_before_its_code(action: str, cause: Cause) -> None:
    assert decided(dsn(action=action)).cause is cause


@pytest.mark.parametrize("kind", ["abuse", "Abuse", "fraud", "opt-out"])
def test_a_report_of_a_provider_is_a_complaint(kind: str) -> None:
    found = decided(arf(kind=kind))
    assert (found.cause, found.effect) == (Cause.COMPLAINT, Effect.COMPLAINT)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "virus", "other", ""])
def test_any_other_report_about_our_mail_suppresses_nobody(kind: str) -> None:
    assert decided(arf(kind=kind)).effect is Effect.NOTHING


@pytest.mark.parametrize(
    ("message", "nature"),
    [
        (plain("Automatic reply: Retries", "I am away; my old account does not exist any more."), Nature.AUTOMATIC),
        (plain("Abwesend bis Montag", "Ich bin im Urlaub."), Nature.AUTOMATIC),
        (plain("Réponse automatique", "Je suis en congés."), Nature.AUTOMATIC),
        (plain("Re: Retries", "550 5.1.1 user unknown", more="Auto-Submitted: auto-replied\n"), Nature.AUTOMATIC),
        (plain("Please confirm", "Please confirm that you are a human so that I get your mail."), Nature.CHALLENGE),
        (plain("Re: Retries", "Thank you for this issue! User unknown was my favourite part."), Nature.UNRELATED),
        (plain("Retries", "Send me more about «550 5.1.1 no such user», please."), Nature.UNRELATED),
    ],
)
def test_a_reply_is_no_bounce_whatever_it_says(message: bytes, nature: Nature) -> None:
    assert recognise(take_apart(message)).nature is nature
    assert decided(message).effect is Effect.NOTHING


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("This is the qmail-send program at mx.example.com.\nI'm afraid I wasn't able to deliver your message to the "
         "following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
         "<gone@example.com>:\nSorry, no mailbox here by that name. (#5.1.1)\n", Cause.NO_MAILBOX),
        ("This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
         "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
         "  full@example.com\n    quota exceeded\n", Cause.FULL),
        ("Your message could not be delivered to the following recipients:\n  ada@example.com\n", Cause.UNCLEAR),
    ],
)  # fmt: skip
def test_a_server_without_reports_is_understood_by_its_words(text: str, cause: Cause) -> None:
    assert decided(plain("Mail delivery failed", text, sender=DAEMON)).cause is cause


def test_what_a_report_encloses_is_not_taken_for_the_servers_words() -> None:
    text = (
        "Mail delivery failed.\nThe following recipients did not receive this message:\n<ada@example.com>\n\n"
        "------ This is a copy of the message ------\nSubject: 550 5.1.1 no such user\n\nuser unknown\n"
    )
    assert decided(plain("Mail delivery failed", text, sender=DAEMON)).effect is not Effect.HARD


def test_of_several_recipients_in_one_report_the_mildest_counts() -> None:
    both = dsn().replace(
        b"\r\n--b/mx.example.com\r\nContent-Description: Undelivered",
        b"\r\nFinal-Recipient: rfc822; other@example.com\r\nAction: failed\r\nStatus: 5.2.2\r\n"
        b"\r\n--b/mx.example.com\r\nContent-Description: Undelivered",
    )
    assert decided(both).effect is Effect.NOTHING


def test_what_is_ours_in_a_message_is_found_wherever_it_stands_and_the_outer_address_comes_first() -> None:
    inner = "bounces+8-2-bbbbbbbb@notes.example.com"
    data = dsn(message_id="7.abcdefghijklmnopqrstuvwx@notes.example.com") + f"Return-Path: <{inner}>\r\n".encode()
    named = named_in(data)
    assert named.tags == ("+7-1-aaaaaaaa@", "+8-2-bbbbbbbb@")
    assert named.names == ("7.abcdefghijklmnopqrstuvwx",)
    assert named_in(arf(TO)).tags == ("+7-1-aaaaaaaa@",)


HOSTILE = {
    "parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 7_000,
    "messages": b"Content-Type: message/rfc822\r\n\r\n" * 9_000,
    "boundaries": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number) for number in range(4_000)
    ),
    "digests": b"Content-Type: multipart/digest; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 30_000,
    "spaces": b"Subject: x\r\n\r\n" + b" " * 400_000,
    "header": b"Subject:" + b" =?utf-8?q?x?=" * 20_000 + b"\r\n\r\n",
    "words": b"From: MAILER-DAEMON@mx.test\r\nSubject: Undeliverable\r\n\r\n" + b"user mailbox address account " * 9_000,
    "nothing": b"",
    "bytes": bytes(range(256)) * 1_000,
    "charset": b"Content-Type: text/plain; charset=nonsense\r\n\r\nx",
    "report": b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n--b--\r\n",
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_whatever_comes_is_decided_or_refused_in_bounded_time(what: str) -> None:
    began = time.process_time()
    try:
        assert decided(HOSTILE[what]).effect in (Effect.NOTHING, Effect.SOFT)
    except Unreadable:
        pass
    assert named_in(HOSTILE[what]).tags == ()
    assert time.process_time() - began < 5
