"""Collects the phrases that readers see, and compiles their translations: `make phrases`.

It reads templates/ and publisher/, writes publisher/catalogues/phrases.pot, brings each NAME.po beside it up to date and
compiles it to NAME.mo. A new language begins with an empty NAME.po, where NAME is a tag such as `it` or `pt-BR`.
"""

from __future__ import annotations

import ast
import datetime as dt
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = ROOT / "publisher" / "catalogues"
TO_EDITORS = ("email/notice.", "email/proof.", "web/approve")
"""Editors' mail and pages are in English."""

_SINCE = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)  # a date that changed with every run would say nothing
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
Found = tuple[str | tuple[str, str], str]
"""A phrase, or its two forms, and the file that has it."""


def phrases() -> Catalog:
    """Return the catalogue of all phrases, untranslated."""
    made = Catalog(
        project="Pressroom", version="0.2", header_comment="# The phrases that readers see.", creation_date=_SINCE
    )
    for phrase, file in (*of_templates(ROOT / "templates"), *of_modules(ROOT / "publisher")):
        made.add(phrase, locations=[(file, 0)])
    return made


def of_templates(folder: Path) -> Iterator[Found]:
    """Yield the phrases of the templates that readers get."""
    for path in sorted(folder.rglob("*.*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix in (".html", ".mjml", ".txt") and not name.startswith(TO_EDITORS):
            with path.open("rb") as file:
                for _, function, found, _ in babel_extract(file, list(_KEYWORDS), [], {"trimmed": "true"}):
                    texts = [text for text in (found if isinstance(found, tuple) else (found,)) if text]
                    if texts:
                        yield (texts[0], texts[1]) if function == "ngettext" else texts[0], f"templates/{name}"


def of_modules(folder: Path) -> Iterator[Found]:
    """Yield the phrases of Python modules: Phrase("…"), and the two forms of count(Phrase("…"), Phrase("…"), …)."""
    for path in sorted(folder.rglob("*.py")):
        paired: set[ast.AST] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or node in paired:
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr == "count" and len(node.args) > 2:
                one, many = (_phrase(argument) for argument in node.args[:2])
                paired |= set(node.args[:2])
                if one and many:
                    yield (one, many), path.relative_to(ROOT).as_posix()
            elif (phrase := _phrase(node)) and not phrase.isdigit():
                yield phrase, path.relative_to(ROOT).as_posix()


def _phrase(node: ast.AST) -> str:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Phrase":
        argument = node.args[0]
        return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""
    return ""


def updated(path: Path, every: Catalog) -> Catalog:
    """Return the translations of a file, with every phrase and no others."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem.replace("-", "_"), domain="pressroom")
    catalogue.update(every, no_fuzzy_matching=True, update_creation_date=False)
    catalogue.project, catalogue.version, catalogue.creation_date = every.project, every.version, every.creation_date
    catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = ""
    catalogue.obsolete.clear()
    return catalogue


def text_of(catalogue: Catalog) -> bytes:
    """Return a catalogue as a .po file."""
    made = io.BytesIO()
    write_po(made, catalogue, width=110, include_lineno=False)
    return made.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """Return a catalogue as a .mo file."""
    made = io.BytesIO()
    write_mo(made, catalogue)
    return made.getvalue()


def main() -> None:
    every = phrases()
    (CATALOGUES / "phrases.pot").write_bytes(text_of(every))
    for path in sorted(CATALOGUES.glob("*.po")):
        catalogue = updated(path, every)
        path.write_bytes(text_of(catalogue))
        path.with_suffix(".mo").write_bytes(compiled(catalogue))
        done = sum(1 for message in catalogue if message.id and message.string and all(message.string))
        sys.stdout.write(f"{path.name}: {done} of {sum(1 for message in every if message.id)} phrases\n")


if __name__ == "__main__":
    main()
