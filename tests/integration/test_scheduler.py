"""The week by itself: a fake clock, a real database of each kind, a real mail server on loopback."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable

import pytest

from publisher import pipeline, scheduler
from publisher.errors import Refused
from publisher.issue import DeliveryState, IsoWeek
from publisher.ports import WeekState
from tests.scheduled import EDITORS, Choosy, Office, told, weeks, zone


def test_monday_assembles_drafts_and_mails_a_proof_and_thursday_sends_what_was_approved(office: Office) -> None:
    assert office.tick("2026-11-23T07:59") == []  # 08:59 in Berlin
    office.tick("2026-11-23T08:00")
    issue = office.app.act().content.issue(11)
    assert issue
    assert issue.section("archive").body.strip()  # type: ignore[union-attr]
    proofs = [message for message in office.mail() if str(message["Subject"]).startswith("[Proof]")]
    assert {str(message["To"].addresses[0].addr_spec) for message in proofs} == EDITORS
    text = proofs[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "pressroom approve 11 --by NAME" in text
    assert office.tick() == []
    pipeline.approve(office.app.act(), 11, "Robin")
    assert office.tick("2026-11-26T06:59") == []
    office.tick("2026-11-26T07:00")
    assert office.subjects(editors=False) == [issue.title] * 2
    office.tick("2026-11-26T07:01")
    assert office.subjects(editors=False) == [issue.title] * 2
    assert office.app.act().content.issue(11).published == dt.date(2026, 11, 26)  # type: ignore[union-attr]


def test_thursday_without_an_approval_tells_the_editors_once_and_sends_when_the_approval_comes(office: Office) -> None:
    office.tick("2026-11-23T08:00")
    office.tick("2026-11-26T07:00")
    office.tick("2026-11-26T07:01")
    told = [subject for subject in office.subjects(editors=True) if "not sent" in subject]
    assert len(told) == len(EDITORS)
    assert office.subjects(editors=False) == []
    pipeline.approve(office.app.act(), 11, "Sam")
    office.tick("2026-11-26T15:00")
    assert len(office.subjects(editors=False)) == 2
    assert office.subjects(editors=True).count("Issue 11 goes on") == len(EDITORS)


def test_an_issue_that_nothing_was_in_the_way_of_is_no_news(office: Office) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Sam")
    office.tick("2026-11-26T07:00")
    office.tick("2026-11-26T07:01")
    assert len(office.subjects(editors=False)) == 2
    assert [subject for subject in office.subjects(editors=True) if "Issue 11" in subject] == []


def test_an_edit_after_the_approval_holds_the_send(office: Office) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    path = office.folder / "content" / "issues" / "0011.md"
    path.write_text(path.read_text().replace("Golden", "Silver", 1))
    office.tick("2026-11-26T07:00")
    assert office.subjects(editors=False) == []
    (notice, *_) = [message for message in office.mail() if "not sent" in str(message["Subject"])]
    assert "changed after Robin approved it" in " ".join(notice.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]


def test_a_process_that_was_down_sends_inside_the_window_and_asks_after_it(office: Office) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    office.tick("2026-11-27T07:00")  # 24 hours later, to the minute
    assert len(office.subjects(editors=False)) == 2


def test_after_the_window_a_person_is_asked_and_nothing_is_sent(office: Office) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    office.tick("2026-11-27T07:01")
    office.tick("2026-11-27T07:02")
    assert office.subjects(editors=False) == []
    told = [subject for subject in office.subjects(editors=True) if "2026-W48" in subject]
    assert len(told) == len(EDITORS)
    assert len(pipeline.status(office.app.act(), 11)) == 1


def test_weeks_that_passed_while_nothing_ran_are_told_and_the_current_one_goes_on(office: Office) -> None:
    office.tick("2026-11-22T12:00")  # opens W48
    office.tick("2026-12-07T09:00")  # Monday of W50
    subjects = office.subjects(editors=True)
    for week in ("2026-W48", "2026-W49"):
        assert f"The issue of {week} was not sent" in subjects
    assert sum(subject.startswith("[Proof]") for subject in subjects) == len(EDITORS)
    assert [issue.week for issue in office.app.act().content.issues if not issue.published] == [
        IsoWeek.parse("2026-W50")
    ]


def test_a_new_publication_that_starts_on_a_saturday_has_missed_nothing(office: Office) -> None:
    assert office.tick("2026-11-28T12:00") == []
    assert office.mail() == []


def test_a_week_with_nothing_ready_is_held_and_told_once(office: Office) -> None:
    for path in (office.folder / "content" / "projects").glob("*.md"):
        path.write_text(path.read_text().replace("status: ready", "status: draft"))
    office.tick("2026-11-23T08:00")
    office.tick("2026-11-23T08:01")
    held = [subject for subject in office.subjects(editors=True) if "is held" in subject]
    assert len(held) == len(EDITORS)
    for path in (office.folder / "content" / "projects").glob("*.md"):
        path.write_text(path.read_text().replace("status: draft", "status: ready"))
    office.tick("2026-11-23T09:00")
    assert any(subject.startswith("[Proof]") for subject in office.subjects(editors=True))


@pytest.mark.parametrize(
    ("name", "week", "due"),
    [
        ("Europe/Berlin", "2026-W13", "2026-03-29T01:00"),  # 02:30 does not exist: the first moment that does
        ("Europe/Berlin", "2026-W43", "2026-10-25T00:30"),  # 02:30 comes twice: the first
        ("America/New_York", "2026-W45", "2026-11-08T07:30"),
    ],
)
def test_a_change_of_the_clocks_sends_once_at_a_time_that_exists(
    office: Office, name: str, week: str, due: str
) -> None:
    zone(office, name, send="sun 02:30")
    monday = IsoWeek.parse(week).monday()
    for path in (office.folder / "content" / "issues").glob("*.md"):
        path.unlink()  # the example's past issues lie in these weeks
    (office.folder / "content" / "questions" / "filter-prompt-injection.md").unlink()
    for path in (office.folder / "content").glob("*/*.md"):
        if path.parent.name in ("concepts", "architectures", "projects", "questions", "paths", "pages"):
            path.write_text(re.sub(r"\]\(\.\./issues/[^)]*\)", "](https://example.com/)", path.read_text()))
    office.app = office.process()
    office.tick(f"{monday}T16:00")
    pipeline.approve(office.app.act(), 1, "Robin")
    moment = dt.datetime.fromisoformat(due)
    assert office.tick((moment - dt.timedelta(seconds=1)).isoformat()) == []
    office.tick(due)
    assert len(office.subjects(editors=False)) == 2
    for minutes in (30, 60, 90, 120):
        office.tick((moment + dt.timedelta(minutes=minutes)).isoformat())
    assert len(office.subjects(editors=False)) == 2


def test_iso_week_53_is_a_week_like_any_other_and_january_belongs_to_it(office: Office) -> None:
    office.tick("2026-12-28T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    office.tick("2026-12-31T07:00")
    issue = office.app.act().content.issue(11)
    assert issue
    assert (str(issue.week), issue.published) == ("2026-W53", dt.date(2026, 12, 31))
    office.tick("2027-01-02T12:00")  # Saturday, still W53
    assert len(office.subjects(editors=False)) == 2
    office.tick("2027-01-04T08:00")
    assert [str(i.week) for i in office.app.act().content.issues if not i.published] == ["2027-W01"]


def at_once(*acts: Callable[[], object]) -> None:
    """Run acts in threads that start together; an exception of one fails the test."""
    gate = threading.Barrier(len(acts))
    errors: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        gate.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_two_processes_at_once_send_one_proof_and_one_issue(office: Office) -> None:
    with office.process() as other:
        office.clock.set("2026-11-23T08:00")
        at_once(lambda: scheduler.tick(office.app.act()), lambda: scheduler.tick(other.act()))
        assert sum(subject.startswith("[Proof]") for subject in office.subjects(editors=True)) == len(EDITORS)
        pipeline.approve(office.app.act(), 11, "Robin")
        office.clock.set("2026-11-26T07:00")
        at_once(lambda: scheduler.tick(office.app.act()), lambda: scheduler.tick(other.act()))
        office.tick("2026-11-26T07:01")
    assert len(office.subjects(editors=False)) == 2
    sums = office.app.ledger.deliveries.sums(11, office.clock.now())
    assert (sums.audience, sums[DeliveryState.SENT]) == (2, 2)


def test_a_mail_server_that_is_down_on_monday_gets_the_proof_later(office: Office) -> None:
    office.sink.stop()
    (said,) = office.tick("2026-11-23T08:00")
    assert "trying again" in said
    with Choosy(office.sink.folder) as again:
        office.sink = again
        office.app = office.process()
        office.tick("2026-11-23T08:05")
    assert sum(subject.startswith("[Proof]") for subject in office.subjects(editors=True)) == len(EDITORS)


def test_a_week_keeps_the_moment_that_was_declared_when_it_was_opened(office: Office) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    zone(office, "America/New_York")  # 08:00 there is 13:00 UTC
    office.app = office.process()
    assert office.tick("2026-11-26T06:59") == []
    office.tick("2026-11-26T07:00")
    assert len(office.subjects(editors=False)) == 2


def test_a_stranger_cannot_hold_the_lock_for_ever(office: Office) -> None:
    now = office.clock.now()
    with office.app.act().weeks.lock("tick", 60, now) as mine:
        assert mine
        with office.process() as other:
            assert scheduler.tick(other.act()) == []
            office.clock.set("2026-11-23T08:00")  # the lease of 60 seconds has run out
            assert scheduler.tick(other.act())


def test_a_sent_issue_whose_file_is_gone_keeps_its_number_and_its_page(office: Office) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    office.tick("2026-11-26T07:00")
    page = office.folder / "site" / "issues" / "11" / "index.html"
    before = page.read_bytes()
    (office.folder / "content" / "issues" / "0011.md").unlink()
    office.tick("2026-11-30T08:00")
    assert [issue.number for issue in office.app.act().content.issues if not issue.published] == [12]
    pipeline.publish(office.app.act())
    assert page.read_bytes() == before
    (lost,) = pipeline.status(office.app.act(), 11)
    assert lost.state == "sent"
    assert "gone" in lost.next


def test_an_edit_while_an_issue_is_being_sent_reaches_neither_the_mail_nor_the_page(office: Office) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    stop = threading.Event()
    stop.set()
    pipeline.send(office.app.act(), 11, stop=stop)  # begun, and stopped before the first message
    path = office.folder / "content" / "issues" / "0011.md"
    path.write_text(path.read_text().replace("A golden set is", "HACKED is"))
    office.tick("2026-11-26T07:00")
    assert len(office.subjects(editors=False)) == 2
    mails = [m for m in office.mail() if m["List-Unsubscribe"]]
    assert all("HACKED" not in mail.get_body(("plain",)).get_content() for mail in mails)  # type: ignore[union-attr]


def test_a_crash_between_the_last_answer_and_the_files_date_is_made_good_by_the_next_tick(office: Office) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    office.tick("2026-11-26T07:00")
    path = office.folder / "content" / "issues" / "0011.md"
    path.write_text(path.read_text().replace("published: 2026-11-26\n", ""))  # as a crash before this leaves it
    act = office.app.act()
    act.weeks.move(IsoWeek.parse("2026-W48"), WeekState.SENT, WeekState.SENDING)
    office.tick("2026-11-26T07:01")
    assert "published: 2026-11-26\n" in path.read_text()
    assert weeks(office) == []
    assert len(office.subjects(editors=False)) == 2


def test_an_edit_during_the_last_message_is_kept_and_nobody_is_told_that_the_issue_was_not_sent(office: Office) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    path = office.folder / "content" / "issues" / "0011.md"
    office.sink.meanwhile = lambda: path.write_text(path.read_text().replace("A golden set is", "EDITED is"))
    office.tick("2026-11-26T07:00")
    office.tick("2026-11-26T07:01")
    text = path.read_text()
    assert "EDITED is" in text
    assert "published: 2026-11-26\n" in text
    assert told(office, "was not sent") == []
    assert weeks(office) == []
    assert len(office.subjects(editors=False)) == 2


def test_a_missed_week_can_be_reopened_while_its_window_lasts(office: Office) -> None:
    week = IsoWeek.parse("2026-W48")
    office.tick("2026-11-23T08:00")
    with pytest.raises(Refused, match="it is proofed"):
        pipeline.reopen_week(office.app.act(), week)
    office.tick("2026-11-27T07:01")
    with pytest.raises(Refused, match="pressroom send 11 --late"):
        pipeline.reopen_week(office.app.act(), week)
    office.clock.set("2026-11-27T06:00")
    assert pipeline.reopen_week(office.app.act(), week).state == "proofed"
    with pytest.raises(Refused, match="never opened"):
        pipeline.reopen_week(office.app.act(), week.next().next())
