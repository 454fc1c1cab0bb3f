"""Words keep their speaker: what an editor says is never shown as a reader's reason, nor the other way round."""

from __future__ import annotations

import pytest

from subscribers import Keyring, Reason, Subscribers
from tests.readers import DAY, NOW, SECRET, WORDING

KEYS = Keyring(SECRET)
EDITORS = "the editor's words"


def enter(readers: Subscribers) -> str:
    readers.editors.add("ada@example.com", source="test", wording=WORDING, now=NOW)
    return readers.queries.find()[0].subject_id


def words(readers: Subscribers) -> list[str]:
    return [word.text for word in readers.queries.statistics(NOW + DAY).words]


def said(readers: Subscribers) -> dict[str, str]:
    return {each.what: each.detail for each in readers.editors.show("ada@example.com").history}


@pytest.mark.parametrize("why", ["", "too many mails"])
def test_an_editors_reason_for_lifting_is_not_the_readers_for_leaving(readers: Subscribers, why: str) -> None:
    readers.leaving.unsubscribe(KEYS.unsubscribe(enter(readers)), now=NOW, why=why)
    readers.editors.unsuppress("ada@example.com", EDITORS, now=NOW)
    assert words(readers) == ([why] if why else [])
    assert said(readers)["why lifted"] == EDITORS
    assert said(readers).get("why", "") == why


@pytest.mark.parametrize("reason", [Reason.REMOVED, Reason.BOUNCED, Reason.COMPLAINED])
def test_whom_an_editor_took_off_gave_no_reason_even_if_they_once_did(readers: Subscribers, reason: Reason) -> None:
    readers.leaving.unsubscribe(KEYS.unsubscribe(enter(readers)), now=NOW, why="too many mails")
    readers.editors.unsuppress("ada@example.com", EDITORS, now=NOW)
    readers.editors.suppress("ada@example.com", reason, now=NOW)
    readers.editors.unsuppress("ada@example.com", EDITORS, now=NOW)
    assert words(readers) == ["too many mails"], "their own words stay theirs"
    assert EDITORS not in [detail for what, detail in said(readers).items() if what != "why lifted"]
