"""The wheel is whole: with what pip would install of it, and without the checkout, the README leads to a first own issue."""

from __future__ import annotations

import email
import email.policy
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from publisher import __version__
from tests.e2e.command import environment
from tests.typing_person import TypingPerson

ROOT = Path(__file__).resolve().parents[2]
(README,) = re.findall(
    r"^## Your first issue$(.*?)^## ", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
)
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line for kind, block in BLOCKS[:2] for line in block.splitlines()]
ANSWERS = [tuple(re.split(r"(?<=\]): ?", line, maxsplit=1)) for line in BLOCKS[2][1].splitlines()]

PIPX = """#!{python}
# What pipx would do, without a package index: the libraries are those of this environment.
import sys, zipfile, pathlib
assert sys.argv[1] == "install", sys.argv
here = pathlib.Path(__file__).resolve().parent
zipfile.ZipFile(sys.argv[2]).extractall(here / "installed")
command = here / "pressroom"
command.write_text("#!/bin/sh\\nPYTHONPATH=" + str(here / "installed") + ' exec {python} -P -m publisher.cli "$@"\\n')
command.chmod(0o755)
"""
EDITOR = """#!/bin/sh
printf 'type the piece:\\n'
cat > "$1"
"""
PIECE = """---
title: "Golden sets"
summary: "Twenty questions beat two hundred."
status: draft
added: 2026-11-30
---
Begin with twenty questions from real users.
"""


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    """Return a folder with the wheel in it, and bin/ beside it with pipx and an editor."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path / "home")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (tmp_path / "bin").mkdir()
    for name, text in (("pipx", PIPX.format(python=sys.executable)), ("editor", EDITOR)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def test_five_commands_of_the_readme_lead_from_the_wheel_to_the_first_own_issue_in_a_sink(bench: Path) -> None:
    home, shell = bench / "home", environment(bench / "home", PYTHONPATH="", EDITOR=str(bench / "bin" / "editor"))
    shell["PATH"] = f"{bench / 'bin'}{os.pathsep}{os.environ['PATH']}"
    (wheel,) = home.glob(f"pressroom-{__version__}-*.whl")
    inside = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "publisher/catalogues/de.mo", "publisher/starter/fr/concepts/first-concept.md", "publisher/starter/en/publication.toml",
        "publisher/migrations/versions/", "subscribers/migrations/versions/", "publisher/_shipped/templates/email/issue.mjml",
        "publisher/_shipped/content/publication.toml",
    ):  # fmt: skip
        assert any(name.startswith(needed) for name in inside), needed
    assert not [name for name in inside if name.startswith(("tests/", "bench/", "var/")) or name.endswith(".env")]

    install, setup, enter, new, rehearse = COMMANDS
    with TypingPerson(home, shell) as person:
        person.runs(install)
        person.types(setup)
        for question, answer in ANSWERS:
            person.sees(f"{question}: ")
            person.types(answer)
        assert "Left to do before a real list:" in person.sees(person.PROMPT)
        person.ended_well()
        person.runs(enter)
        person.types(new)
        person.sees("type the piece:")
        person.types(PIECE, "\x04")
        person.sees(person.PROMPT)
        person.ended_well()
        assert "nothing of the publication has changed" in person.runs(rehearse)
        assert person.typed <= 3 * 200, "three minutes of typing"

        publication = home / "my-newsletter"
        (mail,) = (publication / "var" / "rehearsal" / "outbox").glob("*.eml")
        message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
        assert message["from"] == "Acme Notes <notes@acme.test>"
        body = message.get_body(("plain",))
        assert body is not None
        text = body.get_content()
        assert "Begin with twenty questions from real users." in text
        assert "Acme, 5 High Street, Springfield" in text
        assert not (publication / "var" / "pressroom.db").exists(), "the publication's own database has not even begun"
        assert "status: draft" in (publication / "content" / "concepts" / "golden-sets.md").read_text()
        assert "no problems found" in person.runs("pressroom check")
        person.runs("pressroom demo --dir demo")
        assert len(list((publication / "demo" / "outbox").glob("*.eml"))) == 25
        assert "Deine E-Mail-Adresse" in person.runs(
            "cd .. && pressroom init meine --language de && pressroom --publication meine embed"
        )
