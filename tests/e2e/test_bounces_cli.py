"""`pressroom bounces`: a Maildir or standard input becomes decisions, which are listed, explained and undone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.app import App
from publisher.deliver.message_builder import bounce_token
from publisher.issue import DeliveryState
from publisher.ports import Outcome
from tests.e2e.command import COMMAND, Ran, environment, pressroom
from tests.mailroom import approved
from tests.returned import arf, dsn


@pytest.fixture
def sent(news: Path) -> Iterator[dict[str, str]]:
    """Send issue 7 to the readers, and return the envelope sender of each one's copy, by address."""
    with App(news) as app:
        now, ledger = app.clock.now(), app.ledger
        ledger.deliveries.start(approved(7), now)
        sender = ledger.senders.register(now)
        held = ledger.deliveries.claim(7, sender, 9, now)
        ledger.deliveries.commit(sender, [Outcome(each.id, DeliveryState.SENT, "250 ok") for each in held], (), now)
        ledger.deliveries.finish(7, now)
        ledger.senders.release(sender)
        secret = app.act().message_builder.secret
        yield {each.address: f"bounces+{bounce_token(secret, 7, each.id)}@example.com" for each in held}


def bounces(news: Path, *words: object, **env: str) -> Ran:
    return pressroom("bounces", *words, cwd=news, env=env)


def test_a_maildir_is_read_and_each_decision_listed_explained_and_undone(news: Path, sent: dict[str, str]) -> None:
    ada, zoe = sorted(sent)
    folder = news / "Maildir"
    (folder / "new").mkdir(parents=True)
    (folder / "new" / "1").write_bytes(dsn(sent[ada]))
    (folder / "new" / "2").write_bytes(arf(sent[zoe]))
    (folder / "new" / "3").write_bytes(dsn("bounces@example.com"))
    here = {"PRESSROOM_BOUNCES_URL": f"maildir:{folder}"}
    read = bounces(news, "read", "--json", **here)
    assert read.json == {"read": 3, "of": {"hard": 1, "complaint": 1, "no such mailbox, but of no mail of ours": 1}}
    assert bounces(news, "read", **here).talk == "0 messages were read\n"
    listed = bounces(news, "list", "--json").json
    assert [(each["address"], each["cause"], each["effect"], each["source"]) for each in listed] == [
        (zoe, "reported as spam", "complaint", "maildir"),
        (ada, "no such mailbox", "hard", "maildir"),
    ]
    assert [each["id"] for each in bounces(news, "list", "--effect", "hard", "--json").json] == [listed[1]["id"]]
    assert "no such mailbox" in bounces(news, "list", "--issue", "7").out
    shown = bounces(news, "show", listed[0]["id"])
    assert "complaint: the address is suppressed" in shown.out + shown.talk
    assert pressroom("subscribers", "show", zoe, "--json", cwd=news).json["suppression"]["reason"] == "complained"
    undone = bounces(news, "undo", listed[0]["id"], "--why", "a slip", "--json").json
    assert (undone["back_on_the_list"], undone["decision"]["why"]) == (True, "a slip")
    assert pressroom("subscribers", "show", zoe, "--json", cwd=news).json["suppression"] is None
    assert bounces(news, "undo", 99, "--why", "a slip").code == 4


def test_a_mail_server_hands_one_message_over(news: Path, sent: dict[str, str]) -> None:
    ada = sorted(sent)[0]
    for said in ("no such mailbox: hard", "no such mailbox: hard (known already)"):
        ran = subprocess.run(
            [*COMMAND, "bounces", "read", "--stdin"], cwd=news, env=environment(news), input=dsn(sent[ada]),
            capture_output=True, check=False, timeout=120,
        )  # fmt: skip
        assert (ran.returncode, ran.stderr.decode().strip()) == (0, said)
