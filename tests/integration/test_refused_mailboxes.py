"""What editors and lists do where a mailbox has refused mail, and what an upgrade makes of refusals from before."""

from __future__ import annotations

from pathlib import Path

import pytest

from subscribers import Keyring, NotAllowed, Reason, State, Subscribers, new_subject_id
from subscribers.database import open_engine
from tests.integration.test_migrations import as_kept, insert, upgrade
from tests.mailroom import database
from tests.readers import DAY, NOW, SECRET, WORDING, Mailbox


@pytest.fixture
def here(tmp_path: Path) -> Subscribers:
    return Subscribers(database(f"sqlite:///{tmp_path}/x.db"), Keyring(SECRET), Mailbox())


def active(readers: Subscribers) -> set[str]:
    return {reader.canonical for reader in readers.queries.find(state=State.ACTIVE)}


def test_a_list_that_says_who_refused_takes_off_every_address_of_the_mailbox_and_brings_in_none(
    here: Subscribers, tmp_path: Path
) -> None:
    here.editors.add("bob+old@gmail.com", source="test", wording=WORDING, now=NOW)
    path = tmp_path / "list.csv"
    path.write_text(
        "email,status\nb.ob@gmail.com,active\nbob@googlemail.com,complained\nbobo@gmail.com,active\nb@example.com,active\n"
    )
    report = here.lists.import_list(path, wording=WORDING, now=NOW + DAY)
    assert (report.left, report.invalid) == (1, ())
    assert active(here) == {"bobo@gmail.com", "b@example.com"}
    path.write_text("email,status\nbo.b@gmail.com,active\n")
    assert here.lists.import_list(path, wording=WORDING, now=NOW + DAY).suppressed == 1
    assert active(here) == {"bobo@gmail.com", "b@example.com"}


def test_an_editor_who_lifts_a_refusal_lifts_it_for_the_mailbox_and_is_told_at_which_addresses(
    here: Subscribers,
) -> None:
    here.editors.add("b.ob@gmail.com", source="test", wording=WORDING, now=NOW)
    here.editors.suppress("bob@gmail.com", Reason.REFUSED, now=NOW)
    assert active(here) == set()
    with pytest.raises(NotAllowed, match=r"\(refused\); not even the reader can sign up until that is lifted"):
        here.editors.add("bob+new@gmail.com", source="test", wording=WORDING, now=NOW)
    lifted = here.editors.unsuppress("bob+new@gmail.com", "he asked for it", now=NOW + DAY)
    assert set(lifted) == {"bob+new@gmail.com", "bob@gmail.com", "b.ob@gmail.com"}
    assert here.editors.unsuppress("bob@gmail.com", "once more", now=NOW + DAY) == []
    assert here.editors.add("bob+new@gmail.com", source="test", wording=WORDING, now=NOW + DAY)


def test_lifting_a_bounce_lifts_nothing_elsewhere(here: Subscribers) -> None:
    for address, reason in (("bob@gmail.com", Reason.BOUNCED), ("b.ob@gmail.com", Reason.BOUNCED)):
        here.editors.suppress(address, reason, now=NOW)
    assert here.editors.unsuppress("bob@gmail.com", "back", now=NOW) == ["bob@gmail.com"]
    assert here.editors.show("b.ob@gmail.com").suppression is not None


def test_an_upgrade_takes_off_readers_whose_mailbox_had_refused_mail_at_another_address(database_url: str) -> None:
    engine = open_engine(database_url)
    people = {"b.ob@gmail.com": "active", "bob+x@gmail.com": "pending", "eve@example.com": "active"}
    with engine.begin() as connection:
        upgrade(connection, "subscribers_0013")
        then = as_kept(connection, NOW)
        for id_, (address, state) in enumerate(people.items(), start=1):
            insert(
                connection, "subscriber", id=id_, subject_id=new_subject_id(), address=address, canonical=address,
                state=state, created=then, moving_to="x@example.com",
            )  # fmt: skip
            insert(connection, "course", subscriber_id=id_, path="a", started=then, every_days=7, sent=0, due=then)
        for address, reason, mailbox in (
            ("bob@gmail.com", "complained", None),
            ("bob+x@gmail.com", "unsubscribed", None),
            ("ada@gmail.com", "refused", "ada@gmail.com"),
            ("sha256:" + "0" * 64, "complained", None),
        ):
            insert(connection, "suppression", canonical=address, reason=reason, at=then, mailbox=mailbox, words="")
    engine.dispose()
    readers = Subscribers(database(database_url), Keyring(SECRET), Mailbox())
    assert active(readers) == {"eve@example.com"}
    for address in ("b.ob@gmail.com", "bob+x@gmail.com"):
        found = readers.editors.show(address)
        assert found.reader is not None
        assert found.suppression is not None
        assert (found.reader.state, found.reader.moving_to) == (State.UNSUBSCRIBED, None)
        assert (found.suppression.reason, found.suppression.at) == (Reason.REFUSED, NOW)
        assert found.reader.courses[0].due is None
    eve = readers.editors.show("eve@example.com").reader
    assert eve is not None
    assert eve.courses[0].due == NOW
    readers.editors.suppress("Eve+x@example.com", Reason.REFUSED, now=NOW + DAY)
    assert active(readers) == set()
