"""pressroom deliveries: who got an issue, and how a person intervenes while it is being sent, or afterwards."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from publisher import pipeline
from publisher.app import App
from publisher.cli.watching import Pace
from publisher.issue import DeliveryState
from publisher.ports import Outcome
from tests.e2e.command import COMMAND, Ran, eml, environment, pressroom

OUT = ("--transport", "file:var/outbox")


@pytest.fixture
def begun(news: Path) -> Path:
    """A publication whose issue 1 is frozen for two readers, and was sent to nobody so far."""
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    with App(news, variables={}) as app:
        act = app.act()
        app.ledger.deliveries.start(pipeline.approved(act, 1), app.clock.now())
    return news


def end(news: Path, state: DeliveryState, reply: str) -> None:
    """Let all deliveries that wait end alike."""
    with App(news, variables={}) as app:
        now, ledger = app.clock.now(), app.ledger
        sender = ledger.senders.register(now)
        rows = ledger.deliveries.claim(1, sender, 10, now)
        ledger.deliveries.commit(sender, [Outcome(row.id, state, reply) for row in rows], (), now)
        ledger.senders.release(sender)
        ledger.deliveries.finish(1, now)


def run(news: Path, *words: str) -> Ran:
    return pressroom(*words, cwd=news)


def test_a_paused_issue_is_sent_to_nobody_until_it_goes_on_and_every_verb_says_so(begun: Path) -> None:
    assert (
        run(begun, "deliveries", "pause", "1", "--why", "A wrong link").talk
        == "issue 1 is paused, audience 2: 2 queued\n"
    )
    says = "issue 1 is paused («A wrong link»); to go on: pressroom deliveries resume 1"
    for words in (("send", "1", *OUT), ("send", "1", "--dry-run")):
        refused = run(begun, *words)
        assert (refused.code, refused.talk.strip().splitlines()[-1]) == (4, f"pressroom: {says}")
    assert says.replace(" is", ":") in run(begun, "status").talk
    assert run(begun, "deliveries", "resume", "1").code == 0
    assert run(begun, "send", "1", *OUT).code == 0
    assert len(eml(begun / "var/outbox")) == 2
    assert run(begun, "deliveries", "pause", "1", "--why", "too late").code == 4


def test_what_is_cancelled_goes_to_nobody_and_the_issue_can_be_sent_anew(begun: Path) -> None:
    asked = run(begun, "deliveries", "cancel", "1", "--why", "The wrong issue")
    assert (asked.code, "add --yes" in asked.talk) == (2, True)
    ran = run(begun, "deliveries", "cancel", "1", "--why", "The wrong issue", "--yes", "--json")
    assert ran.json == {"issue": 1, "cancelled": 2, "in_hand": 0}
    assert "closed" in run(begun, "send", "1", *OUT).talk
    assert eml(begun / "var/outbox") == []
    shown = run(begun, "deliveries", "show", "1", "ADA@example.com")
    assert shown.talk.splitlines() == [
        "issue 1 to ada@example.com: suppressed, was not sent",
        "last answer: cancelled: The wrong issue",
    ]
    assert run(begun, "reopen", "1").code == 0
    assert run(begun, "send", "1", *OUT).code == 0
    assert len(eml(begun / "var/outbox")) == 2


def test_what_failed_is_tried_again_all_of_it_or_some(begun: Path) -> None:
    end(begun, DeliveryState.FAILED, "550 5.4.5 quota exceeded")
    listed = run(begun, "deliveries", "list", "1", "--state", "failed", "--reply", "QUOTA", "--json").json
    assert [(each["address"], each["tries"]) for each in listed["deliveries"]] == [
        ("ada@example.com", 1),
        ("zoe@example.com", 1),
    ]
    assert run(begun, "deliveries", "retry", "1", "--domain", "").code == 2, "an unset variable of a shell"
    assert run(begun, "settle", "1", "--all", "--as", "resend", "--reply", " ").code == 2
    refused = run(begun, "deliveries", "retry", "1", "--domain", "example.org")
    assert (refused.code, "no failed delivery like that; 2 failed otherwise" in refused.talk) == (4, True)
    told = run(begun, "deliveries", "show", "1", "ada@example.com").talk
    advice = told.splitlines()[-1].partition("pressroom ")[2]
    queued = run(begun, *advice.split())
    assert queued.talk == "1 delivery queued again; to send: pressroom send 1\n"
    assert run(begun, "send", "1", *OUT).code == 0
    assert [each.parent for each in eml(begun / "var/outbox")] == [begun / "var/outbox"]
    assert run(begun, "deliveries", "retry", "1", "--json").json == {"issue": 1, "queued": 1}


def test_some_in_doubt_are_settled_with_a_reason_that_is_kept(begun: Path) -> None:
    end(begun, DeliveryState.IN_DOUBT, "connection lost")
    assert run(begun, "settle", "1", "--as", "sent", "--reply", "lost").code == 2
    refused = run(begun, "settle", "1", "--all", "--as", "sent", "--reply", "time-out")
    assert (refused.code, "no delivery is in doubt like that" in refused.talk + refused.out) == (1, True)
    why = "It is in the server's log"
    assert run(begun, "settle", "1", "--all", "--as", "sent", "--domain", "example.com", "--why", why).code == 0
    told = run(begun, "deliveries", "show", "1", "zoe@example.com").talk.splitlines()
    assert told[:2] == [
        "issue 1 to zoe@example.com: sent, the server accepted it",
        f"last answer: taken as sent: {why}; before: connection lost",
    ]


def test_a_send_is_watched_from_another_terminal_until_it_is_over(begun: Path) -> None:
    end(begun, DeliveryState.DEFERRED, "451 4.7.1 try again later")
    command = [*COMMAND, "deliveries", "watch", "1", "--every", "0.1"]
    with subprocess.Popen(command, cwd=begun, env=environment(begun), stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stderr is not None
        said = [watching.stderr.readline() for _ in range(3)]
        assert said == [
            "issue 1, audience 2: 2 deferred\n", "0 a minute by nobody\n", "example.com: 2 put off, 451 4.7.1 try again later\n",
        ]  # fmt: skip
        assert run(begun, "deliveries", "cancel", "1", "--why", "Enough", "--yes").code == 0
        assert watching.stderr.read().splitlines()[-1] == "issue 1, audience 2: 2 suppressed"
        assert watching.wait(20) == 0
    screen, theirs = pty.openpty()
    done = subprocess.run(
        command, cwd=begun, env=environment(begun, TERM="xterm"), stderr=theirs, timeout=60, check=False
    )
    os.close(theirs)
    shown = os.read(screen, 10_000).decode()
    os.close(screen)
    assert done.returncode == 0
    assert "\x1b[2K" in shown, "a terminal shows it in one place"
    assert shown.rstrip().endswith("issue 1, audience 2: 2 suppressed")


def test_how_fast_a_send_is_is_the_mean_of_the_last_minute() -> None:
    pace = Pace()
    assert pace.per_minute(0.0, 500) == 0.0
    assert pace.per_minute(30.0, 600) == 200.0
    for second in range(31, 200):
        last = pace.per_minute(float(second), 600)
    assert last == 0.0


def test_an_address_without_a_delivery_is_told_from_an_issue_that_was_not_begun(news: Path) -> None:
    assert "sending has not begun" in run(news, "deliveries", "show", "1", "ada@example.com").talk
    assert run(news, "deliveries", "list", "1", "--json").json == {"issue": 1, "deliveries": []}
    assert run(news, "deliveries", "resume", "1").code == 4
    refused = run(news, "deliveries", "pause", "1", "--why", "early")
    assert (refused.code, "pressroom week WEEK --hold" in refused.talk) == (4, True)
    assert 'say why, for those who ask later: --why "…"' in run(news, "deliveries", "pause", "1").talk


def test_what_is_retried_while_its_issue_is_paused_waits_for_that(begun: Path) -> None:
    with App(begun, variables={}) as app:
        now, ledger = app.clock.now(), app.ledger
        sender = ledger.senders.register(now)
        (row,) = ledger.deliveries.claim(1, sender, 1, now)
        ledger.deliveries.commit(
            sender, [Outcome(row.id, DeliveryState.FAILED, "550 5.7.1 BLOCKED: ÜBERLAST")], (), now
        )
        ledger.senders.release(sender)
    assert run(begun, "deliveries", "pause", "1", "--why", "A wrong link").code == 0
    queued = run(begun, "deliveries", "retry", "1", "--reply", "überlast")
    says = "1 delivery queued again; the issue is paused, to go on: pressroom deliveries resume 1\n"
    assert (queued.code, queued.talk) == (0, says)
