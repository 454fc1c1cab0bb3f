"""The real command over SMTP: envelopes, Ctrl-C, a server that is away."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from publisher.adapters.smtp_sink import Sink
from tests.e2e.command import COMMAND, edit, environment, pressroom


class Recorder(Sink):
    """A sink that remembers the envelopes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.envelopes: list[tuple[str, tuple[str, ...]]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos)))
        return await super().handle_DATA(server, session, envelope)


def test_over_smtp_each_envelope_says_which_delivery_it_is(news: Path, tmp_path: Path) -> None:
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    with Recorder(tmp_path / "sink") as sink:
        ran = pressroom("send", "1", cwd=news, env={"PRESSROOM_SMTP_URL": sink.url})
    assert ran.code == 0, ran.talk
    assert sorted(to for _, to in sink.envelopes) == [("ada@example.com",), ("zoe@example.com",)]
    senders = {sender for sender, _ in sink.envelopes}
    assert len(senders) == 2
    assert all(re.fullmatch(r"bounces\+1-[0-9a-f]+-[a-z2-7]{8}@news\.example\.com", sender) for sender in senders)


def test_ctrl_c_during_a_send_and_send_again_reaches_nobody_twice(news: Path, tmp_path: Path) -> None:
    readers = news / "readers.csv"
    readers.write_text("email,name\n" + "".join(f"r{n}@example.com,R{n}\n" for n in range(40)), "utf-8")
    assert pressroom("subscribers", "import", readers, "--yes", cwd=news).code == 0
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    edit(news / "content/publication.toml", "[approval]", "[delivery]\nrate_per_minute = 600\n\n[approval]")
    with Recorder(tmp_path / "sink") as sink:
        env = environment(news, PRESSROOM_SMTP_URL=sink.url)
        process = subprocess.Popen(
            [*COMMAND, "send", "1", "--json"], cwd=news, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        end = time.monotonic() + 30
        while sink.received < 5 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, talk = process.communicate(timeout=30)
        assert process.returncode == 130, talk
        assert b"stopping" in talk
        assert b"Traceback" not in talk
        assert json.loads(out)["stopped"] is True
        first = sink.received
        assert 5 <= first < 42
        edit(news / "content/publication.toml", "rate_per_minute = 600", "rate_per_minute = 0")
        again = pressroom("send", "1", "--json", cwd=news, env={"PRESSROOM_SMTP_URL": sink.url})
        assert again.code == 0, again.talk
        assert again.json["sums"]["sent"] == 42
    assert sink.received == 42
    assert len({to for _, to in sink.envelopes}) == 42


class Silent(Recorder):
    """A sink that takes a minute for the answer to a message."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(60)
        return "250 ok"


def interrupted_twice(news: Path, url: str, reached: Callable[[], bool]) -> subprocess.CompletedProcess[bytes]:
    """Send, and press Ctrl-C twice once something was reached."""
    process = subprocess.Popen(
        [*COMMAND, "send", "1"], cwd=news, env=environment(news, PRESSROOM_SMTP_URL=url), stderr=subprocess.PIPE
    )
    end = time.monotonic() + 30
    while not reached() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    said = process.stderr.readline()
    assert b"press Ctrl-C again" in said
    process.send_signal(signal.SIGINT)
    try:
        _, rest = process.communicate(timeout=10)
    finally:
        process.kill()
    return subprocess.CompletedProcess([], process.returncode, stderr=rest)


def test_a_second_ctrl_c_ends_a_send_at_once_and_who_may_have_the_issue_is_in_doubt(news: Path, tmp_path: Path) -> None:
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    with Silent(tmp_path / "sink") as sink:
        ended = interrupted_twice(news, sink.url, lambda: len(sink.envelopes) == 2)
    assert ended.returncode == 130, ended.stderr
    assert b"Traceback" not in ended.stderr
    with Recorder(tmp_path / "again") as sink:
        ran = pressroom("send", "1", "--json", cwd=news, env={"PRESSROOM_SMTP_URL": sink.url})
    assert (ran.json["sums"]["audience"], ran.json["sums"]["in_doubt"]) == (2, 2)
    assert sink.envelopes == []


def test_a_second_ctrl_c_ends_a_send_whose_server_does_not_greet(news: Path) -> None:
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.02)
        calls: list[socket.socket] = []

        def called() -> bool:
            with suppress(TimeoutError):
                calls.append(server.accept()[0])
            return bool(calls)

        ended = interrupted_twice(news, f"smtp://127.0.0.1:{server.getsockname()[1]}", called)
        for call in calls:
            call.close()
    assert ended.returncode == 130, ended.stderr
    assert b"Traceback" not in ended.stderr


def test_without_a_way_out_nothing_is_frozen(news: Path) -> None:
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    ran = pressroom("send", "1", cwd=news)
    assert (ran.code, "PRESSROOM_SMTP_URL is not set" in ran.talk) == (1, True)
    assert pressroom("status", "1", "--json", cwd=news).json["issues"][0]["state"] == "approved"


def test_an_absent_mail_server_is_said_and_the_send_can_be_repeated(news: Path) -> None:
    assert pressroom("approve", "1", "--by", "Editor", cwd=news).code == 0
    ran = pressroom("send", "1", "--test", "me@example.com", cwd=news, env={"PRESSROOM_SMTP_URL": "smtp://127.0.0.1:1"})
    assert ran.code == 3
    assert "127.0.0.1:1" in ran.talk
    assert len(ran.talk.splitlines()) == 1
