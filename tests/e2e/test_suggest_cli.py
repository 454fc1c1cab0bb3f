"""`pressroom suggest` as a process, with a model on loopback: killed in the middle, it goes on, and drafts once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from publisher.ports import Turn
from tests.e2e.command import COMMAND, environment, pressroom
from tests.integration.test_suggest import Script, drafts
from tests.publication import example


class Model:
    """An endpoint behind which Script answers; `kill_at` is the request at which it kills whoever asks."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.asking: subprocess.Popen[str] | None = None
        self.kill_at = 0
        self.script = Script()

    def answer(self, request: dict[str, Any]) -> bytes:
        self.requests.append(request)
        if self.asking and len(self.requests) == self.kill_at:
            os.kill(self.asking.pid, signal.SIGKILL)
        turns = [Turn(one["role"], one["content"]) for one in request["messages"]]
        text = self.script.reply(turns, {}, seconds=1, most_tokens=1).text
        fenced = f"```json\n{text}\n```" if len(turns) == 2 else text
        message = {"role": "assistant", "content": fenced}
        return json.dumps({
            "id": "1", "object": "chat.completion", "model": "small-1",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 400, "completion_tokens": 100, "total_tokens": 500},
        }).encode()  # fmt: skip


@contextmanager
def serving(model: Model) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = model.answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            try:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # it was killed

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()
            thread.join()


def test_a_command_that_is_killed_goes_on_and_drafts_once(tmp_path: Path) -> None:
    folder, model = example(tmp_path / "news"), Model()
    with serving(model) as url:
        settings = {
            "PRESSROOM_MODEL_URL": url,
            "PRESSROOM_MODEL_NAME": "small-1",
            "PRESSROOM_SECRET_KEY": "a secret for tests and for nothing else",
        }
        model.kill_at = 5
        words = ["suggest", "--drafts", "2"]
        with subprocess.Popen(
            [*COMMAND, *words], cwd=folder, env=environment(folder, **settings), stdout=subprocess.PIPE, text=True
        ) as process:
            model.asking = process
            process.communicate(timeout=200)
        assert process.returncode == -signal.SIGKILL
        assert len(drafts(folder)) == 1
        model.asking = None
        ran = pressroom(*words, "--json", cwd=folder, env=settings)
    assert ran.code == 0, ran.talk
    assert ran.json["resumed"] is True
    assert ran.json["drafts"] == [
        "content/concepts/measure-your-own-recall.md",
        "content/projects/count-what-repeats.md",
    ]
    assert sorted(drafts(folder)) == sorted(ran.json["drafts"])
    assert len(model.requests) == 5 + 2  # the fifth was asked, and its answer lost
    said = json.dumps(model.requests)
    assert "robin@" not in said
    assert "a secret for tests" not in said


def test_without_a_model_it_says_what_is_missing(tmp_path: Path) -> None:
    ran = pressroom("suggest", cwd=example(tmp_path / "news"))
    assert ran.code == 1
    assert "PRESSROOM_MODEL_URL is not set" in ran.talk
    assert "pressroom queue" in ran.talk
