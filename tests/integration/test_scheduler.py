"""The week by itself: a fake clock, a real database of each kind, a real mail server on loopback."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from publisher import mail_round, pipeline, scheduler
from publisher.adapters.smtp_sink import Sink
from publisher.app import App
from publisher.errors import Refused, TransportUnavailable
from publisher.issue import DeliveryState, IsoWeek
from publisher.ports import WeekState
from subscribers import Wording
from subscribers.database import open_engine, server_time
from tests.publication import FakeClock, example

EDITORS = {"robin@notes.example.com", "sam@notes.example.com"}


class Choosy(Sink):
    """A mail server that knows some recipients not, and refuses issues while it is told to."""

    unknown: tuple[str, ...] = ()
    no_issues = ""
    meanwhile: Callable[[], object] = staticmethod(lambda: None)
    """What an editor does while an issue is being taken."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.no_issues and b":issue:" in (envelope.content or b""):  # type: ignore[operator]
            return self.no_issues
        if b":issue:" in (envelope.content or b""):  # type: ignore[operator]
            self.meanwhile()
        return await super().handle_DATA(server, session, envelope)


class Office:
    """A publication with two readers, and the mail server that takes its mail."""

    def __init__(self, folder: Path, database: str, sink: Choosy, clock: FakeClock) -> None:
        self.folder, self.database, self.sink, self.clock = folder, database, sink, clock
        self.processes: list[App] = []
        self.app = self.process()
        for name in ("ada", "grace"):
            self.app.subscribers.editors.add(
                f"{name}@example.com", source="test", wording=Wording("test"), now=clock.now()
            )

    def process(self) -> App:
        """Return the publication as another process sees it."""
        variables = {
            "PRESSROOM_SECRET_KEY": "k" * 32, "PRESSROOM_SMTP_URL": self.sink.url, "PRESSROOM_SITE_DIR": str(self.folder / "site"),
        }  # fmt: skip
        made = App(self.folder, database=self.database, clock=self.clock, variables=variables)
        self.processes.append(made)
        return made

    def tick(self, moment: str | None = None) -> list[str]:
        if moment:
            self.clock.set(moment)
        return scheduler.tick(self.app.act())

    def mail(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self.sink.folder.glob("*.eml"))
        ]

    def subjects(self, *, editors: bool) -> list[str]:
        return sorted(
            str(m["Subject"]) for m in self.mail() if (str(m["To"].addresses[0].addr_spec) in EDITORS) == editors
        )


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    folder = example(tmp_path / "publication")
    clock = FakeClock()
    clock.set("2026-11-22T12:00")
    with Choosy(tmp_path / "outbox") as sink:
        made = Office(folder, database_url, sink, clock)
        yield made
        for process in made.processes:
            process.__exit__()


def zone(office: Office, name: str, **moments: str) -> None:
    """Change the publication's zone or its moments."""
    path = office.folder / "content" / "publication.toml"
    text = path.read_text().replace("Europe/Berlin", name)
    for key, value in moments.items():
        old = next(line for line in text.splitlines() if line.startswith(f"{key} = "))
        text = text.replace(old, f'{key} = "{value}"')
    path.write_text(text)


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


# An editor who cannot be reached


def told(office: Office, word: str) -> list[str]:
    """Return the editors who got a mail with this word in its subject, once for each mail."""
    return sorted(str(m["To"].addresses[0].addr_spec) for m in office.mail() if word in str(m["Subject"]))


def test_one_refused_editor_neither_repeats_the_proof_nor_stops_the_issue(office: Office) -> None:
    office.sink.unknown = ("robin@notes.example.com",)
    for minute in range(5):
        office.tick(f"2026-11-23T08:0{minute}")
    assert told(office, "[Proof]") == ["sam@notes.example.com"]
    (robin,) = office.app.act().outbox.unreached()
    assert (robin.address, robin.reply) == ("robin@notes.example.com", "550 5.1.1 no such user")
    pipeline.approve(office.app.act(), 11, "Sam")
    office.tick("2026-11-26T07:00")
    assert len(office.subjects(editors=False)) == 2


