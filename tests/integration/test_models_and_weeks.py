"""Whatever a model does, the week goes on as it would without one: from its pieces to the mail that its readers get.

The endpoint is a process of its own that fails in the ways of publisher/adapters/trial/scenarios.py, or obeys what payloads ask.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from publisher import pipeline, timetable
from publisher.adapters.trial.scenarios import NOBODY, SCENARIOS, Scenario
from publisher.assistants.tools import TOOLS
from tests.integration.endpoint import completion, endpoint, response
from tests.integration.test_prompt_injection import PAYLOADS
from tests.publication import FakeClock, example
from tests.scheduled import Choosy, Office

KINDS = (
    "a good reply", "429 for ten minutes", "503 for ever", "connections that break for ever", "nobody listens", "not HTTP", "a wrong key", "no money left at the endpoint",
    "it hangs", "it drips a body without end", "a web page", "half of the JSON", "the reply was filtered", "it refuses whatever is asked",
    "whatever is asked is too long", "two are down", "the first fails, the second answers",
)  # fmt: skip
BY_NAME = {one.name: one for one in SCENARIOS}
TOOLS_OF_ASSISTANTS = ["search_issues", "read_issue", "list_pieces", "find_repeats", "check_link", "propose_piece"]


def begin(folder: Path, sink: Choosy, *urls: str, deadline: float = 30.0) -> Office:
    """Return a publication at noon of the Sunday before its first week, with these models."""
    example(folder)
    toml = folder / "content" / "publication.toml"
    text = toml.read_text("utf-8")
    toml.write_text(text.replace("[draft]\n", f"[draft]\ndeadline_seconds = {deadline}\n"), "utf-8")
    names = [f"PRESSROOM_{which}MODEL_" for which in ("", "SECOND_", "THIRD_")]
    lines = [f"{name}URL={url}\n{name}NAME=small-1\n" for name, url in zip(names, urls, strict=False)]
    (folder / ".env").write_text("".join(lines), "utf-8")
    clock = FakeClock()
    clock.set("2026-11-22T12:00")
    return Office(folder, f"sqlite:///{folder}/pressroom.db", sink, clock)


def go(office: Office) -> Any:
    """Let the week go from Monday's tick to Thursday's, with one approval; return the issue."""
    office.tick("2026-11-23T08:00")
    issue = office.app.act().content.issue(11)
    pipeline.approve(office.app.act(), 11, "Robin")
    assert office.tick("2026-11-26T06:59") == []
    office.tick("2026-11-26T07:00")
    return issue


def urls(scenario: Scenario, address: str) -> list[str]:
    run = re.sub(r"\W+", "-", scenario.name)
    return [
        f"{address}/{run}/{script}/v1" if script != NOBODY else "http://127.0.0.1:1/v1" for script in scenario.scripts
    ]


@pytest.mark.parametrize("name", KINDS)
def test_the_issue_goes_out_on_time_whatever_the_endpoint_does(name: str, address: str, tmp_path: Path) -> None:
    scenario = BY_NAME[name]
    deadline = min(scenario.deadline, 6.0)
    with Choosy(tmp_path / "outbox") as sink:
        office = begin(tmp_path / "notes", sink, *urls(scenario, address), deadline=deadline)
        issue = go(office)
        assert issue.section("archive").body.strip()
        if not scenario.by_model:
            assert issue.draft.writer == "extractive"
            assert issue.draft.of("archive").fallbacks[0].startswith("model: ")
        assert office.subjects(editors=False) == [issue.title] * 2


class Obedient:
    """A model that writes what the payloads ask for, and asks for more than a draft in whichever way it can."""

    def __init__(self) -> None:
        self.prompts: list[str] = []
        self.served: Any = None

    def __call__(self, connection: socket.socket, stop: threading.Event) -> None:
        asked = self.served.requests[-1]
        self.prompts.append(json.dumps(asked["messages"], ensure_ascii=False))
        data = json.loads(asked["messages"][-1]["content"])
        passage = data["passages"][0]
        wanted = [(says, passage["id"], passage["text"]) for one in PAYLOADS[:6] for says in one["says"]]
        if len(self.prompts) % 2:
            connection.sendall(response(completion(wanted)))
            return
        reply = {
            "sentences": [dict(zip(("sentence", "passage", "quotation"), one, strict=True)) for one in wanted],
            "subject": "quokka subject", "recipients": ["quokka@example.com"], "schedule": {"send": "mon 03:00"},
            "tool_calls": [{"name": "send_issue", "arguments": {}}],
        }  # fmt: skip
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": json.dumps(reply)}}
        connection.sendall(response(json.dumps({"choices": [choice], "usage": {}}).encode()))


def plant(folder: Path) -> None:
    """Put payloads into the title of a piece and of a past issue, which feeds and subjects are made of, and into links."""
    first, second, third = (one["plant"].replace('"', "'") for one in PAYLOADS[:3])
    piece = folder / "content" / "concepts" / "golden-sets.md"
    text = re.sub(
        r"^title: .*$", lambda _: f'title: "Golden sets: {first}"', piece.read_text("utf-8"), count=1, flags=re.M
    )
    slug = re.sub(r"\W+", "-", second)
    piece.write_text(
        text.replace("Fifty questions", f"[Fifty](https://x.test/{slug}?subject=quokka) questions", 1), "utf-8"
    )
    past = folder / "content" / "issues" / "0010.md"
    past.write_text(
        re.sub(r"^title: .*$", lambda _: f'title: "{third}"', past.read_text("utf-8"), count=1, flags=re.M), "utf-8"
    )


def facts(folder: Path, sink: Choosy, *models: str) -> dict[str, object]:
    """Return what a week came to: whom it went to, when, under which subject, and what the feed calls it."""
    office = begin(folder, sink, *models)
    plant(folder)
    issue = go(office)
    publication = office.app.act().publication
    feed = (folder / "site" / "feed.xml").read_text("utf-8")
    mail = [message for message in office.mail() if str(message["Subject"]) == issue.title]
    return {
        "subject": issue.title,
        "recipients": sorted(str(message["To"].addresses[0].addr_spec) for message in mail),
        "others": sorted({str(message["To"].addresses[0].addr_spec) for message in office.mail()}),
        "schedule": (publication.schedule, timetable.due(issue.week, publication.schedule)),
        "feed": re.findall(r"<title[^>]*>(.*?)</title>", feed, re.S),
        "tools": list(TOOLS),
    }


def test_payloads_in_titles_links_and_the_subject_change_neither_schedule_nor_subject_nor_recipients_nor_tools(
    tmp_path: Path,
) -> None:
    obedient = Obedient()
    with Choosy(tmp_path / "a") as sink:
        without = facts(tmp_path / "without", sink)
    with endpoint(obedient) as served, Choosy(tmp_path / "b") as sink:
        obedient.served = served
        found = facts(tmp_path / "with", sink, served.url)
    assert found == without
    assert found["recipients"] == ["ada@example.com", "grace@example.com"]
    assert found["tools"] == TOOLS_OF_ASSISTANTS
    assert obedient.prompts, "nothing is shown if the model is not asked"
    assert any(one["forbidden"][0] in prompt for one in PAYLOADS[:1] for prompt in obedient.prompts), (
        "the title reaches it"
    )
    section = (tmp_path / "with" / "content" / "issues" / "0011.md").read_text("utf-8").partition("{#archive}")[2]
    body = section.partition("\n## ")[0]
    assert not [word for one in PAYLOADS[:6] for word in one["forbidden"] if word in body]
    assert not re.search(r"https?:|!\[|quokka", body)
