"""A new publication: what `pressroom init` writes."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import tomllib
from pathlib import Path

from publisher.adapters.files import replace_file
from publisher.errors import Refused
from publisher.privacy import PAGE, page
from publisher.publication import Publication
from publisher.values import LANGUAGE_TAG

STARTER = Path(__file__).resolve().parent / "starter"
"""A folder for each language; in all but `en`, words.toml has what publication.toml says instead of the English words."""

_SAID = "(?:name|tagline|language|postal_address|label)"

GITIGNORE = "/var/\n.env\n*.bak\n*.bak[0-9]*\n"

ENVIRONMENT = """\
# Secrets of this publication. Never commit this file. `pressroom check --settings` lists every setting.
PRESSROOM_SECRET_KEY={key}
# PRESSROOM_SMTP_URL=smtp://user:password@mail.example.com:587
"""

README = """\
# {name}

The week, by hand (or leave it to `pressroom run`):

    pressroom setup                                     # name, sender, mail server …; again whenever one changes
    pressroom new concept "TITLE"                       # write the pieces
    pressroom rehearse                                  # what an issue would be now, on a copy, mailed to nobody
    pressroom ready content/concepts/TITLE.md           # a finished piece: issues take it from now on
    pressroom check                                     # check everything
    pressroom subscribers add you@example.com           # someone to send to
    pressroom assemble                                  # content/issues/0001.md, yours to edit
    pressroom render 1 --out var/preview                # look at it
    pressroom preflight 1
    pressroom approve 1 --by {editor}
    pressroom send 1 --transport file:var/outbox        # files; without the option, over PRESSROOM_SMTP_URL
    pressroom status

Editors touch content/ only; templates/email and templates/web may override the shipped templates, file by file.
"""


def scaffold(folder: Path, language: str = "en", written: str = "") -> list[Path]:
    """Write a publication into a new or empty folder; return the files. Raises Refused when it is not empty.

    `written` is the text of its publication.toml, without which it is as it comes. In a language that has no starter,
    the pieces are in English; Refused for what is no language tag.
    """
    if folder.exists() and (not folder.is_dir() or any(entry.name != ".git" for entry in folder.iterdir())):
        raise Refused(f"{folder} is not empty; name a new folder")
    written = written or starter_text(language)
    starter = STARTER / spoken(language)
    files = {
        Path("content") / path.relative_to(starter): path.read_bytes()
        for path in sorted(starter.rglob("*.md"))
        if path.is_file()
    }
    files[Path("content") / "publication.toml"] = written.encode()
    publication = Publication.model_validate(tomllib.loads(written))
    files[Path("content") / "pages" / f"{PAGE}.md"] = page(publication).encode()
    files[Path(".gitignore")] = GITIGNORE.encode()
    files[Path("README.md")] = README.format(
        name=publication.name, editor=shlex.quote(publication.editors[0].name)
    ).encode()
    files |= {Path("content") / empty / ".gitkeep": b"" for empty in ("issues", "paths")}
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        replace_file(folder / name, data)
    write_secrets(folder)
    return [folder / name for name in (*files, Path(".env"))]


def starter_text(language: str = "en") -> str:
    """Return the publication.toml that a new publication in a language begins with. Raises Refused for what is no tag."""
    if not re.fullmatch(LANGUAGE_TAG, language):
        raise Refused(f"{language!r} is not a language tag such as de or pt-BR")
    return _publication({**_words(STARTER / spoken(language)), "en": language})


def spoken(language: str) -> str:
    """Return the language of the starter that comes nearest to a language: `de` for `de-AT`, else English."""
    parts = language.split("-")
    near = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((tag for tag in near if (STARTER / tag).is_dir()), "en")


def _words(starter: Path) -> dict[str, str]:
    """Return what publication.toml says in a language, by the English words."""
    path = starter / "words.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _publication(words: dict[str, str]) -> str:
    """Return the text of publication.toml with other words."""
    text = (STARTER / "en" / "publication.toml").read_text(encoding="utf-8")
    for english, said in words.items():
        value = re.compile(rf'^({_SAID} *= *)"{re.escape(english)}"', re.MULTILINE)
        text = value.sub(rf'\g<1>"{said}"', text)
    return text


def write_secrets(folder: Path) -> None:
    """Write .env with a new signing key, readable by its owner only; an existing .env stays."""
    path = folder / ".env"
    if path.exists():
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(ENVIRONMENT.format(key=secrets.token_hex(32)))
