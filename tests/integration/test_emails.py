"""Emails to readers and editors on a real database, over real SMTP: courses, the sign-ups' breaker, a server that misbehaves."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import pytest

from publisher import mail_round, pipeline
from publisher.adapters.smtp_sink import Sink
from publisher.errors import PressroomError, TransportUnavailable
from publisher.pipeline import Posted
from publisher.ports import RenderedEmail
from publisher.stages.emails import EmailBuilder
from subscribers import EmailJob, EmailKind, Prefer, Reason, SignUpRequest, State, parse_address
from tests.mailroom import oracle
from tests.office import WORDING, Bureau, another, bureau, text_of, token_in
from tests.pace import within
from tests.readers import DAY

ADA = "Ada@example.com"
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
WEEK = 7 * DAY


def go_on(news: Bureau, **time: float) -> None:
    """Let time pass, and do what is due then."""
    news.clock.time += dt.timedelta(**time)
    mail_round.round_of_mail(news.app.act())


def enrol(news: Bureau, address: str = ADA, path: str = "backend") -> list[EmailMessage]:
    """Take a reader who wants a course through sign-up and confirmation; return the welcome and the first step."""
    news.app.subscribers.sign_ups.sign_up(address, source="form", wording=WORDING, now=news.clock.now(), path=path)
    go_on(news, seconds=1)
    news.app.subscribers.sign_ups.confirm(token_in(news.mail(), "confirm"), now=news.clock.now())
    go_on(news, seconds=1)
    return sorted(news.mails(), key=lambda mail: "1 of 5" in mail["Subject"])


def subjects(news: Bureau) -> list[str]:
    return sorted(str(mail["Subject"]) for mail in news.mails())


def numbers(news: Bureau) -> list[str]:
    """Return which steps came, such as `2 of 5`."""
    return [subject.rpartition(", ")[2].strip(")") for subject in subjects(news)]


# Courses


def test_a_course_of_five_steps_comes_one_a_week_with_a_pause_at_the_readers_own_pace_and_ends(news: Bureau) -> None:
    readers = news.app.subscribers
    welcome, first = enrol(news)
    assert "Your course “Backend engineer to AI engineer” has begun too" in text_of(welcome).replace("\n", " ")
    assert first["Subject"] == "The AI engineer roadmap (Backend engineer to AI engineer, 1 of 5)"
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "in about 7 days" in text_of(first).replace("\n", " ")

    go_on(news, days=6, hours=23)
    assert news.mails() == []
    go_on(news, hours=1)
    second = news.mail()
    assert "2 of 5" in second["Subject"]
    preferences = token_in(second, "preferences")

    readers.page.prefer(
        preferences, Prefer(paused_until=news.clock.now() + 3 * WEEK, paths={"backend": 7}), now=news.clock.now()
    )
    for _ in range(2):
        go_on(news, weeks=1)
        readers.page.next_step(preferences, "backend", now=news.clock.now())  # nor when it was asked for
        go_on(news, seconds=30)
    assert news.mails() == []
    go_on(news, weeks=1)
    assert numbers(news) == ["3 of 5"]

    assert readers.page.next_step(preferences, "backend", now=news.clock.now()) is True
    go_on(news, seconds=30)
    fourth = news.mail()
    assert "4 of 5" in fourth["Subject"]
    readers.page.prefer(token_in(fourth, "preferences"), Prefer(paths={"backend": 2}), now=news.clock.now())
    go_on(news, days=2)
    last = news.mail()
    assert "5 of 5" in last["Subject"]
    assert "This was the last step." in text_of(last).replace("\n", " ")

    go_on(news, weeks=10)
    assert news.mails() == []
    assert news.sink.received == len(news.read) == 7  # the confirmation and the welcome, then each step once
    (reader,) = readers.queries.find()
    history = [(what.what, what.detail) for what in readers.editors.show(reader.address).history]
    assert [detail for what, detail in history if what == "course"] == [
        "backend: begun", "backend: step 1", "backend: step 2", "backend: step 3", "backend: step 4",
        "backend: every 2 days", "backend: step 5", "backend: ended",
    ]  # fmt: skip


def test_who_leaves_gets_no_further_step_and_who_stops_a_course_stays_a_reader(news: Bureau) -> None:
    readers = news.app.subscribers
    _, adas = enrol(news)
    _, bobs = enrol(news, "bob@example.com")
    readers.leaving.unsubscribe(token_in(adas, "unsubscribe"), now=news.clock.now())
    readers.page.prefer(token_in(bobs, "preferences"), Prefer(paths={}), now=news.clock.now())
    go_on(news, weeks=5)
    assert news.mails() == []
    assert [reader.address for reader in readers.queries.find(state=State.ACTIVE)] == ["bob@example.com"]


def test_a_step_that_waits_for_the_mail_server_is_not_sent_to_who_left_paused_or_stopped(news: Bureau) -> None:
    readers = news.app.subscribers
    tokens = {}
    for name in ("left", "paused", "stopped", "stays"):
        _, tokens[name] = enrol(news, f"{name}@example.com")
    news.clock.time += WEEK + MINUTE
    now = news.clock.now()
    assert readers.courses.take_steps(now) == 4  # due in the database, and not handed over yet
    readers.leaving.unsubscribe(token_in(tokens["left"], "unsubscribe"), now=now + MINUTE)
    readers.page.prefer(
        token_in(tokens["paused"], "preferences"), Prefer(paused_until=now + 4 * WEEK, paths={"backend": 90}),
        now=now + MINUTE,
    )  # fmt: skip
    readers.page.prefer(token_in(tokens["stopped"], "preferences"), Prefer(paths={}), now=now + MINUTE)
    news.clock.time += 2 * MINUTE
    assert pipeline.post(news.app.act()) == Posted(sent=1, delayed=1, dropped=2)
    assert news.mail()["To"] == "stays@example.com"
    news.clock.time = now + 3 * WEEK
    assert pipeline.post(news.app.act()) == Posted()
    news.clock.time = now + 4 * WEEK
    assert pipeline.post(news.app.act()) == Posted(sent=1)  # when the pause is over it comes, nothing was lost
    late = news.mail()
    assert (late["To"], "2 of 5" in late["Subject"]) == ("paused@example.com", True)


def test_two_processes_that_poke_at_once_send_every_step_once(news: Bureau, database_url: str) -> None:
    names = [f"reader{number}@example.com" for number in range(12)]
    news.app.subscribers.sign_ups.sign_up_all(
        [SignUpRequest(parse_address(name), "form", WORDING, "backend") for name in names], news.clock.now()
    )
    go_on(news, seconds=1)
    for mail in news.mails():
        news.app.subscribers.sign_ups.confirm(token_in(mail, "confirm"), now=news.clock.now())
    with another(news, database_url) as second:
        second.subscribers.queries.counts()  # both are open for business
        for week in range(3):
            news.clock.time += dt.timedelta(days=7 * bool(week), seconds=1)
            start = threading.Barrier(2)

            def poke(app: object, start: threading.Barrier = start) -> None:
                start.wait()
                mail_round.round_of_mail(app.act())  # type: ignore[arg-type]

            with ThreadPoolExecutor(2) as pool:
                list(pool.map(poke, (news.app, second)))
    mail_round.round_of_mail(news.app.act())
    got: dict[str, list[str]] = {}
    for mail in news.mails():
        got.setdefault(mail["To"], []).append(mail["Subject"].rpartition(", ")[2].strip(")"))
    expected = ["1 of 5", "2 of 5", "3 of 5"]
    assert {name: [n for n in sorted(found) if n in expected] for name, found in got.items()} == dict.fromkeys(
        names, expected
    )
    assert news.sink.received == len(news.read) == 12 * 5  # confirmation, welcome, three steps


def test_a_course_ends_when_its_path_is_gone_and_waits_when_its_file_cannot_be_read(news: Bureau) -> None:
    readers = news.app.subscribers
    enrol(news)
    file = news.folder / "content" / "paths" / "backend.md"
    whole = file.read_text()
    file.write_text(whole.replace('title: "Backend', "titel: 'Backend", 1))
    go_on(news, weeks=1)
    assert news.mails() == []
    assert readers.editors.show(ADA).reader.course("backend").ended is None
    file.write_text(whole)
    go_on(news, seconds=30)
    assert numbers(news) == ["2 of 5"]
    file.unlink()
    go_on(news, weeks=1)
    assert news.mails() == []
    course = readers.editors.show(ADA).reader.course("backend")
    assert (course.sent, course.ended, course.due) == (2, news.clock.now(), None)


def test_a_course_of_a_path_that_was_shortened_ends(news: Bureau) -> None:
    enrol(news)
    file = news.folder / "content" / "paths" / "backend.md"
    head, *steps = file.read_text().split("  - title: ")
    body = steps[-1].partition("---\n")[2]
    file.write_text(f"{head}  - title: {steps[0]}---\n{body}")
    go_on(news, weeks=1)
    assert news.mails() == []
    assert news.app.subscribers.editors.show(ADA).reader.course("backend").ended == news.clock.now()


def test_a_path_that_cannot_be_read_holds_up_no_other(quiet: Bureau) -> None:
    paths = quiet.folder / "content" / "paths"
    (paths / "frontend.md").write_text((paths / "backend.md").read_text())
    enrol(quiet, "ada@example.com", "frontend")
    quiet.clock.advance(60)
    enrol(quiet, "bob@example.com", "backend")
    (paths / "frontend.md").write_text("---\nno: path\n---\n")
    quiet.clock.time += WEEK
    assert quiet.app.subscribers.courses.take_steps(quiet.clock.now(), limit=1) == 1
    assert quiet.app.subscribers.courses.take_steps(quiet.clock.now(), limit=1) == 0


def test_the_pictures_of_a_step_are_on_the_site_before_it_leaves(quiet: Bureau) -> None:
    page = quiet.folder / "content" / "pages" / "roadmap.md"
    page.write_text(page.read_text() + "\n```mermaid\nflowchart TD\n    accDescr: New.\n    A --> B\n```\n")
    _, step = enrol(quiet)
    html = step.get_body(("html",)).get_content()
    names = [part.partition('"')[0] for part in html.split('src="https://notes.example.com/')[1:]]
    assert len(names) == 1
    assert (quiet.app.site_folder / names[0]).is_file()


# The breaker


def ask(news: Bureau, count: int, name: str = "victim") -> None:
    """Let so many addresses be typed into the form, and their confirmation mails leave."""
    requests = [SignUpRequest(parse_address(f"{name}{number}@example.com"), "form", WORDING) for number in range(count)]
    news.app.subscribers.sign_ups.sign_up_all(requests, news.clock.now())
    mail_round.round_of_mail(news.app.act())


def notices(news: Bureau) -> list[str]:
    return [text_of(mail) for mail in news.mails() if mail["Subject"].startswith("Sign-ups ")]


def test_list_bombing_stops_the_sign_ups_and_every_editor_is_told_once_in_clear_words(
    news: Bureau, database_url: str
) -> None:
    ask(news, 120)
    news.mails()
    go_on(news, minutes=14)
    assert news.app.subscribers.watch.sign_ups_stopped(news.clock.now()) is None
    news.clock.advance(120)
    with another(news, database_url) as second, ThreadPoolExecutor(2) as pool:
        second.subscribers.queries.counts()
        list(pool.map(mail_round.round_of_mail, (news.app.act(), second.act())))
    mails = news.mails()
    assert sorted(mail["To"] for mail in mails) == ["Robin <robin@notes.example.com>", "Sam <sam@notes.example.com>"]
    assert mails[0]["Subject"] == "Sign-ups are stopped until Mon 23 Nov, 16:16"
    words = " ".join(text_of(mails[0]).split())
    for part in (
        "120 addresses were typed into the sign-up forms, and none of them confirmed.",
        "no confirmation mail leaves for new sign-ups from Mon 23 Nov, 10:16 until Mon 23 Nov, 16:16",
        "You need not do anything", "pressroom subscribers list --state pending",
    ):  # fmt: skip
        assert part in words
    go_on(news, hours=1)
    assert news.mails() == []
    stopped = news.app.subscribers.watch.sign_ups_stopped(news.clock.now())
    assert stopped is not None
    assert (stopped.asked, stopped.confirmed) == (120, 0)
    go_on(news, hours=6)
    assert news.mails() == []
    assert news.app.subscribers.watch.sign_ups_stopped(news.clock.now()) is None

    ask(news, 150, "again")  # it goes on, and so it stops and is told again
    news.mails()
    go_on(news, minutes=16)
    assert len(notices(news)) == 2


def test_a_popular_day_stops_nothing(news: Bureau) -> None:
    ask(news, 120, "reader")
    for mail in news.mails()[:45]:
        news.app.subscribers.sign_ups.confirm(token_in(mail, "confirm"), now=news.clock.now() + MINUTE)
    for _ in range(8):
        go_on(news, minutes=10)
    assert notices(news) == []


def test_readers_whom_an_editor_let_in_do_not_count_and_those_who_complained_do(news: Bureau) -> None:
    ask(news, 120)
    for number in range(21):
        news.app.subscribers.editors.add(
            f"victim{number}@example.com", source="cli", wording=WORDING, now=news.clock.now()
        )
    news.mails()
    go_on(news, minutes=16)
    assert notices(news) == []  # 99 asked
    ask(news, 1, "more")
    for number in range(90, 120):
        news.app.subscribers.editors.suppress(f"victim{number}@example.com", Reason.COMPLAINED, now=news.clock.now())
    go_on(news, minutes=16)
    assert len(notices(news)) == 2


def test_a_mail_server_that_was_away_is_not_taken_for_list_bombing(news: Bureau, database_url: str) -> None:
    with Sink(news.folder / "gone") as gone:
        nowhere = gone.url
    with another(news, database_url, nowhere) as away:
        requests = [
            SignUpRequest(parse_address(f"reader{number}@example.com"), "form", WORDING) for number in range(120)
        ]
        away.subscribers.sign_ups.sign_up_all(requests, news.clock.now())
        for _ in range(4):
            news.clock.advance(20 * 60)
            mail_round.round_of_mail(away.act())
        assert away.subscribers.watch.sign_ups_stopped(news.clock.now()) is None
    go_on(news, minutes=6)
    assert len(news.mails()) == 120
    go_on(news, minutes=10)  # they have had their mail for ten minutes only
    assert news.app.subscribers.watch.sign_ups_stopped(news.clock.now()) is None
    go_on(news, minutes=10)
    assert news.app.subscribers.watch.sign_ups_stopped(news.clock.now()) is not None


def test_editors_who_could_not_be_told_are_told_later_also_when_it_is_over(
    news: Bureau, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    ask(news, 120)
    news.mails()
    with Sink(news.folder / "gone") as gone:
        nowhere = gone.url
    with another(news, database_url, nowhere) as away:
        news.clock.advance(16 * 60)
        with pytest.raises(TransportUnavailable):
            mail_round.watch_sign_ups(away.act())
        mail_round.round_of_mail(away.act())  # not fatal there
        assert "the sign-ups could not be watched" in caplog.text
    assert "example.com" not in caplog.text.replace("notes.example.com", "")
    go_on(news, hours=7)
    (words, _) = notices(news)
    assert "Sign-ups were stopped until" not in words  # that is the subject
    assert "So no confirmation mail left for new sign-ups from" in " ".join(words.split())
    go_on(news, hours=1)
    assert news.mails() == []


def test_what_fails_in_a_round_keeps_nothing_else_from_being_done(
    quiet: Bureau, caplog: pytest.LogCaptureFixture
) -> None:
    enrol(quiet)
    quiet.app.subscribers.sign_ups.sign_up("bob@example.com", source="form", wording=WORDING, now=quiet.clock.now())
    toml = quiet.folder / "content" / "publication.toml"
    whole = toml.read_text()
    toml.write_text("name = 1")
    with caplog.at_level(logging.ERROR):
        go_on(quiet, weeks=1)
    assert quiet.mails() == []
    assert "mail could not be handed over: content/publication.toml:1" in caplog.text
    toml.write_text(whole)
    quiet.app.subscribers.sign_ups.sign_up("eve@example.com", source="form", wording=WORDING, now=quiet.clock.now())
    go_on(quiet, minutes=6)
    assert subjects(quiet) == [
        "Confirm your subscription to Production AI Notes",
        "RAG in production (Backend engineer to AI engineer, 2 of 5)",
    ]


# The letterbox, and a server that misbehaves


def ask_all(news: Bureau, names: Iterable[str]) -> None:
    """Let these addresses be typed into the form, one after the other."""
    for name in names:
        news.app.subscribers.sign_ups.sign_up(name, source="form", wording=WORDING, now=news.clock.now())


def ends(news: Bureau) -> dict[str, str]:
    """Return the state of each reader's last mail, by address."""
    query = "SELECT s.address, e.state FROM email e JOIN subscriber s ON s.id = e.subscriber_id ORDER BY e.id"
    with news.app.engine.connect() as connection:
        return {row.address: row.state for row in connection.exec_driver_sql(query)}


