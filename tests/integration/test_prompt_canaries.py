"""Nothing but content can reach a prompt: no reader, no editor, no secret, whatever the database and the settings hold."""

from __future__ import annotations

import json
from pathlib import Path

import requests
from typer.testing import CliRunner

from publisher import pipeline
from publisher.adapters.trial.scenarios import faulty_endpoint
from publisher.app import App
from publisher.cli import cli
from publisher.issue import IsoWeek
from tests.publication import FakeClock, example
from tests.readers import WORDING

CANARIES = (
    "canary-reader", "Canary Readername", "canary-source", "canary-editor", "Canary Editorname", "canary-smtp-password",
    "canary-signing-secret-of-32-characters", "canary-other-key", "canary-hook-secret",
)  # fmt: skip


def test_no_reader_no_editor_and_no_secret_ever_reaches_a_model(tmp_path: Path) -> None:
    folder = example(tmp_path / "notes")
    told = folder / "content" / "publication.toml"
    more = '\n[[editor]]\nname = "Canary Editorname"\naddress = "canary-editor@notes.example.com"\n'
    told.write_text(told.read_text("utf-8") + more, "utf-8")
    clock = FakeClock()
    clock.set("2026-11-30T09:00")
    with faulty_endpoint() as address:
        variables = {
            "PRESSROOM_SMTP_URL": "smtp://user:canary-smtp-password@127.0.0.1:1",
            "PRESSROOM_SECRET_KEY": "canary-signing-secret-of-32-characters",
            "PRESSROOM_GIT_HOOK_SECRET": "canary-hook-secret",
            "PRESSROOM_MODEL_URL": f"{address}/one/no-format,half-json,forged/v1",
            "PRESSROOM_MODEL_NAME": "small-1",
            "PRESSROOM_MODEL_KEY": "sk-its-own",
            "PRESSROOM_SECOND_MODEL_URL": f"{address}/two/good/v1",
            "PRESSROOM_SECOND_MODEL_NAME": "small-2",
            "PRESSROOM_SECOND_MODEL_KEY": "canary-other-key",
        }
        with App(folder, clock=clock, variables=variables) as app:
            editors = app.subscribers.editors
            editors.add(
                "canary-reader@example.com",
                "Canary Readername",
                source="canary-source",
                wording=WORDING,
                now=clock.now(),
            )
            pipeline.assemble(app.act(), IsoWeek.parse("2026-W49"))
            made = pipeline.draft(app.act(), 11)
        shown = CliRunner().invoke(cli, ["--publication", str(folder), "model-calls", "--issue", "11", "--json"]).stdout
        asked = requests.get(f"{address}/one/no-format,half-json,forged/requests", timeout=10).json()
        second = requests.get(f"{address}/two/good/requests", timeout=10).json()
    assert made.drafts
    assert [call["outcome"] for call in json.loads(shown)][-2:] == ["unusable", "parameter refused"]
    assert not any(secret in shown for secret in ("canary", "sk-its-own", "system"))
    assert len(asked) >= 2
    for one in asked:
        whole = json.dumps(one).lower()
        assert [canary for canary in CANARIES if canary.lower() in whole] == []
        assert one["body"].keys() <= {"model", "messages", "response_format", "max_tokens", "max_completion_tokens"}
        assert one["headers"]["authorization"] == "bearer sk-its-own"
    for one in second:  # each endpoint has its own key
        assert "sk-its-own" not in json.dumps(one)
        assert [
            canary for canary in CANARIES if canary in json.dumps(one).lower() and canary != "canary-other-key"
        ] == []
