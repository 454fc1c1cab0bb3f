"""A new publication: what `pressroom init` writes."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from publisher.adapters.files import replace_file
from publisher.errors import Refused

STARTER = Path(__file__).resolve().parent / "starter"

GITIGNORE = "/var/\n.env\n*.bak\n*.bak[0-9]*\n"

ENVIRONMENT = """\
# Secrets of this publication. Never commit this file. `pressroom check --settings` lists every setting.
PRESSROOM_SECRET_KEY={key}
# PRESSROOM_SMTP_URL=smtp://user:password@mail.example.com:587
"""

README = """\
# {name}

The week, by hand (or leave it to `pressroom run`):

    pressroom check                                     # check everything
    pressroom subscribers add you@example.com           # someone to send to
    pressroom assemble                                  # content/issues/0001.md, yours to edit
    pressroom render 1 --out var/preview                # look at it
    pressroom preflight 1
    pressroom approve 1 --by Editor
    pressroom send 1 --transport file:var/outbox        # files; without the option, over PRESSROOM_SMTP_URL
    pressroom status

Editors touch content/ only; templates/email and templates/web may override the shipped templates, file by file.
"""


def scaffold(folder: Path) -> list[Path]:
    """Write a publication into a new or empty folder; return the files. Raises Refused when it is not empty."""
    if folder.exists() and (not folder.is_dir() or any(entry.name != ".git" for entry in folder.iterdir())):
        raise Refused(f"{folder} is not empty; name a new folder")
    files = {
        Path("content") / path.relative_to(STARTER): path.read_bytes()
        for path in sorted(STARTER.rglob("*"))
        if path.is_file()
    }
    files[Path(".gitignore")] = GITIGNORE.encode()
    files[Path("README.md")] = README.format(name="My Newsletter").encode()
    files |= {Path("content") / empty / ".gitkeep": b"" for empty in ("issues", "paths")}
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        replace_file(folder / name, data)
    write_secrets(folder)
    return [folder / name for name in (*files, Path(".env"))]


def write_secrets(folder: Path) -> None:
    """Write .env with a new signing key, readable by its owner only; an existing .env stays."""
    path = folder / ".env"
    if path.exists():
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(ENVIRONMENT.format(key=secrets.token_hex(32)))