def tries(news: Bureau) -> set[tuple[str, int]]:
    with news.app.engine.connect() as connection:
        return {tuple(row) for row in connection.exec_driver_sql("SELECT state, attempt FROM email")}  # type: ignore[misc]


@pytest.fixture
def one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publisher.stages.emails._EACH", 1000)


@pytest.mark.usefixtures("one_connection")
def test_every_mail_is_answered_and_trouble_with_one_holds_up_no_other(tmp_path: Path) -> None:
    names = {
        "rcpt-4xx": "deferred", "rcpt-5xx": "failed", "a": "sent", "rcpt-552": "deferred",
        "data-5xx": "deferred", "dot-4xx": "deferred", "b": "sent", "dot-5xx": "deferred",
        "body-drop": "deferred", "c": "sent", "dot-garbage": "deferred", "d": "sent",
    }  # fmt: skip
    with oracle(tmp_path) as server, bureau(f"sqlite:///{tmp_path}/x.db", tmp_path, server.url) as news:
        ask_all(news, [f"{name}.x@example.com" for name in names])
        pipeline.post(news.app.act())
        assert ends(news) == {f"{name}.x@example.com": state for name, state in names.items()}
        assert sorted(server.accepted()) == [f"{name}.x@example.com" for name in "abcd"]


