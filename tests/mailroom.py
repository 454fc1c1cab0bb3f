"""What tests of delivery share: a publication, readers in a database, a frozen mailing, and an SMTP oracle."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from publisher import merge_fields
from publisher.adapters.database import database_ledger, migrate
from publisher.adapters.memory import LedgerRows, memory_ledger
from publisher.deliver import ISSUE, MessageBuilder, compose
from publisher.issue import Approved
from publisher.ports import Envelope, Ledger, Mailing
from subscribers import (
    EmailJob,
    EmailKind,
    Keyring,
    MemoryReaders,
    Outbox,
    State,
    Subscriber,
    canonical,
    new_subject_id,
)
from subscribers.adapters import tables
from subscribers.adapters.email_rows import DatabaseEmails
from subscribers.adapters.readers import DatabaseReaders
from subscribers.adapters.store import Store
from subscribers.address_state import AddressState
from subscribers.database import open_engine
from subscribers.outcome import Outcome
from tests.providers import URLS
from tests.publication import NOON, publication

SECRET = b"a secret of the tests"
ROOT = Path(__file__).resolve().parent.parent


TEXT = f"{merge_fields.GREETING}\n\n.profile is a file; 1 = 1.\n\nTo {merge_fields.ADDRESS}. Leave: {merge_fields.UNSUBSCRIBE}\nChoose: {merge_fields.PREFERENCES}\n"
HTML = (
    f"<p>{merge_fields.GREETING}</p>\n<p>Grüße &amp; <b>code</b> {'long ' * 40}</p>\n"
    f'<p>To {merge_fields.ADDRESS}. <a href="{merge_fields.UNSUBSCRIBE}">Leave</a> <a href="{merge_fields.PREFERENCES}">Choose</a></p>\n'
)


def issue_message(number: int = 7, subject: str = "Retries, and what they cost") -> bytes:
    return compose(publication(), ISSUE, subject=subject, html=HTML, text=TEXT, number=number)


SECTIONS = ("concept", "project", "question")


def sectioned_message(number: int = 7) -> bytes:
    """Return an issue with a section for each of SECTIONS, whose words are the section's name in capitals."""
    html, text = HTML, TEXT
    for section in SECTIONS:
        marks, words = merge_fields.around(section), section.upper()
        html += f"{marks.begins}<p>{words}</p>\n{marks.ends}"
        text += f"{marks.begins}\n{words}\n{marks.ends}"
    return compose(publication(), ISSUE, subject="Chosen", html=html, text=text, number=number)


def approved(number: int = 7, message: bytes | None = None) -> Approved:
    return Approved(number, "a digest", "Retries, and what they cost", message or issue_message(number), ())


def preferences_url(subject_id: str, since: dt.datetime) -> str:
    return f"https://notes.example.com/preferences/{subject_id}?since={since:%s}"


def message_builder() -> MessageBuilder:
    return MessageBuilder(
        publication(), SECRET, "https://notes.example.com/unsubscribe/{}?t=a-b_c".format, preferences_url
    )


_opened: list[sa.Engine] = []


@pytest.fixture(autouse=True)
def close_databases() -> Iterator[None]:
    """Close what database() opened: a connection that is merely forgotten is a warning, and so an error."""
    yield
    while _opened:
        _opened.pop().dispose()


def database(url: str) -> sa.Engine:
    """Open a database and bring it up to date."""
    engine = open_engine(url)
    _opened.append(engine)
    migrate(engine)
    return engine


def add_readers(engine: sa.Engine, addresses: Iterable[str], **chosen: object) -> None:
    """Add active readers; `chosen` are more of their columns, such as without or zone."""
    rows: list[dict[str, object]] = [
        {
            "subject_id": new_subject_id(),
            "address": address,
            "canonical": canonical(address),
            "name": f"Reader {index}",
            "state": "active",
            "created": NOON,
            "confirmed": NOON,
            **chosen,
        }
        for index, address in enumerate(addresses)
    ]
    with engine.begin() as connection:
        connection.execute(tables.subscriber.insert(), rows)


def suppress(engine: sa.Engine, address: str, subject_id: str | None = None) -> None:
    row = {"canonical": canonical(address), "reason": "unsubscribed", "at": NOON, "subject_id": subject_id}
    with engine.begin() as connection:
        connection.execute(tables.suppression.insert().values(**row))


