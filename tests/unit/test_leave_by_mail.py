"""A message unsubscribes whom the token in its subject names, whoever sent it and whatever else it holds."""

from __future__ import annotations

import time
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.deliver import ISSUE, MessageBuilder, compose
from publisher.ports import Claimed, Mailing
from subscribers import Keyring, Left, State
from subscribers.adapters.memory import MemoryReaders
from subscribers.leave_by_mail import READ_AT_MOST, token_in
from subscribers.leaving import Leaving
from tests.mailroom import HTML, TEXT
from tests.pace import within
from tests.publication import NOON, publication
from tests.readers import DAY, NOW
from tests.unit.test_verbs import KEYS, joined, reader

SUBJECT_ID = "Q" * 21 + "A"
TOKEN = KEYS.unsubscribe(SUBJECT_ID)


def message(subject: str, body: str = "") -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "ada@example.com", "leave@example.com", subject
    made.set_content(body)
    return made.as_bytes(policy=SMTP)


@pytest.mark.parametrize(
    "written",
    [
        message(f"unsubscribe {TOKEN}"),
        message(f"unsubscribe {TOKEN}").replace(b"\r\n", b"\n"),
        message(f"Fwd: UNSUBSCRIBE <{TOKEN}> — bitte"),
        b"SUBJECT:" + TOKEN.encode() + b"\r\n\r\n",
        b"Subject: unsubscribe\r\n " + TOKEN.encode() + b"\r\n\r\n",
        b"Subject: =?utf-8?q?unsubscribe_" + TOKEN.replace("_", "=5F").encode() + b"?=\r\n\r\n",
        b"Subject: unsubscribe " + b"A" * 44 + b" " + TOKEN.encode() + b"\r\n\r\n",
        b"From someone Mon Nov 30\nSubject: unsubscribe " + TOKEN.encode(),
    ],
)
def test_a_token_in_the_subject_is_found(written: bytes) -> None:
    assert token_in(written, KEYS) == TOKEN


@pytest.mark.parametrize(
    "written",
    [
        b"",
        message("unsubscribe"),
        message("unsubscribe", body=f"Subject: {TOKEN}"),
        message(f"unsubscribe {TOKEN[:-1]}"),
        message(f"unsubscribe {TOKEN}A"),
        message(f"unsubscribe {Keyring('another secret of ours').unsubscribe(SUBJECT_ID)}"),
        message(f"unsubscribe {KEYS.stay(SUBJECT_ID)}"),
        b"X-Subject: unsubscribe " + TOKEN.encode() + b"\r\n\r\n",
        b"X: " + b"x" * READ_AT_MOST + b"\r\nSubject: " + TOKEN.encode() + b"\r\n\r\n",
        b"Subject: =?utf-8?b?!!!?= =?no-such-charset?q?x?=\r\n\r\n",
    ],
)
def test_nothing_else_unsubscribes_anybody(written: bytes) -> None:
    assert token_in(written, KEYS) is None


@given(st.binary(max_size=3000), st.binary(max_size=200))
def test_no_message_breaks_it_or_unsubscribes_anybody(written: bytes, subject: bytes) -> None:
    assert token_in(written, KEYS) is None
    assert token_in(b"Subject: " + subject + b"\r\n" + written, KEYS) is None


@pytest.mark.parametrize(
    "piece", [b"=?utf-8?q?", b"A" * 44 + b" ", b"\n ", b"subject:", b"\r\n", b"=?x?b?", b"Subject: \n"]
)
def test_a_hostile_message_of_a_megabyte_takes_no_time(piece: bytes) -> None:
    written = b"Subject: " + piece * (1_000_000 // len(piece))
    began = time.process_time()
    assert token_in(written, KEYS) is None
    spent = time.process_time() - began
    assert spent < within(1)


def test_a_reader_leaves_by_mail_once_and_twice_is_fine() -> None:
    store = MemoryReaders()
    whose = joined(store).subject_id
    leaving, written = Leaving(store, KEYS), message(f"unsubscribe {KEYS.unsubscribe(whose)}")
    assert leaving.by_mail(message("unsubscribe me, please"), now=NOW) is None
    assert [leaving.by_mail(written, now=NOW + DAY) for _ in range(2)] == [Left.NOW, Left.BEFORE]
    assert reader(store).state is State.UNSUBSCRIBED


@pytest.mark.parametrize("kind", [ISSUE, "welcome"])
def test_the_mailto_in_a_mail_makes_a_message_that_unsubscribes_its_reader(kind: str) -> None:
    policy = {"unsubscribe_mailbox": "leave+now@Bücher.example.com"}
    ours = publication(delivery=policy)
    builder = MessageBuilder(
        ours, b"secret", lambda who: ours.url(f"unsubscribe/{KEYS.unsubscribe(who)}"), lambda *_: "https://x.test/"
    )
    number = 7 if kind == ISSUE else None
    frozen = compose(ours, kind, subject="Hello", html=HTML, text=TEXT, number=number)  # type: ignore[arg-type]
    if number:
        made = builder.issue(Mailing(7, "d", "s", frozen, NOON, None))(Claimed(1, SUBJECT_ID, "ada@example.com", "", 1))
        assert made is not None
        wire = made.message
    else:
        links = {"unsubscribe": builder.unsubscribe_url(SUBJECT_ID), "preferences": "https://x.test/"}
        wire = builder.email(
            kind,
            frozen,
            name="",
            address="ada@example.com",
            reference="r",
            now=NOON,
            values=links,  # type: ignore[arg-type]
        ).message
    head = wire.split(b"\r\n\r\n")[0].decode("ascii").replace("\r\n ", " ")
    (ways,) = [line.partition(": ")[2] for line in head.split("\r\n") if line.startswith("List-Unsubscribe:")]
    link, mailto = (way.strip("<> ") for way in ways.split(","))
    assert link == builder.unsubscribe_url(SUBJECT_ID)
    parts = urlsplit(mailto)
    assert parts.path == "leave+now@xn--bcher-kva.example.com"
    assert token_in(message(unquote(parts.query.removeprefix("subject="))), KEYS) == TOKEN


def test_without_a_mailbox_there_is_only_the_link() -> None:
    assert b"mailto:" not in compose(publication(), ISSUE, subject="Hello", html=HTML, text=TEXT, number=7)