@pytest.mark.usefixtures("one_connection")
def test_a_server_that_breaks_every_connection_leaves_the_rest_due_and_is_not_hammered(tmp_path: Path) -> None:
    with oracle(tmp_path) as server, bureau(f"sqlite:///{tmp_path}/x.db", tmp_path, server.url) as news:
        ask_all(news, [f"rcpt-421.{number}@example.com" for number in range(20)])
        with pytest.raises(TransportUnavailable, match="in a row"):
            pipeline.post(news.app.act())
        assert len(server.events("connected")) == 5
        assert set(ends(news).values()) == {"queued", "deferred"}


@pytest.mark.parametrize("fault", ["greeting:421:9", "ehlo:drop:9", "mail:550:9", "mail:530:9"])
def test_trouble_that_is_about_us_drops_nobodys_mail(tmp_path: Path, fault: str) -> None:
    with (
        oracle(tmp_path, "--fault", fault) as server,
        bureau(f"sqlite:///{tmp_path}/x.db", tmp_path, server.url) as news,
    ):
        ask_all(news, [f"{number}@example.com" for number in range(3)])
        with contextlib.suppress(PressroomError):
            pipeline.post(news.app.act())
        assert set(ends(news).values()) <= {"queued", "deferred"}


def test_an_unknown_answer_repeats_a_confirmation_and_leaves_a_step_in_doubt(tmp_path: Path) -> None:
    with oracle(tmp_path) as server, bureau(f"sqlite:///{tmp_path}/x.db", tmp_path, server.url) as news:
        readers = news.app.subscribers
        ask_all(news, ["kept-drop.x@example.com"])
        request = SignUpRequest(parse_address("once-kept-drop.y@example.com"), "form", WORDING, "backend")
        readers.sign_ups.sign_up_all([request], news.clock.now())
        for _ in range(3):
            pipeline.post(news.app.act())
            news.clock.advance(6 * 60)
        assert ends(news) == {"kept-drop.x@example.com": "deferred", "once-kept-drop.y@example.com": "sent"}
        assert server.accepted() == {"kept-drop.x@example.com": 3, "once-kept-drop.y@example.com": 2}


