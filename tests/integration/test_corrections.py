"""A correction goes once to each reader who has the issue, approved as an issue is, and stands on the issue's page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from publisher import editors, pipeline, scheduler
from publisher.adapters.files import Folder
from publisher.errors import ContentError, Refused
from publisher.pipeline import IssueState
from publisher.render.framed import mail_in_frame
from publisher.render.proof import render_proof
from publisher.review import Review, ReviewedChange
from subscribers import State, Subscriber, canonical, new_subject_id
from subscribers.address_state import AddressState
from subscribers.outcome import Outcome
from tests.publication import FakeClock, MemoryApp, example, variables

FIRST = 10_011
"""The ledger's number of 11.1."""

ISSUE = """\
---
number: 11
week: 2026-W48
date: 2026-11-26
title: Golden sets and what they are good for
preheader: How many questions are enough, and how a set of them ages without anybody noticing.
---
What this week is about.
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[MemoryApp]:
    """A publication that has issue 11 and nothing else, on the morning of its day."""
    folder, clock = example(tmp_path / "news"), FakeClock()
    for path in (folder / "content").iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    (folder / "content/issues").mkdir()
    sections = ("concept", "architecture", "project", "question")
    text = "".join(f"\n## About {each} {{#{each}}}\n\nA few words on {each}.\n" for each in sections)
    (folder / "content/issues/0011.md").write_text(ISSUE + text)
    clock.set("2026-11-26T07:00")
    with MemoryApp(folder, clock, variables("smtp://127.0.0.1:9"), transport=f"file:{tmp_path / 'mail'}") as made:
        yield made


def join(app: MemoryApp, *names: str) -> None:
    with app.readers.writing() as transaction:
        for name in names:
            key, now = canonical(f"{name}@example.com"), app.clock.now()
            reader = Subscriber(new_subject_id(), key, key, now, State.ACTIVE, name.capitalize(), confirmed=now)
            transaction.save(Outcome([(AddressState(key), AddressState(key, reader))]), now)


def send_issue(app: MemoryApp) -> None:
    pipeline.approve(app.act(), 11, "Robin")
    pipeline.send(app.act(), 11)


def write(app: MemoryApp, text: str = "It said 40, and it is 400.") -> int:
    begun = pipeline.correct(app.act(), 11)
    path = app.folder / begun.path
    path.write_text(path.read_text().rpartition("---\n")[0] + f"---\n{text}\n")
    return begun.number


def leave(app: MemoryApp, name: str) -> None:
    (reader,) = (one for one in app.readers.readers if one.address == f"{name}@example.com")
    app.leaving.unsubscribe(app.keyring.unsubscribe(reader.subject_id), now=app.clock.now())


def deliveries(app: MemoryApp, number: int) -> dict[str, str]:
    return {address.partition("@")[0]: state.value for address, state, _ in app.ledger.records.of(number)}


def mails(app: MemoryApp, subject: str) -> list[EmailMessage]:
    """Return the mails that left under a subject that begins so."""
    found = (
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in app.folder.parent.glob("mail/*.eml")
    )
    return [mail for mail in found if str(mail["Subject"]).startswith(subject)]


def set_clock(app: MemoryApp, moment: str) -> None:
    assert isinstance(app.clock, FakeClock)
    app.clock.set(moment)


def test_it_is_written_approved_and_sent_to_those_who_have_the_issue(app: MemoryApp) -> None:
    join(app, "ada", "bob", "cleo")
    with pytest.raises(Refused, match="issue 11 was not sent, so nobody has it"):
        pipeline.correct(app.act(), 11)
    send_issue(app)
    join(app, "late")
    leave(app, "bob")
    begun = pipeline.correct(app.act(), 11)
    assert (begun.number, begun.path, begun.new, begun.readers) == (
        FIRST, Path("content/corrections/0011-1.md"), True, 2,
    )  # fmt: skip
    with pytest.raises(ContentError, match="«TODO» was left in the text"):
        pipeline.approve(app.act(), FIRST, "Robin")
    path = app.folder / begun.path
    text = path.read_text()
    path.write_text(text.replace("issue: 11", "issue: 12"))
    with pytest.raises(ContentError, match=r"0011-1.md:2: issue is 12, but the file is named 0011-1\.md"):
        pipeline.correct(app.act(), 11)
    path.write_text(text)
    assert write(app) == FIRST, "one that is begun is gone on with"
    with pytest.raises(Refused, match=r"correction 11\.1 needs the approval of one person: .*pressroom approve 11\.1"):
        pipeline.send(app.act(), FIRST)
    pipeline.approve(app.act(), FIRST, "Robin")
    for option in ({"late": True}, {"early": True}, {"to": "tag = beta"}):
        with pytest.raises(Refused, match="goes to all who have issue 11"):
            pipeline.send(app.act(), FIRST, **option)  # type: ignore[arg-type]
    assert pipeline.would_send(app.act(), FIRST).readers == 2
    pipeline.send(app.act(), FIRST)
    assert deliveries(app, FIRST) == {"ada": "sent", "cleo": "sent"}
    with pytest.raises(Refused, match=r"correction 11\.1 was already sent"):
        pipeline.send(app.act(), FIRST)
    issue, correction = (
        next(mail for mail in mails(app, subject) if mail["To"].addresses[0].username == "ada")
        for subject in ("Golden", "Correction: Golden")
    )
    assert correction["In-Reply-To"] == correction["References"] == issue["Message-ID"] != correction["Message-ID"]
    for header in ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "From"):
        assert correction[header] == issue[header]


def test_the_page_the_feed_and_the_file_say_when_it_was_corrected(app: MemoryApp) -> None:
    join(app, "ada")
    send_issue(app)
    page, feed = app.site_folder / "issues/11/index.html", app.site_folder / "feed.xml"
    before = feed.read_text()
    set_clock(app, "2026-11-27T15:00")
    write(app)
    pipeline.publish(app.act())
    assert ("is 400" in page.read_text(), feed.read_text()) == (False, before)
    pipeline.approve(app.act(), FIRST, "Robin")
    pipeline.send(app.act(), FIRST)
    text = page.read_text()
    assert text.index('datetime="2026-11-27"') < text.index("is 400") < text.index('class="toc"')
    assert "published: 2026-11-27" in (app.folder / "content/corrections/0011-1.md").read_text()
    assert "<updated>2026-11-27" in feed.read_text()
    assert "<updated>2026-11-27" not in before
    assert [feed.read_text().count(part) for part in ("<entry>", "<id>")] == [1, 2]
    (app.folder / "content/corrections/0011-1.md").unlink()
    pipeline.publish(app.act())
    assert page.read_text() == text, "what a mail links to stays"
    assert any("correction 11.1" in problem.what for problem in pipeline.check(app.act()))


def test_a_correction_of_the_same_day_makes_the_entry_of_the_feed_newer(app: MemoryApp) -> None:
    join(app, "ada")
    send_issue(app)
    before = (app.site_folder / "feed.xml").read_text()
    write(app)
    pipeline.approve(app.act(), FIRST, "Robin")
    pipeline.send(app.act(), FIRST)
    after = (app.site_folder / "feed.xml").read_text()
    assert ("08:01:00+01:00</updated>" in before, "08:01:00+01:00</updated>" in after) == (False, True)


def test_the_tick_sends_it_as_soon_as_it_is_approved_and_says_once_why_not(app: MemoryApp) -> None:
    join(app, "ada", "bob")
    send_issue(app)
    write(app)
    scheduler.tick(app.act())
    assert deliveries(app, FIRST) == {}
    pipeline.approve(app.act(), FIRST, "Robin")
    write(app, "It said 40, and it is 4,000.")
    assert [one.state for one in pipeline.status(app.act(), 11)] == [IssueState.SENT, IssueState.CHANGED]
    for _ in range(2):
        scheduler.tick(app.act())
    assert (deliveries(app, FIRST), len(mails(app, "Correction 11.1 was not sent"))) == ({}, 2)
    pipeline.approve(app.act(), FIRST, "Sam")
    assert "correction 11.1: was sent to 2" in scheduler.tick(app.act())
    assert not [said for said in scheduler.tick(app.act()) if "correction" in said]
    assert deliveries(app, FIRST) == {"ada": "sent", "bob": "sent"}


def test_nobody_is_told_that_it_was_not_sent_when_only_its_file_could_not_be_written(
    app: MemoryApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(app, "ada")
    send_issue(app)
    write(app)
    pipeline.approve(app.act(), FIRST, "Robin")
    with monkeypatch.context() as patched:
        patched.setattr(Folder, "write_issue", raising(Refused("somebody edits it")))
        for _ in range(2):
            [said] = [said for said in scheduler.tick(app.act()) if "trying again" in said]
            assert said.startswith("correction 11.1 was sent, but content/corrections/0011-1.md was edited meanwhile")
    assert (deliveries(app, FIRST), mails(app, "Correction 11.1 was not sent")) == ({"ada": "sent"}, [])
    assert "correction 11.1 was sent" in scheduler.tick(app.act())
    assert "published: 2026-11-26" in (app.folder / "content/corrections/0011-1.md").read_text()


def raising(error: Exception) -> Callable[..., None]:
    def fails(*_: object, **__: object) -> None:
        raise error

    return fails


def test_it_takes_as_many_people_as_an_issue_does_and_an_approval_can_be_withdrawn(app: MemoryApp) -> None:
    toml = app.folder / "content/publication.toml"
    join(app, "ada")
    send_issue(app)
    toml.write_text(toml.read_text().replace("people = 1", "people = 2"))
    write(app)
    for by in ("Robin", "Sam"):
        pipeline.approve(app.act(), FIRST, by)
        if by == "Robin":
            scheduler.tick(app.act())
            assert not mails(app, "Correction 11.1"), "the second approval is waited for without an alarm"
    pipeline.withdraw(app.act(), FIRST, "Sam")
    scheduler.tick(app.act())
    assert deliveries(app, FIRST) == {}
    assert [(one.number, one.person, one.what.value) for one in app.approvals.record(FIRST)] == [
        (FIRST, "Robin", "approved"), (FIRST, "Sam", "approved"), (FIRST, "Sam", "withdrawn"),
    ]  # fmt: skip


def test_its_proof_has_a_link_to_approve_and_a_test_copy_leads_to_a_preview(app: MemoryApp) -> None:
    join(app, "ada")
    send_issue(app)
    write(app)
    editors.prove(app.act(), FIRST, "now")
    (proof, _) = mails(app, "[Proof] Correction")
    said = proof.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "It goes out as soon as it is approved, to those who got issue 11." in " ".join(said.split())
    token = said.partition("/approve/")[2].split()[0]
    assert pipeline.look(app.act(), token).made.rendered.subject.startswith("Correction: ")
    pipeline.test(app.act(), FIRST, "robin@notes.example.com")
    (copy,) = mails(app, "[Test] Correction")
    assert "/preview/" in copy.as_string()
    assert deliveries(app, FIRST) == {}
    pipeline.approve_by_link(app.act(), token)
    scheduler.tick(app.act())
    assert deliveries(app, FIRST) == {"ada": "sent"}
    with pytest.raises(Refused, match=r"correction 11\.1 was sent as it was approved"):
        pipeline.look(app.act(), token)


def test_an_issue_has_five_corrections_at_most_and_the_next_issue_its_own_number(app: MemoryApp) -> None:
    join(app, "ada")
    send_issue(app)
    for which in range(1, 6):
        assert write(app, f"Mistake {which}.") == which * 10_000 + 11
        pipeline.approve(app.act(), which * 10_000 + 11, "Robin")
        pipeline.send(app.act(), which * 10_000 + 11)
    page = (app.site_folder / "issues/11/index.html").read_text()
    places = [page.index(f"Mistake {which}.") for which in range(1, 6)]
    assert places == sorted(places)
    with pytest.raises(Refused, match="corrected 5 times"):
        pipeline.correct(app.act(), 11)
    with pytest.raises(Refused, match=r"correction 11\.1 is a correction itself"):
        pipeline.correct(app.act(), FIRST)


def test_it_is_refused_when_nobody_would_get_it(app: MemoryApp) -> None:
    join(app, "ada")
    send_issue(app)
    write(app)
    pipeline.approve(app.act(), FIRST, "Robin")
    leave(app, "ada")
    for act in (pipeline.send, pipeline.would_send):
        with pytest.raises(Refused, match=r"nobody would get correction 11\.1: no reader who has issue 11"):
            act(app.act(), FIRST)
    assert app.ledger.records.entry(FIRST) is None
    path = app.folder / "content/issues/0012.md"
    path.write_text(
        (app.folder / "content/issues/0011.md")
        .read_text()
        .replace("number: 11", "number: 12")
        .replace("W48", "W47")
        .replace("date: 2026-11-26", "date: 2026-11-19")
    )
    with pytest.raises(Refused, match="nobody knows who has issue 12: it went out before there was a ledger"):
        pipeline.correct(app.act(), 12)


def test_what_an_editor_sees_of_it_leads_to_the_page_as_it_would_be_and_names_it_as_it_is_typed(app: MemoryApp) -> None:
    join(app, "ada")
    send_issue(app)
    write(app)
    act = app.act()
    rendered, publication = pipeline.proof(act, FIRST).rendered, act.content.publication
    assert publication.url("issues/11/") in rendered.html
    framed = mail_in_frame(rendered, publication, files="files/", page="page")
    assert (publication.url("issues/11/") in framed, '"page"' in framed) == (False, True)
    change = ReviewedChange("", (), "picture a.png")
    proof = render_proof(publication, act.templates, rendered, digest="0" * 64, review=Review("Since:", (change,), 3))
    for part in (proof.html, proof.text, proof.subject):
        assert str(FIRST) not in part
    assert ("pressroom diff 11.1" in proof.html, "pressroom diff 11.1" in proof.text) == (True, True)
