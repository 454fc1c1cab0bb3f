"""What changed since the last proof or approval: the words of the file, and what else changed the mail."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher import editors, pipeline
from publisher.adapters.memory import MemoryApprovals
from publisher.content.issue_file import with_field
from publisher.errors import Refused, TransportUnavailable
from publisher.pipeline import Difference
from publisher.ports import Occasion
from publisher.resources import shipped
from tests.desk import ISSUE, Desk, open_desk, words
from tests.office import text_of, token_in
from tests.press import png


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as made:
        yield made


def diff(desk: Desk, since: Occasion | None = None) -> Difference:
    return pipeline.diff(desk.news.app.act(), 11, since)


def test_a_diff_shows_the_words_that_changed_since_the_proof_and_since_the_approval(desk: Desk) -> None:
    with pytest.raises(Refused, match=r"issue 11 has no proof or approval yet.*pressroom proof 11"):
        diff(desk)
    links = desk.prove()
    assert diff(desk).nothing
    desk.news.clock.advance(60)
    desk.press(links["robin"])
    assert (diff(desk).occasion, diff(desk).nothing) == (Occasion.APPROVAL, True)
    desk.file.write_text(
        ISSUE.replace("a burst passes", "a burst may pass").replace("One process, ", "One process and ")
    )
    found = diff(desk)
    assert (found.file, [f"{one.line}: {one}" for one in found.words], found.parts) == ("content/issues/0011.md", [
        "13: … a second. So a burst [-passes.-] {+may pass.+}", "24: One [-process,-] {+process and+} one queue.",
    ], ())  # fmt: skip
    desk.news.clock.advance(60)
    desk.prove("later")
    assert diff(desk).nothing
    assert diff(desk, Occasion.PROOF).nothing
    assert len(diff(desk, Occasion.APPROVAL).words) == 2


def test_that_an_issue_went_out_is_no_change_of_it(desk: Desk) -> None:
    desk.press(desk.prove()["robin"])
    desk.file.write_text(with_field(desk.file, desk.file.read_bytes(), "published", dt.date(2026, 11, 26)))
    assert diff(desk).nothing
    desk.file.write_text(desk.file.read_text().replace("a burst passes", "a burst may pass"))
    assert [f"{one.line}: {one}" for one in diff(desk).words] == [
        "14: … a second. So a burst [-passes.-] {+may pass.+}"
    ]


def test_a_diff_names_what_else_changed_the_mail(desk: Desk) -> None:
    picture = desk.news.folder / "content" / "issues" / "load.png"
    picture.write_bytes(png(40, 30))
    issue = ISSUE.replace("One process", "![Load](load.png)\n\nOne process")
    desk.file.write_text(issue)
    desk.prove()
    picture.write_bytes(png(40, 31))
    toml = desk.news.folder / "content" / "publication.toml"
    sender = next(line for line in toml.read_text().splitlines() if line.startswith("name = "))
    desk.set(sender, 'name = "Other Notes"')
    frame = desk.news.folder / "templates" / "email" / "frame.mjml"
    frame.parent.mkdir(parents=True)
    frame.write_text(
        (shipped("templates") / "email/frame.mjml").read_text().replace("<mj-body", '<mj-body css-class="other"', 1)
    )
    desk.file.write_text(issue.replace("one queue", "two queues"))
    found = diff(desk)
    assert [str(one) for one in found.words] == ["One process, [-one queue.-] {+two queues.+}"]
    parts = [one.part for one in found.parts]
    assert "picture load.png" in parts
    assert "HTML frame: how it looks, from the templates" in parts
    assert any("Other Notes" in str(one) for one in found.parts)
    assert "queue" not in str(found.parts), "what the file says is among the words"


def test_proof_and_page_say_what_changed_since_the_proof_before_and_what_drafts_rest_on(desk: Desk) -> None:
    editors.prove(desk.news.app.act(), 11, "monday")
    assert all("First proof" in text_of(mail) for mail in desk.news.mails())
    desk.set("people = 1", "people = 2")
    drafted = "\n## From the archive {#archive}\n\nAn exact cache returns a stored reply. [@0009-concept-1]\n"
    desk.file.write_text(
        ISSUE.replace("pieces: {}", "pieces: {}\ndrafted: [archive]").replace("a burst passes", "a burst may pass")
        + drafted
    )
    for occasion in ("tuesday", "once more"):
        editors.prove(desk.news.app.act(), 11, occasion)
        mail = desk.news.mails()[0]
        page = desk.web.get(f"/approve/{token_in(mail, 'approve')}")
        for said in (" ".join(text_of(mail).split()), words(page.text)):
            assert re.search(r"Changed since the proof of \w+ 2026-11-\d\d \d\d:\d\d Europe/Berlin:", said)
            assert "content/issues/0011.md:14" in said
            assert "An exact cache returns a stored reply. " in said
            assert re.search(r"No. 9\b", said)
    assert "First" not in said
    assert "<del>passes.</del> <ins>may pass.</ins>" in " ".join(page.text.split())


def test_a_proof_that_reached_nobody_is_not_what_the_next_is_compared_with(desk: Desk) -> None:
    desk.news.sink.stop()
    with pytest.raises(TransportUnavailable):
        editors.prove(desk.news.app.act(), 11, "monday")
    assert desk.news.app.approvals.last_shown(11, Occasion.PROOF) is None


def test_what_was_approved_before_its_text_was_kept_is_said_so(desk: Desk) -> None:
    kept = desk.news.app.approvals
    desk.press(desk.prove()["robin"])
    records = kept.record(11)
    desk.news.app.__dict__["approvals"] = old = MemoryApprovals()
    old._record = list(records)
    with pytest.raises(Refused, match="no approval whose text was kept"):
        diff(desk, Occasion.APPROVAL)
