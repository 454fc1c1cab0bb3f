"""A model's endpoint that refuses us: every place that speaks of its draft names the setting, and nobody is told the key."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest

from publisher.adapters.smtp_sink import Sink
from tests.mistakes import ENV, append, locked_model, pressroom, sub

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


def text_of_the_proof(caught: Path) -> str:
    """Return the words of the newest mail, without its line breaks."""
    path = max(caught.glob("*.eml"), key=lambda one: one.stat().st_mtime_ns)
    part = email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_body(("plain",))
    assert part is not None
    return " ".join(part.get_content().split())
