"""Use a tool: what an assistant asks -> what it is told. One of the tools writes, and that once for each key."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from publisher import timetable
from publisher.assistants.inputs import CheckLink, FindRepeats, ListPieces, ProposePiece, ReadIssue, SearchIssues
from publisher.assistants.proposal import new_draft
from publisher.assistants.reading import find_repeats, has_link, list_pieces, published, read_issue, search_issues
from publisher.assistants.tools import PROPOSE, digest_of, read_input
from publisher.errors import Refused, ToolConflict, ToolRefused
from publisher.plain import plain
from publisher.ports import Content, Retriever, ToolCall
from publisher.stages.ports import ToolPorts

OUTSIDE: Final = "mcp"
"""The run of all calls by assistants that are not ours."""


def use_tool(
    ports: ToolPorts,
    name: str,
    given: Mapping[str, object],
    *,
    run: str = OUTSIDE,
    step: int = 0,
    passages: Collection[str] | None = None,
) -> dict[str, Any]:
    """Carry out one call, and return its answer as JSON has it, with the `revision` of content after it.

    `passages` are the ids that a run has seen, and may cite; None: all published ones. Raises ToolRefused.
    """
    content, asked = ports.content, read_input(name, given)
    today = ports.clock.now().astimezone(timetable.clock(content.publication.schedule.zone)).date()
    answer: object
    match asked:
        case SearchIssues():
            answer = search_issues(asked, _retriever(ports, today), today)
        case ReadIssue():
            answer = read_issue(asked, content)
        case ListPieces():
            answer = list_pieces(asked, content)
        case FindRepeats():
            answer = find_repeats(asked, content, _retriever(ports, today), today)
        case CheckLink():
            answer = _check_link(ports, asked.url)
        case ProposePiece():
            return _propose(ports, asked, today, ToolCall(run, step, "", name, "", ports.clock.now()), passages)
        case _:
            raise AssertionError(name)
    return {"revision": revision(content), **plain(answer)}


def revision(content: Content) -> str:
    """Return what changes whenever any file of content does."""
    return content.hash[:16]


def _retriever(ports: ToolPorts, today: dt.date) -> Retriever:
    return ports.index(tuple(published(ports.content, today).values()))


def _check_link(ports: ToolPorts, url: str) -> dict[str, str | None]:
    if not has_link(url, ports.content):
        raise ToolRefused(f"{url[:200]} stands in no published issue and no piece, and no other link is looked up")
    return {"url": url, "problem": ports.fetch_links([url])[url]}


def _propose(
    ports: ToolPorts, asked: ProposePiece, today: dt.date, call: ToolCall, passages: Collection[str] | None
) -> dict[str, Any]:
    """Write a draft once for each key: first down in the log what will be written where, then the file, then the result."""
    key = f"{call.run}/{asked.idempotency_key}"
    digest = digest_of(PROPOSE, asked.model_dump(mode="json"))
    known = ports.tool_calls.find(key)
    if known is None:
        if asked.base_revision != revision(ports.content):
            raise ToolConflict(
                "content changed since you looked, so nothing was written; look again, and propose with the new `revision`"
            )
        citable = {
            id_: one for id_, one in published(ports.content, today).items() if passages is None or id_ in passages
        }
        made = new_draft(asked, ports.content, citable, day=today, by=_name(call.run))
        intent = json.dumps({"path": made.path.as_posix(), "text": made.text}, ensure_ascii=False)
        known = ports.tool_calls.begin(ToolCall(call.run, call.step, key, PROPOSE, digest, call.at, intent=intent))
    if known.digest != digest:
        raise ToolConflict(f"the key {asked.idempotency_key!r} was used for something else; take a new one")
    if known.result is None:
        known = ports.tool_calls.finish(key, json.dumps(_written(ports, known), ensure_ascii=False))
    answer: dict[str, Any] = json.loads(known.result or "")
    if "refused" in answer:
        raise ToolConflict(answer["refused"])
    return answer


def _written(ports: ToolPorts, call: ToolCall) -> dict[str, Any]:
    """Write what the log says is to be written. If it is there, a call that was interrupted wrote it, and it stays."""
    intent = json.loads(call.intent or "")
    path = Path(intent["path"])
    if ports.template(path) is None:
        try:
            ports.write_draft(path, intent["text"])
        except Refused as error:
            if ports.template(path) == intent["text"].encode():  # the same call wrote it, in another process
                return _answer(ports, path)
            return {"refused": f"{error}, so nothing was written; propose again with a new key"}
    return _answer(ports, path)


def _answer(ports: ToolPorts, path: Path) -> dict[str, Any]:
    return {"revision": revision(ports.content), "file": path.as_posix(), "status": "draft"}


def _name(run: str) -> str:
    return "an assistant" if run == OUTSIDE else f"`pressroom suggest` (run {run})"
