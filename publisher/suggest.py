"""Our own assistant: a run of steps, in each of which a model names one tool and is told what it answers.

    opening -> model -> tool -> model -> tool … -> done, or a limit

Everything is in the log before the next step begins: what was asked for, each answer of the model, each answer of a tool.
A run that was killed is taken up where it was: what is in the log is not asked or done again, so that a proposal is
written once. Each tool is used in an act of its own, and sees content as it is then.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from publisher import pipeline
from publisher.assistants.talk import DONE, opening, read_step, told
from publisher.assistants.talk import SCHEMA as STEP
from publisher.assistants.tools import PROPOSE, digest_of
from publisher.coming_weeks import Filling
from publisher.errors import ModelUnavailable, Refused, ToolRefused
from publisher.pipeline import Ports, revision, use_tool
from publisher.ports import Chat, ToolCall, Turn

RUN: Final = "suggest"
MODEL: Final = "model"
"""What the log calls a run, and an answer of the model, in the place of a tool."""
MOST_REPLY: Final = 2_000
"""Tokens of one answer of the model, at most."""
TAKEN_UP: Final = dt.timedelta(days=1)
"""A run that was interrupted longer ago is not taken up: content and weeks are others now."""
WEEKS: Final = 4
"""How many coming weeks the assistant is told of."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the editors ask: drafts for one section or any, about something or whatever is missing."""

    section: str | None = None
    about: str = ""
    drafts: int = 1


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that a run may take: steps and tokens of all its parts, seconds of this process, micros of a US dollar."""

    steps: int = 12
    tokens: int = 80_000
    seconds: float = 300.0
    micros: int | None = None


@dataclass(frozen=True, slots=True)
class Suggested:
    """What a run came to: the drafts that it wrote, what it cost, and why it ended; `resumed` after an interruption."""

    run: str
    drafts: tuple[str, ...]
    steps: int
    tokens: int
    micros: int
    ended: str
    resumed: bool = False


@dataclass(slots=True)
class _Run:
    """A run under way: its conversation, what it has seen and spent so far."""

    id: str
    turns: list[Turn]
    revision: str
    passages: set[str] = field(default_factory=set)
    drafts: list[str] = field(default_factory=list)
    tokens: int = 0
    micros: int = 0
    priced: bool = True


def suggest(
    act: Callable[[], Ports], chat: Chat, wanted: Wanted, bounds: Bounds, *, new_run: str, steady: Callable[[], float]
) -> Suggested:
    """Run the assistant, or take up the run that asked for the same and was interrupted.

    `act` begins an act, `new_run` is the name of a run that is begun. Raises Refused while another run is at work, and
    ModelUnavailable when the model is not there: then the same call goes on later.
    """
    ports = act()
    if wanted.section is not None:
        use_tool(ports, "list_pieces", {"section": wanted.section})  # raises for a section that there is not
    with ports.weeks.lock(RUN, bounds.seconds + 60, ports.clock.now()) as held:
        if not held:
            raise Refused("another `pressroom suggest` is at work; wait until it has ended")
        return _run(act, chat, wanted, bounds, new_run, steady)


def _run(
    act: Callable[[], Ports], chat: Chat, wanted: Wanted, bounds: Bounds, new_run: str, steady: Callable[[], float]
) -> Suggested:
    ports = act()
    log, digest = ports.tool_calls, digest_of(RUN, asdict(wanted))
    begun = log.unfinished(RUN, digest)
    resumed = begun is not None and ports.clock.now() - begun.at < TAKEN_UP
    if begun is None or not resumed:
        brief = json.dumps(_brief(ports, wanted), ensure_ascii=False)
        begun = log.begin(ToolCall(new_run, 0, new_run, RUN, digest, ports.clock.now(), intent=brief))
    brief = json.loads(begun.intent or "")
    run = _Run(begun.run, list(opening(ports.content.publication.name, brief)), brief["revision"])
    until = steady() + bounds.seconds
    ended, step = f"{bounds.steps} steps", 0
    while step < bounds.steps:
        if over := _over(run, bounds, until - steady()):
            ended = over
            break
        step += 1
        reply = _reply(act(), chat, run, step, until - steady())
        run.turns.append(Turn("assistant", reply))
        answer = _used(act(), run, step, reply)
        if answer is None:
            ended = DONE
            break
        run.turns.append(told(answer))
        if len(run.drafts) >= wanted.drafts:
            ended = DONE
            break
    made = Suggested(run.id, tuple(run.drafts), step, run.tokens, run.micros, ended, resumed)
    log.finish(run.id, json.dumps(asdict(made)))
    return made


def _brief(ports: Ports, wanted: Wanted) -> dict[str, Any]:
    """Return what the assistant is told first: what is asked for, and what the coming weeks lack."""
    weeks = pipeline.queue(ports).weeks[:WEEKS]
    missing = [
        {"week": str(week.week), "section": place.section}
        for week in weeks
        for place in week.places
        if place.filling is Filling.MISSING
    ]
    return {
        "wanted": {"section": wanted.section or "any", "about": wanted.about or "whatever readers need next"},
        "drafts": wanted.drafts,
        "today": ports.clock.now().date().isoformat(),
        "sections": {plan.id: plan.label for plan in ports.content.publication.sections},
        "missing": missing,
        "revision": revision(ports.content),
    }


def _over(run: _Run, bounds: Bounds, seconds: float) -> str | None:
    """Say which bound another step could exceed; the model's next answer is reserved before it is asked."""
    coming = sum(len(turn.text) for turn in run.turns) // 3 + MOST_REPLY
    if run.tokens + coming > bounds.tokens:
        return f"{bounds.tokens:,} tokens"
    if bounds.micros is not None and not run.priced:
        return "a call whose price is not known"
    if bounds.micros is not None and run.micros >= bounds.micros:
        return f"{bounds.micros / 1_000_000:.2f} dollars"
    return None if seconds > 0 else f"{bounds.seconds:g} seconds"