def test_editors_who_cannot_be_reached_are_named_in_the_next_mail_until_they_are(office: Office) -> None:
    office.sink.unknown = ("robin@notes.example.com",)
    office.tick("2026-11-23T08:00")
    office.tick("2026-11-26T07:00")  # not approved
    (notice,) = [m for m in office.mail() if "not sent" in str(m["Subject"])]
    words = " ".join(notice.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]
    assert "The last mail to robin@notes.example.com was refused" in words
    office.sink.unknown = ()
    office.tick("2026-11-27T07:01")  # missed
    assert told(office, "2026-W48") == sorted(EDITORS)
    assert office.app.act().outbox.unreached() == ()


def test_a_notice_that_reaches_no_editor_is_tried_again(office: Office) -> None:
    office.sink.unknown = tuple(EDITORS)
    (said,) = office.tick("2026-11-23T08:00")
    assert "no editor could be reached" in said
    office.sink.unknown = ()
    office.tick("2026-11-23T08:06")
    assert told(office, "[Proof]") == sorted(EDITORS)


def test_a_notice_that_was_given_up_leaves_when_the_server_is_back_and_the_week_ends(office: Office) -> None:
    office.sink.unknown = tuple(EDITORS)
    office.tick("2026-11-23T08:00")
    for day in (28, 29, 30):
        office.tick(f"2026-11-{day}T12:00")
    office.tick("2026-12-07T12:00")  # over a week after the first try: the notice of the missed week is too late
    office.sink.unknown = ()
    office.tick("2026-12-08T12:00")
    assert len(told(office, "The issue of 2026-W48 was not sent")) == len(EDITORS)
    assert "2026-W48" not in dict(weeks(office))


# A server that refuses the issue


def test_a_refused_issue_is_told_once_rests_and_goes_out_when_it_is_taken(office: Office) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    office.sink.no_issues = "554 5.7.1 blocked, see case 12345"
    office.tick("2026-11-26T07:00")
    assert told(office, "the mail server refuses it") == sorted(EDITORS)
    (notice, _) = [m for m in office.mail() if "refuses it" in str(m["Subject"])]
    assert "554 5.7.1 blocked, see case 12345" in " ".join(notice.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]
    assert "blocked, see case 12345" in pipeline.status(office.app.act(), 11)[0].next
    assert office.tick("2026-11-26T07:04") == []  # it rests for five minutes
    office.sink.no_issues = "554 5.7.1 blocked, see case 12346"
    assert office.tick("2026-11-26T07:05") == []
    assert len(told(office, "refuses it")) == len(EDITORS)
    office.sink.no_issues = ""
    assert office.tick("2026-11-26T07:19") == []
    office.tick("2026-11-26T07:20")
    assert len(office.subjects(editors=False)) == 2
    sums = office.app.ledger.deliveries.sums(11, office.clock.now())
    assert (sums.audience, sums[DeliveryState.SENT]) == (2, 2)


# A clock that somebody sets


def weeks(office: Office) -> list[tuple[str, str]]:
    return [(str(week.iso), week.state) for week in office.app.act().weeks.unfinished()]


@pytest.mark.parametrize("by", [{"days": 3}, {"days": 365}, {"days": -1}, {"hours": 2}])
def test_a_tick_with_a_wrong_clock_decides_nothing_and_says_so_once(office: Office, by: dict[str, int]) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    office.tick("2026-11-26T06:00")
    before = weeks(office)
    office.clock.jump(**by)
    for _ in range(3):
        (said,) = office.tick()
        assert "clock was set" in said
        mail_round.round_of_mail(office.app.act())
    assert told(office, "The clock was set") == sorted(EDITORS)
    assert weeks(office) == before
    office.clock.jump(**{unit: -number for unit, number in by.items()})
    office.tick("2026-11-26T07:00")
    assert len(office.subjects(editors=False)) == 2
    assert told(office, "was not sent") == []


@pytest.mark.parametrize("by", [{"days": 3}, {"minutes": -6}])
def test_while_the_databases_clock_differs_nothing_is_decided_and_the_mail_of_a_form_stays_due(
    office: Office, monkeypatch: pytest.MonkeyPatch, by: dict[str, int]
) -> None:
    right = office.clock.now()
    monkeypatch.setattr(App, "database_time", lambda _: right)
    office.clock.set((right + dt.timedelta(**by)).strftime("%Y-%m-%dT%H:%M"))  # as the machine booted
    for _ in range(2):
        (said,) = office.tick()
        assert "nothing is done until the two agree" in said
    assert told(office, "Two clocks differ") == sorted(EDITORS)
    assert weeks(office) == []
    office.app.subscribers.sign_ups.sign_up(
        "new@example.com", source="form", wording=Wording("test"), now=office.clock.now()
    )
    assert mail_round.hand_over(office.app.act(), threading.Event(), lambda: False) == 0
    office.clock.set(right.strftime("%Y-%m-%dT%H:%M"))
    act = office.process().act()  # the clock was set right before this process began
    assert mail_round.hand_over(act, threading.Event(), lambda: False) == 1