def test_a_server_that_recovers_gets_each_letter_with_the_id_that_it_had(tmp_path: Path) -> None:
    with oracle(tmp_path) as server, bureau(f"sqlite:///{tmp_path}/x.db", tmp_path, server.url) as news:
        news.app.subscribers.sign_ups.sign_up(
            "once-dot-4xx.x@example.com", source="f", wording=WORDING, now=news.clock.now()
        )
        assert pipeline.post(news.app.act()) == Posted(delayed=1)
        news.clock.advance(6 * 60)
        assert pipeline.post(news.app.act()) == Posted(sent=1)
        news.app.subscribers.sign_ups.sign_up("second@example.com", source="f", wording=WORDING, now=news.clock.now())
        pipeline.post(news.app.act())
        first, again, other = [event["id"] for event in server.events("seen")]
        assert first == again != other


def test_a_second_confirmation_mail_to_one_reader_has_an_id_of_its_own(quiet: Bureau) -> None:
    ids = set()
    for _ in range(3):
        quiet.app.subscribers.sign_ups.sign_up(ADA, source="f", wording=WORDING, now=quiet.clock.now())
        pipeline.post(quiet.app.act())
        ids.add(quiet.mail()["Message-ID"])
        quiet.clock.advance(25 * 3600)
    assert len(ids) == 3


