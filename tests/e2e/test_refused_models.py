"""A model's endpoint that refuses us: every place that speaks of its draft names the setting, and nobody is told the key."""

from __future__ import annotations

import email
import email.policy
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from publisher.act import Act
from publisher.adapters.smtp_sink import Sink
from publisher.adapters.trial.scenarios import faulty_endpoint
from publisher.app import App
from tests.mistakes import ENV, append, locked_model, pressroom, sub
from tests.publication import example

ADVICE = "write a key that is valid there, then run: pressroom draft 11"


def test_draft_its_calls_and_the_proof_name_the_setting_until_the_key_is_right(
    news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(news)
    with locked_model(news), Sink(news / "caught") as sink:
        append(f"PRESSROOM_SMTP_URL={sink.url}\n", ENV)(news)
        assert pressroom("assemble")[0] == 0
        said = {
            words: pressroom(words)
            for words in ("draft 11", "model-calls", "preflight 11", "proof 11", "check --settings")
        }
        assert {code for code, _ in said.values()} == {0}
        proof = text_of_the_proof(news / "caught")
        for words in ("draft 11", "model-calls", "preflight 11"):
            assert ADVICE in said[words][1], words
        assert ADVICE in proof
        assert not any("sk-wrong" in words for words in (proof, *(one for _, one in said.values())))
        sub("sk-wrong", "sk-right", ENV)(news)
        for words in ("draft 11", "model-calls", "preflight 11"):
            code, out = pressroom(words)
            assert (code, ADVICE in out) == (0, False), out


@pytest.mark.parametrize("breaks", ["", "DROP TABLE model_call"])
def test_an_account_without_money_and_without_a_key_costs_no_draft(
    news: Path, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    """Its key is in the URL, or a proxy has it. What was asked may be lost as well: the draft is written all the same."""
    monkeypatch.chdir(news)
    shutil.rmtree(news / "content")
    example(news)
    with faulty_endpoint() as address:
        url = address.replace("//", "//ada:hunter2@")
        append(f"PRESSROOM_MODEL_URL={url}/run/broke/v1\nPRESSROOM_MODEL_NAME=small-1\n", ENV)(news)
        assert pressroom("assemble")[0] == 0
        if breaks:
            asked = Act.model_problems
            monkeypatch.setattr(Act, "model_problems", lambda act, issue: _after(act.app, breaks) or asked(act, issue))
        code, out = pressroom("draft 11")
    assert code == 0, out
    assert ("warning: PRESSROOM_MODEL_URL: " in out and "; pay in, then run: pressroom draft 11" in out) is not bool(
        breaks
    )
    assert "hunter2" not in out
    assert "writer: extractive" in (news / "content/issues/0011.md").read_text("utf-8")


def _after(app: App, statement: str) -> None:
    with app.engine.begin() as connection:
        connection.execute(text(statement))


def text_of_the_proof(caught: Path) -> str:
    """Return the words of the newest mail, without its line breaks."""
    path = max(caught.glob("*.eml"), key=lambda one: one.stat().st_mtime_ns)
    part = email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_body(("plain",))
    assert part is not None
    return " ".join(part.get_content().split())
