"""An issue through a real Postfix: what it cannot deliver comes back, is read from its mailbox, and counts as it should."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from urllib.parse import quote

import pytest

from publisher import mail_round, pipeline
from publisher.adapters.mailboxes import mailbox_at
from publisher.errors import ConfigurationError, TransportUnavailable
from publisher.issue import DeliveryState
from publisher.returned.pace import WAITS
from subscribers import Reason, State, Wording
from tests.free_ports import free_port
from tests.mailroom import NOON, approved
from tests.mta import PASSWORD, dovecot, needs_root, postfix
from tests.office import Bureau, bureau

READERS = ("ada@example.com", "gone@example.com", "full@example.com")

pytestmark = needs_root


def send(made: Bureau) -> None:
    made.clock.time = NOON
    for address in READERS:
        made.app.subscribers.editors.add(address, source="test", wording=Wording("test"), now=NOON)
    made.app.ledger.deliveries.start(approved(7), NOON)
    pipeline.send(made.app.act(), 7)
    assert {state for _, state, _ in made.app.ledger.records.of(7)} == {DeliveryState.SENT}  # it accepts everything


def counted(made: Bureau) -> dict[str, str]:
    """Let the bounces count, and return what was decided about whom."""
    made.clock.time += dt.timedelta(hours=2)
    pipeline.tell_bounces(made.app.act())
    return {each.report.canonical: each.report.cause for each in made.app.ledger.returned.entries(9)}


def audience(made: Bureau) -> set[str]:
    return {each.address for each in made.app.subscribers.queries.find(state=State.ACTIVE, limit=10)}


EXPECTED = {"gone@example.com": "no such mailbox", "full@example.com": "mailbox full"}


def test_an_unknown_user_is_suppressed_and_a_full_mailbox_is_not_from_a_maildir(
    database_url: str, tmp_path: Path
) -> None:
    with postfix("ada") as mta, bureau(database_url, tmp_path, mta.smtp_url) as made:
        send(made)
        mta.arrived("ada", 1)
        mta.arrived("bounces", 2)
        made.app.__dict__["mailbox"] = mailbox_at(f"maildir:{mta.maildir('bounces')}")
        assert mail_round.read_returned(made.app.act(), threading.Event()) == 2
        assert counted(made) == EXPECTED
        assert audience(made) == {"ada@example.com", "full@example.com"}
        found = made.app.subscribers.editors.show("gone@example.com").suppression
        assert found is not None
        assert (found.reason, found.words) == (Reason.BOUNCED, 'unknown user: "gone@example.com"')


def test_the_same_by_imap_each_message_once_and_nothing_is_deleted(database_url: str, tmp_path: Path) -> None:
    with (
        postfix("ada") as mta,
        dovecot(mta) as host,
        bureau(database_url, tmp_path, mta.smtp_url) as made,
    ):
        send(made)
        mta.arrived("bounces", 2)
        mailbox = mailbox_at(f"imap://bounces:{quote(PASSWORD)}@{host}/INBOX")
        made.app.__dict__["mailbox"] = mailbox
        act = made.app.act()
        assert pipeline.read_returned(act, mailbox).counts == {"hard": 1, "nothing": 1}
        assert pipeline.read_returned(act, mailbox).total == 0
        assert counted(made) == EXPECTED
        assert audience(made) == {"ada@example.com", "full@example.com"}
        assert len([path for path in mta.maildir("bounces").rglob("*") if ":2,S" in path.name]) == 2
        wrong = mailbox_at(f"imap://bounces:wrong@{host}/INBOX")
        with pytest.raises(ConfigurationError, match="refuses the login of PRESSROOM_BOUNCES_URL"):
            pipeline.read_returned(act, wrong)
        with pytest.raises(ConfigurationError, match="has no folder 'Nothing'"):
            pipeline.read_returned(act, mailbox_at(f"imap://bounces:{quote(PASSWORD)}@{host}/Nothing"))


def test_a_mailbox_that_cannot_be_read_is_tried_again_later_each_time(database_url: str, tmp_path: Path) -> None:
    with bureau(database_url, tmp_path) as made:
        made.app.__dict__["mailbox"] = mailbox_at(f"imap://bounces:x@127.0.0.1:{free_port()}")
        waited = []
        for _ in range(len(WAITS) + 1):
            with pytest.raises(TransportUnavailable, match="cannot be read"):
                mail_round.read_returned(made.app.act(), threading.Event())
            waited.append(made.app.mailbox_pace.due - made.clock.steady())
            assert mail_round.read_returned(made.app.act(), threading.Event()) == 0
            made.app.mailbox_pace.due = made.clock.steady()
        assert waited == [*WAITS, WAITS[-1]]
