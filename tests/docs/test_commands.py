"""Every command of the documentation runs, in a scratch copy of the example publication with a mail server beside it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.adapters.smtp_sink import Sink
from publisher.resources import shipped
from tests.docs.manual import ROOT, Command, commands, documents, name_of
from tests.forks import CLIENT, forks

MARK = "== end of command"

PRESSROOM = """#!/bin/sh
export PYTHONPATH={root}
exec {python} -IS {client} {forks} "$@"
"""

MAKE = """#!/bin/sh
exec {make} --dry-run --directory {root} "$@"
"""
"""`make demo` would set up a virtual environment; that its target is there and has a recipe is shown without."""


def _programs(folder: Path) -> Path:
    folder.mkdir()
    words = {
        "root": shlex.quote(str(ROOT)),
        "python": shlex.quote(sys.executable),
        "make": shutil.which("make"),
        "client": CLIENT,
        "forks": forks(),
    }
    for name, script in (("pressroom", PRESSROOM), ("make", MAKE)):
        (folder / name).write_text(script.format(**words), encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def _run(all_commands: list[Command], folder: Path, mail_server: str) -> list[tuple[int, str]]:
    """Run commands in one shell; return the exit code and the output of each."""
    publication = folder / "publication"
    shutil.copytree(shipped("content"), publication / "content")
    script = folder / "commands.sh"
    script.write_text("".join(f"{one.text}\nprintf '\\n{MARK} %s\\n' $?\n" for one in all_commands), encoding="utf-8")
    programs = os.pathsep.join([str(_programs(folder / "bin")), str(Path(sys.executable).parent)])
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8", "NO_COLOR": "1",
        "EDITOR": "true", "PRESSROOM_SMTP_URL": mail_server, "PRESSROOM_SECRET_KEY": "for the documentation's tests only",
    }  # fmt: skip
    done = subprocess.run(
        ["bash", str(script)], cwd=publication, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=120, check=True,
    )  # fmt: skip
    parts = re.split(rf"{MARK} (\d+)\n", done.stdout)
    return [(int(exit_code), output) for output, exit_code in zip(parts[::2], parts[1::2], strict=False)]


WITH_COMMANDS = [path for path in documents() if any(commands(path.read_text(encoding="utf-8")))]

MAILED = {
    "README.md": ["Subject: Write the first concept here", "Subject: [Test] Write the first concept here"],
    "docs/production.md": ["Subject: Acme Notes can mail"],
}
"""What has to be in the mailbox after a document's commands, so that the editor's week does end there."""


@pytest.mark.parametrize("path", WITH_COMMANDS, ids=name_of)
def test_every_documented_command_does_what_the_document_says(path: Path, tmp_path: Path) -> None:
    documented = list(commands(path.read_text(encoding="utf-8")))
    with Sink(tmp_path / "mail") as sink:
        results = _run(documented, tmp_path, sink.url)
    assert len(results) == len(documented)
    wrong = [
        f"{name_of(path)}:{one.line}: $ {one.text}\nexit {code}, expected {one.exit_code} and «{one.answer}»:\n{output}"
        for one, (code, output) in zip(documented, results, strict=True)
        if code != one.exit_code or not one.answered_by(output)
    ]
    assert not wrong, "\n\n".join(wrong)
    assert _subjects(tmp_path / "mail") == MAILED.get(name_of(path), [])


def _subjects(mailbox: Path) -> list[str]:
    lines = [line for message in mailbox.glob("*.eml") for line in message.read_text(encoding="utf-8").splitlines()]
    return sorted(line for line in lines if line.startswith("Subject:"))


def test_a_command_that_does_something_else_is_noticed() -> None:
    (command,) = commands("```console\n$ false  # exit 1\nwritten … on the …\nline two\n```\n")
    assert (command.text, command.exit_code, command.line) == ("false", 1, 2)
    assert command.answered_by("written today on the moon\nline two\n")
    assert not command.answered_by("written today on the moon\nline three\n")