def _reply(ports: Ports, chat: Chat, run: _Run, step: int, seconds: float) -> str:
    """Return the model's answer in this step, from the log if it is there."""
    key = f"{run.id}/reply-{step:04d}"
    known = ports.tool_calls.find(key)
    if known is None:
        try:
            said = chat.reply(run.turns, STEP, seconds=seconds, most_tokens=MOST_REPLY)
        except ModelUnavailable as error:
            raise ModelUnavailable(
                f"no model gave an answer: {error}; see `pressroom model-calls`, and run the same command again within a day, "
                "which goes on from here"
            ) from None
        result = json.dumps({"text": said.text, "tokens": said.tokens, "micros": said.micros}, ensure_ascii=False)
        digest = digest_of(MODEL, {"turns": len(run.turns)})
        known = ports.tool_calls.begin(ToolCall(run.id, step, key, MODEL, digest, ports.clock.now(), result=result))
    reply = json.loads(known.result or "")
    run.tokens += reply["tokens"]
    run.micros += reply["micros"] or 0
    run.priced &= reply["micros"] is not None
    return str(reply["text"])


def _used(ports: Ports, run: _Run, step: int, reply: str) -> Mapping[str, Any] | None:
    """Return what the tool of this step answers, from the log if it is there; None when the assistant is done."""
    key = f"step-{step:04d}"
    try:
        wanted = read_step(reply)
    except ToolRefused as error:
        return {"refused": str(error)}
    if wanted.tool == DONE:
        return None
    known = ports.tool_calls.find(f"{run.id}/{key}")
    if known is not None and known.result is not None:
        answer: dict[str, Any] = json.loads(known.result)
    else:
        answer = _use(ports, run, step, key, wanted.tool, dict(wanted.input))
    run.revision = answer.get("revision", run.revision)
    run.passages.update(_passages(answer))
    if wanted.tool == PROPOSE and "file" in answer:
        run.drafts.append(answer["file"])
    return answer


def _use(ports: Ports, run: _Run, step: int, key: str, tool: str, given: dict[str, object]) -> dict[str, Any]:
    """Use a tool and put its answer into the log; `propose_piece` does that itself, with what it writes."""
    if tool == PROPOSE:
        given = {**given, "idempotency_key": key, "base_revision": run.revision}
    try:
        answer = use_tool(ports, tool, given, run=run.id, step=step, passages=run.passages)
    except ToolRefused as error:
        answer = {"refused": str(error), "revision": revision(ports.content)}
    else:
        if tool == PROPOSE:
            return answer
    digest = digest_of(tool, given)
    known = ports.tool_calls.begin(
        ToolCall(run.id, step, f"{run.id}/{key}", tool, digest, ports.clock.now(), result=json.dumps(answer))
    )
    return json.loads(known.result) if known.result else answer


def _passages(answer: Mapping[str, Any]) -> Iterator[str]:
    for name in ("passages", "nearest"):
        yield from (passage["id"] for passage in answer.get(name, ()))
