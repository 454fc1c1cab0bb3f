"""Our own assistant: a run ends within its bounds, and whenever it is killed, the same proposals are written once."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from publisher.adapters.model_chat import _json_object
from publisher.app import App
from publisher.errors import ModelUnavailable, Refused, ToolRefused
from publisher.ports import ChatReply, Turn
from publisher.suggest import Bounds, Suggested, Wanted, suggest
from tests.assisting import OWN, QUOTED, SENTENCE
from tests.long import LONG
from tests.publication import FakeClock, MemoryApp, example, variables

TWO = Wanted(drafts=2)
USUAL = Bounds()
OTHER = (
    "Before you add a cache, ask how often the same request comes twice in one hour. A log of one day answers that, and costs "
    "nothing but an evening. Then decide with the figure in your hand."
)


class Script:
    """A model that looks around, proposes two drafts, the first of which has to be corrected, and then is done."""

    def __init__(self, tokens: int = 500, micros: int | None = 40) -> None:
        self.asked = 0
        self._cost = (tokens, micros)

    def reply(
        self, turns: Sequence[Turn], schema: Mapping[str, object], *, seconds: float, most_tokens: int
    ) -> ChatReply:
        self.asked += 1
        assert seconds > 0
        tool, given = self._step(turns)
        text = json.dumps({"why": "To see.", "tool": tool, "input": json.dumps(given)})
        return ChatReply(text, *self._cost)

    def _step(self, turns: Sequence[Turn]) -> tuple[str, dict[str, Any]]:
        passage = next((found for turn in turns[2:] if (found := _passage(turn))), "")
        claim = {"text": SENTENCE, "passage": passage, "quotation": QUOTED}
        recall = {"section": "concept", "title": "Measure your own recall", "summary": "What an index leaves out."}
        cache = {"section": "project", "title": "Count what repeats", "summary": "Whether a cache would pay."}
        steps: list[tuple[str, dict[str, Any]]] = [
            ("list_pieces", {}),
            ("search_issues", {"query": "HNSW graph of neighbors, walked greedily"}),
            ("propose_piece", recall | {"paragraphs": [{"text": "See https://evil.example for all of it."}, claim]}),
            ("propose_piece", recall | {"paragraphs": [{"text": OWN}, claim]}),
            ("find_repeats", {"text": OTHER}),
            ("propose_piece", cache | {"paragraphs": [{"text": OTHER}]}),
        ]
        done = (len(turns) - 2) // 2
        return steps[done] if done < len(steps) else ("done", {})


def _passage(turn: Turn) -> str | None:
    if turn.role != "user":
        return None
    found = json.loads(turn.text).get("passages", ())
    return next((str(one["id"]) for one in found if QUOTED in one["text"]), None)


def run(app: App, chat: Any, wanted: Wanted = TWO, bounds: Bounds = USUAL, new_run: str = "run-1") -> Suggested:
    return suggest(app.act, chat, wanted, bounds, new_run=new_run, steady=app.clock.steady)


def drafts(folder: Path) -> dict[str, bytes]:
    """Return the pieces that an assistant proposed, by path."""
    return {
        path.relative_to(folder).as_posix(): data
        for path in sorted(folder.glob("content/*/*.md"))
        if b"TODO: " in (data := path.read_bytes())
    }


@pytest.fixture
def app(tmp_path: Path) -> MemoryApp:
    return MemoryApp(example(tmp_path / "news"), FakeClock(), variables("smtp://127.0.0.1:9"))


def test_a_run_proposes_what_holds_and_is_told_what_does_not(app: MemoryApp) -> None:
    chat = Script()
    made = run(app, chat)
    assert made == Suggested(
        "run-1", ("content/concepts/measure-your-own-recall.md", "content/projects/count-what-repeats.md"), 6, 3000, 240, "done"
    )  # fmt: skip
    assert sorted(drafts(app.folder)) == sorted(made.drafts)
    refused = app.tool_calls.find("run-1/step-0003")
    assert refused is not None
    assert "paragraph 1: a sentence contains an address" in json.loads(refused.result or "")["refused"]
    assert b"`pressroom suggest` (run run-1) proposed" in drafts(app.folder)[made.drafts[0]].replace(b"\\", b"")


def test_a_run_that_has_ended_is_not_taken_up_again(app: MemoryApp) -> None:
    run(app, Script())
    again = run(app, Script(), new_run="run-2")
    assert (again.run, again.drafts, again.resumed) == ("run-2", (), False)  # both titles are there already


@pytest.mark.parametrize(
    ("bounds", "ended", "steps"),
    [
        (Bounds(steps=2), "2 steps", 2),
        (Bounds(tokens=1_000), "1,000 tokens", 0),
        (Bounds(micros=80), "0.00 dollars", 2),
        (Bounds(seconds=-1), "-1 seconds", 0),
    ],
)
def test_each_bound_ends_a_run(app: MemoryApp, bounds: Bounds, ended: str, steps: int) -> None:
    chat = Script()
    made = run(app, chat, bounds=bounds)
    assert (made.ended, made.steps, chat.asked, drafts(app.folder)) == (ended, steps, steps, {})


def test_a_model_that_never_makes_sense_ends_with_the_steps(app: MemoryApp) -> None:
    class Babble(Script):
        def reply(self, turns: Sequence[Turn], schema: Mapping[str, object], **_: Any) -> ChatReply:
            half, deep = (
                {"tool": "list_pieces", "input": r'{"\ud800": 1}'},
                {"tool": "list_pieces", "input": "[" * 90_000},
            )
            said = (
                "no JSON", '{"tool": "send_issue", "input": "{}"}', '{"tool": "read_issue", "input": "[1"}', "{}", json.dumps(half),
                json.dumps(deep),
            )  # fmt: skip
            return ChatReply(said[len(turns) // 2 % len(said)], 10)

    made = run(app, Babble(), bounds=Bounds(steps=8))
    assert (made.ended, made.drafts) == ("8 steps", ())
    assert drafts(app.folder) == {}


def test_with_a_limit_in_dollars_a_price_that_nobody_knows_ends_a_run(app: MemoryApp) -> None:
    made = run(app, Script(micros=None), bounds=Bounds(micros=10_000_000))
    assert (made.ended, made.steps) == ("a call whose price is not known", 1)


@pytest.mark.parametrize("content", ['{"a":' * 50_000 + "1" + "}" * 50_000, '{"a": "\\ud800"}', "[]", "no JSON"])
def test_an_answer_that_is_no_json_object_is_not_usable(content: str) -> None:
    with pytest.raises(ValueError, match=r"^(recursion limit|unexpected end|not an object|expected )"):
        _json_object(content)


def test_a_section_that_there_is_not_is_refused_before_anything_is_asked(app: MemoryApp) -> None:
    chat = Script()
    with pytest.raises(ToolRefused, match="there is no section 'weather'"):
        run(app, chat, Wanted("weather"))
    assert chat.asked == 0


def test_when_the_model_is_away_the_run_waits_and_goes_on(app: MemoryApp) -> None:
    class Away(Script):
        def reply(self, turns: Sequence[Turn], schema: Mapping[str, object], **more: Any) -> ChatReply:
            if len(turns) > 6:
                raise ModelUnavailable("model: HTTP 503")
            return super().reply(turns, schema, **more)

    with pytest.raises(
        ModelUnavailable, match=r"^no model gave an answer: model: HTTP 503; .* run the same command again"
    ):
        run(app, Away())
    chat = Script()
    made = run(app, chat, new_run="run-2")
    assert (made.run, made.resumed, made.ended, len(made.drafts), chat.asked) == ("run-1", True, "done", 2, 3)


def test_an_old_run_is_not_taken_up(app: MemoryApp) -> None:
    class Gone(Script):
        def reply(self, *_: Any, **__: Any) -> ChatReply:
            raise ModelUnavailable("model: HTTP 503")

    with pytest.raises(ModelUnavailable):
        run(app, Gone())
    app.clock.advance(2 * 86400)  # type: ignore[attr-defined]
    assert run(app, Script(), new_run="run-2").run == "run-2"


def test_two_runs_at_once_are_one_too_many(app: MemoryApp) -> None:
    class Other(Script):
        def reply(self, turns: Sequence[Turn], schema: Mapping[str, object], **more: Any) -> ChatReply:
            with pytest.raises(Refused, match="another `pressroom suggest` is at work"):
                run(app, Script(), new_run="run-2")
            return super().reply(turns, schema, **more)

    assert len(run(app, Other()).drafts) == 2


class _Counted:
    """Something whose methods are counted before and after each call; `tick` may end the process."""

    def __init__(self, real: Any, tick: Callable[[], None], names: Sequence[str]) -> None:
        self._real, self._tick, self._names = real, tick, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in self._names:
            return found

        def counted(*given: Any, **more: Any) -> Any:
            self._tick()
            answer = found(*given, **more)
            self._tick()
            return answer

        return counted


def work(folder: Path, database: Path, die_at: int, count: Path) -> None:
    """Run the assistant on SQLite, and be killed at the given moment; write down how many moments there were."""
    moments = 0

    def tick() -> None:
        nonlocal moments
        moments += 1
        if moments == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    with App(
        folder, database=f"sqlite:///{database}", clock=FakeClock(), variables=variables("smtp://127.0.0.1:9")
    ) as app:
        app.__dict__["tool_calls"] = _Counted(app.tool_calls, tick, ("begin", "finish"))
        app.__dict__["content_store"] = _Counted(app.content_store, tick, ("write_draft",))
        chat = _Counted(Script(), tick, ("reply",))
        made = run(app, chat)
    count.write_text(json.dumps([moments, made.drafts]), "utf-8")


def forked(work: Callable[[], None]) -> int:
    """Do something in a process of its own; return how it ended: 0, 1, or minus the signal."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001 - the child must not become a second test process
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database that has all tables and no row."""
    base = tmp_path_factory.mktemp("empty")
    with App(base, database=f"sqlite:///{base / 'empty.db'}", variables={}) as app:
        assert app.engine
    return base / "empty.db"


def beginning(base: Path, empty: Path) -> Path:
    """Return a folder with the example publication and, beside it, a database."""
    folder = example(base / "news")
    shutil.copyfile(empty, base / "a.db")
    return folder


@pytest.fixture(scope="module")
def whole(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, bytes]]:
    """Return how many moments a run has that nobody kills, and its drafts."""
    base = tmp_path_factory.mktemp("whole")
    folder = beginning(base, empty)
    assert forked(lambda: work(folder, base / "a.db", 0, base / "count")) == 0
    moments, written = json.loads((base / "count").read_text("utf-8"))
    assert len(written) == 2
    return moments, drafts(folder)


@pytest.mark.timeout(300)
def test_a_run_that_is_killed_at_any_moment_makes_the_same_drafts_once(
    whole: tuple[int, dict[str, bytes]], empty: Path, tmp_path: Path
) -> None:
    moments, wanted = whole
    assert moments > 30
    at = sorted(random.Random(12).sample(range(1, moments + 1), moments if LONG else 6))
    for moment in at:
        base = tmp_path / str(moment)
        folder = beginning(base, empty)
        assert forked(lambda: work(folder, base / "a.db", moment, base / "count")) == -signal.SIGKILL, moment  # noqa: B023
        assert forked(lambda: work(folder, base / "a.db", 0, base / "count")) == 0, moment  # noqa: B023
        assert drafts(folder) == wanted, moment
        with sqlite3.connect(base / "a.db") as connection:
            rows = connection.execute(
                "SELECT run, step, tool, result IS NULL FROM tool_call ORDER BY step, tool"
            ).fetchall()
        assert len({row[0] for row in rows}) == 1, moment
        assert not any(row[3] for row in rows), moment
        assert len(rows) == len({(row[1], row[2] == "model") for row in rows}), moment


def test_a_log_that_was_killed_again_and_again_is_still_one_run(
    whole: tuple[int, dict[str, bytes]], empty: Path, tmp_path: Path
) -> None:
    moments, wanted = whole
    folder = beginning(tmp_path, empty)
    for moment in (moments // 3, moments // 3, 1):
        assert forked(lambda: work(folder, tmp_path / "a.db", moment, tmp_path / "count")) == -signal.SIGKILL  # noqa: B023
    assert forked(lambda: work(folder, tmp_path / "a.db", 0, tmp_path / "count")) == 0
    assert drafts(folder) == wanted
