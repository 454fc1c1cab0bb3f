"""Courses by mail on a real database, over real SMTP: their steps, pauses and ends, and paths that change."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

from publisher import mail_round, pipeline
from publisher.pipeline import Posted
from subscribers import Prefer, SignUpRequest, State, parse_address
from tests.courses import ADA, MINUTE, WEEK, enrol, go_on, subjects
from tests.office import WORDING, Bureau, another, text_of, token_in


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
