"""Nothing but content can reach a prompt: no reader, no editor, no secret, whatever the database and the settings hold."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import requests
from typer.testing import CliRunner

from publisher import pipeline
from publisher.adapters.trial.scenarios import faulty_endpoint
from publisher.app import App
from publisher.cli import cli
from publisher.draft import citable
from publisher.draft.embedded import texts_of
from publisher.issue import IsoWeek
from tests.publication import FakeClock, example
from tests.readers import WORDING

CANARIES = (
    "canary-reader", "Canary Readername", "canary-source", "canary-editor", "Canary Editorname", "canary-smtp-password",
    "canary-signing-secret-of-32-characters", "canary-hook-secret",
)  # fmt: skip
OWN_KEYS = {"one": "sk-canary-first", "two": "sk-canary-second", "three": "sk-canary-vectors"}
"""Each endpoint gets its own key, and none of the others."""
CHAT = {"model", "messages", "response_format", "max_tokens", "max_completion_tokens"}


def test_no_reader_no_editor_and_no_secret_ever_reaches_a_model(tmp_path: Path) -> None:
    folder = example(tmp_path / "notes")
    told = folder / "content" / "publication.toml"
    more = '\n[[editor]]\nname = "Canary Editorname"\naddress = "canary-editor@notes.example.com"\n'
    told.write_text(told.read_text("utf-8") + more, "utf-8")
    clock = FakeClock()
    clock.set("2026-11-30T09:00")
    scripts = {"one": "no-format,half-json,forged", "two": "good", "three": "meanings"}
    settings = {"one": "MODEL", "two": "SECOND_MODEL", "three": "EMBEDDING"}
    with faulty_endpoint() as address:
        variables = {
            "PRESSROOM_SMTP_URL": "smtp://user:canary-smtp-password@127.0.0.1:1",
            "PRESSROOM_SECRET_KEY": "canary-signing-secret-of-32-characters",
            "PRESSROOM_GIT_HOOK_SECRET": "canary-hook-secret",
        }
        for name, setting in settings.items():
            variables[f"PRESSROOM_{setting}_URL"] = f"{address}/{name}/{scripts[name]}/v1"
            variables[f"PRESSROOM_{setting}_NAME"] = f"small-{name}"
            variables[f"PRESSROOM_{setting}_KEY"] = OWN_KEYS[name]
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
            pipeline.related(app.act(), Path("content/concepts/golden-sets.md"))
            past = citable(app.act().content.issues, before=dt.date.max).values()
        shown = CliRunner().invoke(cli, ["--publication", str(folder), "model-calls", "--issue", "11", "--json"]).stdout
        asked = {
            name: requests.get(f"{address}/{name}/{script}/requests", timeout=10).json()
            for name, script in scripts.items()
        }
    assert made.drafts
    assert made.drafts[0].note.search is None, "vectors were compared"
    assert [call["outcome"] for call in json.loads(shown)][-2:] == ["unusable", "parameter refused"]
    assert not any(secret in shown for secret in ("canary", "system"))
    assert len(asked["one"]) >= 2
    assert len(asked["two"]) >= 1
    for name, requests_of_one in asked.items():
        strangers = [key for other, key in OWN_KEYS.items() if other != name]
        for one in requests_of_one:
            whole = json.dumps(one, ensure_ascii=False).casefold()
            assert [canary for canary in (*CANARIES, *strangers) if canary.casefold() in whole] == []
            assert one["headers"]["authorization"] == f"bearer {OWN_KEYS[name]}"
    assert all(one["body"].keys() <= CHAT for name in ("one", "two") for one in asked[name])
    assert all(one["body"].keys() == {"model", "input", "encoding_format"} for one in asked["three"])
    texts = [text for one in asked["three"] for text in one["body"]["input"]]
    published = {text for passage in past for text in texts_of(passage)}
    assert published <= set(texts), "every published passage was sent"
    assert len(set(texts) - published) > 5, "and what was searched for: topics, items and a piece"
