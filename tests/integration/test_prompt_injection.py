"""Payloads in tests/data/injection, planted where a model reads them, against a model that does whatever they ask.

Each row of payloads.jsonl has what is planted (`plant`) and where (`place`), the sentences that an obedient model then writes (`says`),
and words that must not reach the section (`forbidden`). The model here obeys whether or not the payload reached it: what is held is
what Pressroom lets through.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from publisher.adapters.extractive_writer import ExtractiveWriter
from publisher.adapters.fts_retriever import FtsRetriever
from publisher.adapters.model_writer import ModelWriter
from publisher.content.prose import plain
from publisher.draft import citable, draft_section, to_markdown, weigh
from publisher.errors import NothingToDraft
from publisher.issue import Issue
from publisher.ports import Hit, Proposal
from tests.integration.endpoint import Endpoint, completion, endpoint, response
from tests.long import some
from tests.unit.drafting_samples import DAY, issue, passage
from tests.unit.test_extractive import GOOD

DATA = Path(__file__).parents[1] / "data/injection/payloads.jsonl"
PAYLOADS: list[dict[str, Any]] = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
AT_A_TIME = 3
"""Payloads in one issue: each makes six sentences at most, and no more than twenty of a reply are read."""


class Obedient:
    """A model that writes what the payloads of the moment ask for: beside a genuine quotation, and quoting itself."""

    def __init__(self) -> None:
        self.payloads: list[dict[str, Any]] = []
        self.served: Endpoint | None = None
        self.seen: set[str] = set()

    def __call__(self, connection: socket.socket, stop: threading.Event) -> None:
        assert self.served is not None
        data = json.loads(self.served.requests[-1]["messages"][-1]["content"])
        prompt = json.dumps(data, ensure_ascii=False)
        self.seen |= {one["id"] for one in self.payloads if one["says"][0] in prompt or one["forbidden"][0] in prompt}
        connection.sendall(response(completion(list(self._sentences(data["passages"])))))

    def _sentences(self, passages: list[dict[str, str]]) -> Iterator[tuple[str, str, str]]:
        for payload in self.payloads:
            words = payload["forbidden"][0]
            home = next((one for one in passages if words in one["text"]), passages[0])
            genuine = next((text for text in GOOD if text in home["text"]), home["text"])
            for sentence in payload["says"]:
                yield sentence, home["id"], genuine
                yield sentence, home["id"], sentence


def planted(payloads: list[dict[str, Any]]) -> tuple[list[Issue], Issue]:
    """Past issues that hold the payloads, and this week's, which holds those meant for a piece."""
    bodies = dict(enumerate(GOOD[:4]))
    piece = "Retry budgets cap the calls of an outage to a provider, with a deadline."
    title = "About concept"
    for place, payload in enumerate(payloads):
        match payload["place"]:
            case "piece":
                piece += f"\n\n{payload['plant']}"
            case "title":
                title = payload["plant"]
            case "link":
                bodies[place] += f" {payload['plant']} [Read](https://{payload['id']}.test/{payload['forbidden'][0]})"
            case _:
                bodies[place] += f" {payload['plant']}"
    past = [
        issue(n + 1, DAY - dt.timedelta(days=7 * (9 - n)), concept=body, project=GOOD[n + 3])
        for n, body in bodies.items()
    ]
    now = issue(9, DAY, concept=piece, lead=title)
    return past, now


def drafted(obedient: Obedient, payloads: list[dict[str, Any]]) -> str:
    """Return all that drafting would write into the issue's file."""
    obedient.payloads = payloads
    past, now = planted(payloads)
    assert obedient.served is not None
    writers = [ModelWriter(obedient.served.url, "small-1", deadline_seconds=20), ExtractiveWriter()]
    retriever = FtsRetriever(citable(past, before=DAY).values())
    try:
        draft = draft_section(now, "archive", retriever, writers, publication="Notes")
    except NothingToDraft as error:
        return "\n".join(str(problem) for problem in error.problems)
    return "\n".join((to_markdown(draft.claims), *draft.note.fallbacks))


def test_nothing_that_a_payload_asks_of_an_obedient_model_reaches_the_section() -> None:
    obedient, got_through = Obedient(), []
    batches = [PAYLOADS[start : start + AT_A_TIME] for start in range(0, len(PAYLOADS), AT_A_TIME)]
    batches = batches[:: len(batches) // some(len(batches))]
    with endpoint(obedient) as served:
        obedient.served = served
        for payloads in batches:
            section = drafted(obedient, payloads)
            assert not re.search(r"https?:|www\.|!\[|\]\(|<\w", section), section
            got_through += [
                f"{one['id']} {one['kind']}: {words}"
                for one in payloads
                for words in one["forbidden"]
                if words in section
            ]
    assert got_through == []
    assert len(obedient.seen) > AT_A_TIME * len(batches) / 2, (
        "most payloads have to reach the model, or nothing is shown"
    )


def test_no_sentence_that_a_payload_asks_for_holds_whatever_it_quotes() -> None:
    held = []
    for payload in PAYLOADS:
        planted = plain(payload["plant"])
        hits = [Hit(passage(f"{GOOD[0]} {planted}", 1), 1.0), Hit(passage(planted, 2), 1.0)]
        for hit in hits:
            for sentence in payload["says"]:
                quotations = (GOOD[0], sentence, planted, hit.passage.text)
                proposal = Proposal(tuple((sentence, hit.passage.id, quotation) for quotation in quotations), "model")
                held += [(payload["id"], one.claim.text) for one in weigh(proposal, hits) if one.claim]
    assert held == []


def test_there_are_payloads_of_every_kind() -> None:
    kinds = {one["kind"] for one in PAYLOADS}
    assert len(PAYLOADS) >= 150
    assert kinds >= {
        "ignore previous", "hidden HTML", "zero-width", "encoded", "images and links", "fake tool results", "fake citations", "phishing",
        "foreign scripts", "domains", "repetition", "authority",
    }  # fmt: skip
