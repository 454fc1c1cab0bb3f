"""The documentation names everything that is there, and nothing that is not."""

from __future__ import annotations

import datetime as dt
import re
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from publisher.cli import cli
from publisher.content import fields
from publisher.content.dialect import convert
from publisher.publication import WEEKDAYS, Publication, WeekMoment
from publisher.settings import PREFIX, SECRETS, Settings
from tests.docs.manual import ROOT, anchors, code, documents, links, name_of, rows

TEXTS = {path: path.read_text(encoding="utf-8") for path in documents()}
ALL = "\n".join(TEXTS.values())
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


@pytest.mark.parametrize("path", TEXTS, ids=name_of)
def test_every_relative_link_leads_to_a_file_and_its_heading(path: Path) -> None:
    for link in links(TEXTS[path]):
        if re.match(r"(https?|mailto):", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), f"{name_of(path)}: {link} leads nowhere"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{name_of(path)}: {link} names no heading"


def _commands() -> dict[str, set[str]]:
    """Return every command of the program with the options that may stand in its line."""
    root = typer.main.get_command(cli)
    found: dict[str, set[str]] = {}

    def visit(name: str, command: typing.Any, inherited: set[str]) -> None:
        options = inherited | {"--help", "-h"} | {o for p in command.params for o in (*p.opts, *p.secondary_opts)}
        children = getattr(command, "commands", {})
        if not children:
            found[name] = options
        for child, inner in children.items():
            visit(f"{name} {child}".strip(), inner, options)

    visit("", root, set())
    return found


def test_the_documents_name_every_verb_of_the_command_line() -> None:
    written = code(ALL)
    missing = [verb for verb in _commands() if not re.search(rf"pressroom (--\S+ \S+ )*{verb}\b", written)]
    assert not missing


def test_every_command_in_the_documents_is_one_of_the_program_with_its_options() -> None:
    known = _commands()
    groups = {name.split()[0] for name in known if " " in name}
    for line in re.findall(r"(?:^|\$ |\bpressroom && )pressroom (.+)$", code(ALL), re.MULTILINE):
        words = re.sub(r"#.*", "", line).split()
        options = {word.partition("=")[0] for word in words if re.match(r"--[a-z]", word)}
        rest = re.sub(r"--(publication|database) \S+", "", " ".join(words)).split()
        if not rest or rest[0].startswith("-"):
            assert options <= {"--help", "--version", "--publication", "--database"}, line
            continue
        verb = " ".join(rest[:2]) if rest[0] in groups and len(rest) > 1 else rest[0]
        if verb in groups:
            continue
        assert verb in known, f"pressroom {line}: there is no verb {verb!r}"
        assert options <= known[verb], f"pressroom {line}: {options - known[verb]}"


def test_every_target_of_the_makefile_is_documented_and_every_documented_one_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|\$ )make ([a-z-]+)", code(ALL), re.MULTILINE))
    assert named <= targets
    assert targets - {"setup", "setup-dev"} <= named


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    documented = {row[0].strip("`") for row in rows(TEXTS[ROOT / "docs" / "publication.md"])}
    assert known <= documented
    assert {f"{name}_FILE" for name in SECRETS} <= set(
        re.findall(rf"{PREFIX}[A-Z0-9_]*[A-Z0-9]", TEXTS[ROOT / "docs" / "publication.md"])
    )
    assert set(re.findall(rf"{PREFIX}[A-Z0-9_]*[A-Z0-9]", ALL)) <= known | {f"{name}_FILE" for name in SECRETS}