def test_a_server_of_a_database_tells_its_time_and_a_file_has_none(database_url: str) -> None:
    engine = open_engine(database_url)
    time = server_time(engine)
    engine.dispose()
    if database_url.startswith("sqlite"):
        assert time is None
    else:
        assert time is not None
        assert abs(dt.datetime.now(dt.UTC) - time) < dt.timedelta(minutes=1)


def test_a_clock_that_was_set_right_is_believed_after_a_quarter_of_an_hour(office: Office) -> None:
    office.tick("2026-11-22T12:00")
    office.clock.jump(days=1)
    office.tick()
    office.tick("2026-11-23T12:14")
    assert told(office, "[Proof]") == []
    office.tick("2026-11-23T12:15")
    assert told(office, "[Proof]") == sorted(EDITORS)


def test_editors_who_cannot_be_reached_while_the_clock_is_wrong_are_told_once_of_it(office: Office) -> None:
    office.tick("2026-11-26T06:00")
    office.clock.jump(hours=2)
    office.sink.unknown = tuple(EDITORS)
    for minute in range(4):
        with pytest.raises(TransportUnavailable):
            office.tick(f"2026-11-26T08:0{minute}")
    office.sink.unknown = ()
    office.tick("2026-11-26T08:10")
    assert told(office, "The clock was set") == sorted(EDITORS)


def test_no_mail_is_given_up_as_too_late_by_a_clock_that_was_set(office: Office) -> None:
    office.tick("2026-11-26T06:00")
    readers = office.app.subscribers
    readers.sign_ups.sign_up("new@example.com", source="form", wording=Wording("test"), now=office.clock.now())
    office.clock.jump(days=3)
    office.tick()  # tells the editors
    assert told(office, "The clock was set") == sorted(EDITORS)
    pipeline.post(office.app.act())  # as after a form
    office.clock.jump(days=-3)
    office.tick("2026-11-26T06:01")
    mail_round.round_of_mail(office.app.act())
    assert len([mail for mail in office.mail() if "new@example.com" in str(mail["To"])]) == 1


@pytest.mark.parametrize("wrong", ["2026-11-29T07:00", "2027-11-26T07:00"])
def test_a_process_that_began_with_a_wrong_clock_leaves_no_week_that_is_missed_for_good(
    office: Office, wrong: str
) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    with office.process() as other:
        office.clock.set(wrong)
        scheduler.tick(other.act())
    office.clock.set("2026-11-26T07:00")
    office.app = office.process()
    office.tick()
    assert len(office.subjects(editors=False)) == 2
    office.tick("2026-11-30T08:00")
    assert ("2026-W49", "proofed") in weeks(office)


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


def test_pokes_come_by_a_clock_that_nobody_can_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from apscheduler.schedulers import base
    from apscheduler.triggers import date

    class Set(dt.datetime):
        back = dt.timedelta()

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return dt.datetime.now(tz) - cls.back

    monkeypatch.setattr(base, "datetime", Set)
    monkeypatch.setattr(date, "datetime", Set)
    monkeypatch.setattr(scheduler, "TICK_SECONDS", 0.05)
    poked = threading.Semaphore(0)
    stop = scheduler.start(poked.release, lambda: None)
    try:
        for back in (0, 3600, -3600, 86_400):
            Set.back = dt.timedelta(seconds=back)
            for _ in range(3):
                assert poked.acquire(timeout=5.0)
    finally:
        stop()


def test_whoever_wakes_the_scheduler_is_served_before_the_clock_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "HASTE_SECONDS", 0)
    poked, woken = threading.Semaphore(0), threading.Event()
    stop = scheduler.start(poked.release, lambda: None, woken)
    try:
        assert poked.acquire(timeout=5.0)
        woken.set()
        assert poked.acquire(timeout=5.0)
    finally:
        stop()