def test_what_an_editor_can_mend_leaves_the_letter_due(quiet: Bureau, caplog: pytest.LogCaptureFixture) -> None:
    own = quiet.folder / "templates" / "email" / "confirmation.txt"
    own.parent.mkdir(parents=True)
    own.write_text("Subject: {{ nothing }}\n\n{{ fields.action }}\n")
    quiet.app.subscribers.sign_ups.sign_up(ADA, source="f", wording=WORDING, now=quiet.clock.now())
    assert pipeline.post(quiet.app.act()) == Posted(delayed=1)
    assert "cannot write the confirmation mail: templates/email/confirmation.txt" in caplog.text
    assert "ada@" not in caplog.text.lower()
    own.write_text("Subject: Fixed\n\n{{ fields.action }}\n")
    quiet.clock.advance(6 * 60)
    assert pipeline.post(quiet.app.act()) == Posted(sent=1)
    assert quiet.mail()["Subject"] == "Fixed"


def test_a_step_that_is_gone_is_dropped_and_a_bug_in_writing_holds_up_no_other(
    quiet: Bureau, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(quiet)
    quiet.clock.time += WEEK
    assert quiet.app.subscribers.courses.take_steps(quiet.clock.now()) == 1
    file = quiet.folder / "content" / "paths" / "backend.md"
    head, first, *_ = file.read_text().split("  - title: ")
    file.write_text(f"{head}  - title: {first}---\nOne step.\n")
    write = EmailBuilder._write

    def failing(self: EmailBuilder, job: EmailJob) -> RenderedEmail:
        if job.kind is EmailKind.CONFIRMATION:
            raise ZeroDivisionError
        return write(self, job)

    monkeypatch.setattr(EmailBuilder, "_write", failing)
    ask_all(quiet, ["bug@example.com"])
    pipeline.post(quiet.app.act())
    assert ends(quiet) == {ADA: "failed", "bug@example.com": "deferred"}
    assert "ZeroDivisionError" in caplog.text
    assert "no longer has a step 2" in str(tries_of(quiet, ADA))


def tries_of(news: Bureau, address: str) -> list[str]:
    query = f"SELECT e.reply FROM email e JOIN subscriber s ON s.id = e.subscriber_id WHERE s.address = '{address}'"
    with news.app.engine.connect() as connection:
        return [str(reply) for (reply,) in connection.exec_driver_sql(query)]


def test_mails_that_are_the_same_are_written_once_and_an_edit_shows_in_the_next_round(
    quiet: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    write = EmailBuilder._write

    def counting(self: EmailBuilder, job: EmailJob) -> RenderedEmail:
        written.append(job.kind.value)
        return write(self, job)

    monkeypatch.setattr(EmailBuilder, "_write", counting)
    ask_all(quiet, [f"r{number}@example.com" for number in range(30)])
    assert pipeline.post(quiet.app.act()) == Posted(sent=30)
    assert written == ["confirmation"]
    ask_all(quiet, ["another@example.com"])
    pipeline.post(quiet.app.act())
    assert written == ["confirmation"] * 2


def test_a_confirmation_mail_leaves_within_a_second(quiet: Bureau) -> None:
    ask(quiet, 1, "warm")
    quiet.mails()
    began = time.perf_counter()
    quiet.app.subscribers.sign_ups.sign_up(
        ADA, source="Buy cheap pills", wording=WORDING, now=quiet.clock.now(), client="192.0.2.1"
    )
    pipeline.post(quiet.app.act())
    spent = time.perf_counter() - began
    assert spent < within(1)
    mail = quiet.mail()
    assert "pills" not in mail.as_string()
    assert "192.0.2.1" not in mail.as_string()


# What `check` says of publication.toml


def test_check_says_by_file_and_line_which_chosen_issue_no_reader_could_open(quiet: Bureau) -> None:
    toml = quiet.folder / "content" / "publication.toml"
    draft = quiet.folder / "content" / "issues" / "0010.md"
    draft.write_text(draft.read_text().replace("published: 2026-11-19\n", ""))
    toml.write_text(toml.read_text().replace("issues = [7, 3, 10]", "issues = [7, 99, 10]"))
    line = 1 + toml.read_text().split("\n").index("issues = [7, 99, 10]")
    found = [str(problem) for problem in pipeline.check(quiet.app.act()) if "welcome" in problem.what]
    assert found == [
        f"content/publication.toml:{line}: welcome.issues names issue 99, which does not exist; name another",
        f"content/publication.toml:{line}: welcome.issues names issue 10, which is not published yet; "
        "name one that is, or wait until it is out",
    ]


def test_check_is_content_with_the_examples_own_choice(quiet: Bureau) -> None:
    assert pipeline.check(quiet.app.act()) == ()