def _inner(annotation: object) -> type[BaseModel] | None:
    """Return the table that a field holds, alone, in a tuple or below Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return None if annotation is WeekMoment else annotation
    return next((found for part in typing.get_args(annotation) if (found := _inner(part))), None)


def _keys(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        key = above + (field.alias or name)
        inner = _inner(field.annotation)
        if inner:
            named = ".NAME" if typing.get_origin(field.annotation) is dict else ""
            yield from _keys(inner, f"{key}{named}.")
        else:
            yield key, field


def _written(value: object) -> str:
    """Write a default as TOML has it."""
    match value:
        case None:
            return "none"
        case bool():
            return f"`{str(value).lower()}`"
        case str():
            return f'`"{value}"`'
        case WeekMoment():
            return f'`"{WEEKDAYS[value.weekday]} {value.time:%H:%M}"`'
        case dict():
            return f"`{value}`"
        case tuple():
            return f"`{list(value)}`"
        case int():
            return f"`{value}`"
        case float():
            return f"`{value:g}`"
    raise AssertionError(value)


def test_the_reference_has_every_key_of_publication_toml_with_its_default_and_no_other() -> None:
    keys = [row for row in rows(TEXTS[ROOT / "docs" / "publication.md"]) if not row[0].startswith(f"`{PREFIX}")]
    expected = {
        key: "required" if field.is_required() else _written(field.default) for key, field in _keys(Publication)
    }
    assert {key.strip("`"): default for key, _, default, *_ in keys} == expected


@pytest.mark.parametrize(
    "model",
    [fields.PieceFields, fields.IssueFields, fields.CorrectionFields, fields.PathFields, fields.PageFields],
    ids=lambda m: m.__name__,
)
def test_the_reference_has_every_key_of_front_matter(model: type[BaseModel]) -> None:
    text = TEXTS[ROOT / "docs" / "content.md"]
    heading = {
        "PieceFields": "Pieces", "IssueFields": "Issues", "CorrectionFields": "Corrections", "PathFields": "Learning paths",
        "PageFields": "Pages",
    }  # fmt: skip
    section = re.split(rf"^## {heading[model.__name__]}$", text, flags=re.MULTILINE)[1].split("\n## ")[0]
    documented = {row[0].strip("`"): row[1] for row in rows(section)}
    expected = {key: field.is_required() for key, field in _keys(model)}
    assert set(documented) == set(expected)
    assert {key for key, needed in documented.items() if needed == "required"} == {k for k, v in expected.items() if v}


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_a_decision_is_short_and_has_its_file_s_number(path: Path) -> None:
    lines = TEXTS[path].splitlines()
    assert re.match(rf"# {path.name[:4]}:? \S", lines[0])
    assert len([line for line in lines if line.strip()]) <= 12
    assert [other.name[:4] for other in DECISIONS].count(path.name[:4]) == 1


def test_every_path_of_the_repository_in_the_documents_is_there() -> None:
    named = set(
        re.findall(r"(?:^|\s)((?:publisher|subscribers|tests|bench|docs|tools)/[\w./-]*)", code(ALL), re.MULTILINE)
    )
    assert "publisher/pipeline.py" in named
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_plan_of_the_house_names_every_module_and_package() -> None:
    plan = code(TEXTS[ROOT / "docs" / "house.md"])
    parts = [path for path in (ROOT / "publisher").iterdir() if not path.name.startswith(("_", "."))]
    assert not [part.name for part in parts if f"publisher/{part.name}" not in plan]


def test_the_documents_speak_of_no_real_address_and_of_no_machine() -> None:
    for domain in re.findall(r"[\w.+-]+@((?:[\w-]+\.)+[a-z]+)", ALL):
        assert re.search(r"(^|\.)(example\.com|test|invalid)$", domain), domain
    assert not re.search(r"(?:^|[\s`(])/(?:root|home|work|tmp)/", ALL)


def test_every_fence_says_what_it_holds() -> None:
    for path, text in TEXTS.items():
        lines = text.split("\n")
        bare = [int(line) for line in re.findall(r'<pre data-line="(\d+)" data-lang="">', convert(text).html)]
        fences = [line + 1 for line in bare if lines[line].lstrip().startswith(("```", "~~~"))]
        assert not fences, f"{name_of(path)}:{fences[0]}: a fence without a language"


def test_the_changelog_has_the_version_that_the_program_has() -> None:
    from publisher import __version__

    assert f"## {__version__}" in TEXTS[ROOT / "CHANGELOG.md"]
    assert dt.date(2026, 1, 1) <= dt.date.fromisoformat(re.findall(r"\d{4}-\d\d-\d\d", TEXTS[ROOT / "CHANGELOG.md"])[0])


STEPS = re.findall(r"`(\w+)` \(\[[^\]]*\]\(([^)]+\.py)\)\)", (ROOT / "docs" / "house.md").read_text("utf-8"))


def test_the_five_flows_name_functions_that_are_in_the_files_they_link_to() -> None:
    assert len(STEPS) > 40
    for name, link in STEPS:
        source = (ROOT / "docs" / link).resolve().read_text("utf-8")
        assert re.search(
            rf"^\s*(?:async def|def|class) {name}\b|^    from \S+ import .*\b{name}\b", source, re.MULTILINE
        ), (name, link)


def test_every_file_that_the_house_names_is_there() -> None:
    text = (ROOT / "docs" / "house.md").read_text("utf-8")
    for words in re.findall(r"^\|(.*)\|$", text, re.MULTILINE):
        parts: list[str | Path] = [
            ""
        ]  # `publisher/render/preflight/words.py`, `mail.py`: what follows a file may lie beside it
        for name in re.findall(r"`([\w./-]+(?:\.py|/))`", words):
            beside = [ROOT / each / name for each in ("", "publisher", "subscribers", "subscribers/adapters", *parts)]
            found = [path for path in beside if path.exists()]
            assert found, f"docs/house.md names {name}, which is not there"
            parts += [found[0].relative_to(ROOT), found[0].relative_to(ROOT).parent]


def test_every_module_that_the_code_or_contributing_names_is_there() -> None:
    code = [
        path
        for root in ("publisher", "subscribers", "plaintext", "bench", "tools")
        for path in (ROOT / root).rglob("*.py")
    ]
    there = {path.name for path in (*code, *(ROOT / "tests").rglob("*.py"), *(ROOT / "docs").rglob("*.py"))}
    for path in (*code, ROOT / "CONTRIBUTING.md"):
        named = set(re.findall(r"(?<![\w*.])[a-z]\w*\.py\b", path.read_text("utf-8")))
        assert not named - there, f"{path.relative_to(ROOT)} names {named - there}, which is not there"


WORDS = re.findall(
    r"^\| ([a-z][\w -]*) \| ", (ROOT / "docs" / "house.md").read_text("utf-8").partition("## Words")[2], re.MULTILINE
)


def test_the_words_of_the_glossary_are_those_of_the_code() -> None:
    code_words = " ".join(
        path.read_text("utf-8").lower() for root in ("publisher", "subscribers") for path in (ROOT / root).rglob("*.py")
    )
    for word in WORDS[1:]:
        bare = re.sub("^(a|to|the) ", "", word)
        assert re.search(re.sub("[- ]", "[-_ ]?", bare), code_words), word


GONE = (
    "Shelf", "Library", "Postbox", "Letterhead", "Album", "Roster", "Office", "Dossier", "Desk", "Door", "Shell", "Manners",
    "Gauge", "Carrier", "Seat", "MendableError", "StoreUnavailable", "mend", "nothing to mend", "Kind", "Wish", "Fill",
    "Letter", "barred", "slot", "room", "rooms", "door", "doors", "floor", "floors", "whence", "lately", "enlist",
)  # fmt: skip


def test_words_that_were_given_up_are_neither_in_the_code_nor_in_the_documents_any_more() -> None:
    texts = {path: text for path, text in TEXTS.items() if path.name != "CHANGELOG.md"}  # which tells of old names
    for root in ("publisher", "subscribers", "plaintext", "templates"):
        for path in (ROOT / root).rglob("*"):
            if path.name == "stop_words.py":  # words of other languages
                continue
            if path.suffix in (".py", ".html", ".mjml", ".txt") and "versions" not in path.parts:
                texts[path] = path.read_text("utf-8")
    for path, text in texts.items():
        found = [word for word in GONE if re.search(rf"\b{word}\b", text)]
        assert not found, (path, found)
