"""The rows of the outbox and of deletions, while readers are deleted under a sender's hands."""

from __future__ import annotations

from subscribers import Subscribers
from tests.readers import NOW, WORDING

SENDER = "00000000-0000-4000-8000-000000000001"


def sign_up(readers: Subscribers, address: str) -> None:
    readers.sign_ups.sign_up(address, source="form", wording=WORDING, now=NOW)


def test_mail_in_a_senders_hands_is_stopped_when_its_reader_is_deleted(readers: Subscribers) -> None:
    sign_up(readers, "ada@example.com")
    (job,) = readers.outbox.claim(SENDER, 10, NOW).jobs
    readers.editors.forget("ada@example.com", now=NOW)
    assert readers.outbox.stopped([job.id], NOW) == {job.id}
