"""A correction from the command line, on the wire, with a sender that is killed in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from publisher.adapters.smtp_sink import Sink
from publisher.app import App
from subscribers import Wording
from tests.e2e.command import COMMAND, environment, pressroom
from tests.publication import variables


class KillingSink(Sink):
    """A mail server whose client dies once it has taken some messages, before it can say so."""

    victim: subprocess.Popen[bytes] | None = None
    after = 3

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        self.after -= self.victim is not None
        if self.victim and self.after == 0:
            os.kill(self.victim.pid, signal.SIGKILL)
            self.victim = None
        return answer


def corrections(folder: Path) -> Counter[str]:
    """Count the corrections that each reader got."""
    mails = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml"))
    return Counter(mail["To"].addresses[0].addr_spec for mail in mails if mail["Subject"].startswith("Correction: "))


def test_a_correction_goes_on_after_a_kill_and_repeats_nobody(news: Path, tmp_path: Path) -> None:
    readers = {f"reader{number}@example.com" for number in range(6)} | {"ada@example.com", "zoe@example.com"}
    with App(news, variables={}) as app:
        for address in readers:
            app.subscribers.editors.add(address, source="test", wording=Wording("asked"), now=app.clock.now())
    toml = news / "content/publication.toml"
    toml.write_text(f"{toml.read_text()}\n[delivery]\nconnections = 1\n")
    with KillingSink(tmp_path / "mail") as sink:
        env = variables(sink.url)
        for words in (("approve", 1, "--by", "Editor"), ("send", 1)):
            assert pressroom(*words, cwd=news, env=env).code == 0
        begun = pressroom("correct", 1, cwd=news, env=env)
        assert (begun.out, "8 readers would get it" in begun.talk) == ("content/corrections/0001-1.md\n", True)
        path = news / begun.out.strip()
        path.write_text(path.read_text().partition("TODO")[0] + "It said 40, and it is 400.\n")
        assert pressroom("send", "1.1", cwd=news, env=env).code == 4
        approved = pressroom("approve", "content/corrections/0001-1.md", "--by", "Editor", cwd=news, env=env)
        assert approved.talk.startswith("correction 1.1 is approved by Editor")
        sending = subprocess.Popen(
            [*COMMAND, "send", "1.1"], cwd=news, env=environment(news, **env), stderr=subprocess.DEVNULL
        )
        sink.victim = sending
        assert sending.wait(timeout=60) == -signal.SIGKILL
        assert sum(corrections(sink.folder).values()) == 3
        again = pressroom("send", "1.1", cwd=news, env=env)
        assert again.code == 0, again.talk
        assert corrections(sink.folder) == Counter(dict.fromkeys(readers, 1))
        assert "7 sent, 1 in doubt" in again.talk
        table = pressroom("status", 1, cwd=news, env=env)
        assert [line.split()[0] for line in table.out.splitlines()] == ["no", "1", "1.1"]