def started(url: str, addresses: Iterable[str], now: dt.datetime = NOON) -> tuple[Ledger, Mailing]:
    """Return a ledger in which the mailing of issue 7 to these readers has begun."""
    engine = database(url)
    add_readers(engine, addresses)
    ledger = database_ledger(engine)
    return ledger, ledger.deliveries.start(approved(), now)


def started_in_memory(addresses: Iterable[str], now: dt.datetime = NOON) -> tuple[Ledger, Mailing]:
    """Return the same without a database, for what does not depend on one."""
    readers = MemoryReaders()
    with readers.writing() as transaction:
        for index, address in enumerate(addresses):
            key = canonical(address)
            reader = Subscriber(new_subject_id(), address, key, NOON, State.ACTIVE, f"Reader {index}", confirmed=NOON)
            transaction.save(Outcome([(AddressState(key), AddressState(key, reader))]), NOON)
    ledger = memory_ledger(LedgerRows(readers))
    return ledger, ledger.deliveries.start(approved(), now)


OTHER_KINDS = ("confirmation", "step", "proof")


def add_other_mail(engine: sa.Engine, count: int, now: dt.datetime = NOON) -> None:
    """Let mail of each of OTHER_KINDS become due, to as many addresses of its own: confirmation0@example.com ..."""
    for kind, state in (("confirmation", "pending"), ("step", "active")):
        add_readers(engine, [f"{kind}{number}@example.com" for number in range(count)], state=state)
    with engine.begin() as connection:
        for id_, address in connection.execute(sa.select(tables.subscriber.c.id, tables.subscriber.c.address)).all():
            kind = next((kind for kind in OTHER_KINDS if address.startswith(kind)), None)
            if kind is None:
                continue
            row = {"subscriber_id": id_, "kind": kind, "detail": "", "priority": 0, "since": now, "due": now}
            if kind == "step":
                row |= {"detail": "backend 1 7", "priority": 3}
                course = {"subscriber_id": id_, "path": "backend", "started": now, "every_days": 7, "sent": 1}
                connection.execute(tables.course.insert(), course)
            connection.execute(tables.email.insert(), row)
    outbox(engine).put(EmailKind.PROOF, [f"proof{number}@example.com" for number in range(count)], "", "7", now)


def outbox(engine: sa.Engine) -> Outbox:
    store = Store(engine)
    return Outbox(DatabaseEmails(store), DatabaseReaders(store), Keyring("a secret of the tests"))


def build_mail(job: EmailJob, now: dt.datetime) -> Envelope:
    """Make any mail that is no issue."""
    kind = job.kind
    message = compose(publication(), kind, subject=f"A {kind}", html=f"<p>{kind}</p>", text=f"{kind}\n")
    values = {"unsubscribe": "https://notes.example.com/u"}
    return message_builder().email(
        kind, message, name="", address=job.address, reference=job.reference, now=now, values=values
    )


def states(ledger: Ledger, number: int = 7) -> dict[str, str]:
    return {address: state.value for address, state, _ in ledger.records.of(number)}


class Oracle:
    """A server in its own process, that of tests/oracle.py or tests/http_oracle.py, and what it durably logged."""

    def __init__(self, url: str, log: Path, process: subprocess.Popen[str]) -> None:
        self.url = url
        self.process = process
        self._log = log

    def events(self, kind: str) -> list[dict[str, Any]]:
        text = self._log.read_text("utf-8") if self._log.exists() else ""
        lines = text[: text.rfind("\n") + 1].splitlines()  # the last line may be half written just now
        return [event for event in map(json.loads, lines) if event["event"] == kind]

    def accepted(self) -> Counter[str]:
        return Counter(event["to"] for event in self.events("accepted"))


@contextmanager
def oracle(folder: Path, *options: str) -> Iterator[Oracle]:
    with _running("oracle.py", folder, "smtp://127.0.0.1:{}", *options) as server:
        yield server


@contextmanager
def http_oracle(folder: Path, provider: str, *options: str) -> Iterator[Oracle]:
    """Run a provider's API; it tells the URL that PRESSROOM_PROVIDER_URL would have."""
    with _running("http_oracle.py", folder, URLS[provider], provider, *options) as server:
        yield server


@contextmanager
def _running(script: str, folder: Path, url: str, *options: str) -> Iterator[Oracle]:
    log = folder / "oracle.jsonl"
    command = [sys.executable, str(ROOT / "tests" / script), str(log), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Oracle(url.format(process.stdout.readline().strip()), log, process)
        finally:
            process.kill()
