"""Emails on a real database, over real SMTP: a server that misbehaves, what cannot be written, and how soon a mail leaves."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from publisher import pipeline
from publisher.errors import PressroomError, TransportUnavailable
from publisher.pipeline import Posted
from publisher.ports import RenderedEmail
from publisher.stages.emails import EmailBuilder
from subscribers import EmailJob, EmailKind, SignUpRequest, parse_address
from tests.courses import ADA, WEEK, ask, enrol, go_on, subjects
from tests.mailroom import oracle
from tests.office import WORDING, Bureau, bureau
from tests.pace import within


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
