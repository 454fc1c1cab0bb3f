"""No template and no module that writes to readers has words of its own: all of them are phrases."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

from publisher.draft.checks import CHECKS
from publisher.render.templates import environment

ROOT = Path(__file__).parents[2]
TEMPLATES = environment(ROOT / "templates")
TO_EDITORS = ("email/notice.", "email/proof.", "web/approve.", "web/approve_refused.", "local/")
NAMES = [
    name for name in TEMPLATES.list_templates() if name.endswith((".html", ".mjml", ".txt")) and not name.startswith(TO_EDITORS)
]  # fmt: skip
READ = ("aria-label", "title", "alt", "placeholder", "content")
SAID = ("_", "gettext", "ngettext")

MODULES = (
    "publisher/web/*.py", "publisher/render/*.py", "publisher/deliver/message*.py", "publisher/language.py", "publisher/assemble.py",
)  # fmt: skip
TO_EDITORS_ALONE = (
    "approving.py", "check*.py", "code.py", "convert.py", "diagram*.py", "formulas.py", "hooks.py", "image*.py", "mail_features.py", "pictures.py", "preflight.py", "previewing.py", "proof.py", "provider_reports.py", "rules*.py", "svg.py",
    "templates.py", "watching.py",
)  # fmt: skip
"""Modules whose words editors read: problems of their content, what they approve, previews, and what webhooks and monitors are told."""
TO_OTHERS = frozenset({
    "Problem", "UserError", "ConfigurationError", "ContentError", "Refused", "ValueError", "AssertionError", "html_answers",
    "form_body", "Field", "FastAPI", "compile", "info", "warning", "error", "debug", "exception", "_broken", "UnwritableError",
    "mailbox", "one_line", "_some",
})  # fmt: skip
"""Calls whose words are not for readers: errors for editors and logs, the description of the API, patterns."""


UNREAD = ("_SAMPLES", "_ANSWERS", "_ALWAYS", "PREFLIGHT", "EAST_ASIAN")
"""Constants for proofs, for the description of the API, for headers, and names of fonts."""
TO_PROGRAMS = ("the body", "the database does not answer", "ok", "not ready", *CHECKS)
"""Where a request to the API is wrong; what /healthz says; the names of checks, of which each has a phrase."""


def constants(node: nodes.Node) -> Iterator[str]:
    """Yield the texts that an expression may put out, but for those that are translated."""
    match node:
        case nodes.Const(value=str() as text):
            yield text
        case nodes.Call(node=nodes.Name(name=name)) if name in SAID:
            return
        case nodes.Compare() | nodes.Call() | nodes.Test() | nodes.Getitem() | nodes.Slice():
            return
        case nodes.Filter(node=inner):
            yield from constants(inner) if inner is not None else ()
        case nodes.CondExpr(expr1=one, expr2=other):
            yield from constants(one)
            yield from constants(other) if other is not None else ()
        case nodes.TemplateData():
            return
        case _:
            for child in node.iter_child_nodes():
                yield from constants(child)


class Literals(HTMLParser):
    """What a template says between its expressions, as text or in an attribute that people read."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._style = False
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._style = tag in ("style", "mj-style", "script")
        given = dict(attrs)
        if tag != "meta" or given.get("name") == "description":
            self.found += [value for name, value in attrs if name in READ and value]

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if not self._style:
            self.found.append(data)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_says_nothing_but_phrases(name: str) -> None:
    assert TEMPLATES.loader is not None
    source = TEMPLATES.loader.get_source(TEMPLATES, name)[0]
    tree = TEMPLATES.parse(source)
    data = "\N{REPLACEMENT CHARACTER}".join(
        re.sub(r"^Subject: ", "", node.data, flags=re.MULTILINE) for node in tree.find_all(nodes.TemplateData)
    )
    # A macro may hold attributes only, which no parser takes for such.
    attributes = r'\b(?:autofocus|aria-(?:invalid|describedby)="[^"]*")'
    found = [data] if name.endswith(".txt") else Literals(re.sub(attributes, "", data)).found
    for output in tree.find_all((nodes.Output, nodes.Assign)):
        found += constants(output)
    words = [text for text in found if re.search(r"[A-Za-z]{2}", text) and not looks_like_code(text)]
    assert words == []


def looks_like_code(text: str) -> bool:
    """Say whether a text is an address, a style or an identifier, not words."""
    return bool(re.fullmatch(r"[a-z0-9_./:;#%-]*|[\w./-]*", text.strip()))


def modules() -> list[Path]:
    found = {path for pattern in MODULES for path in ROOT.glob(pattern)}
    return sorted(path for path in found if not any(path.match(pattern) for pattern in TO_EDITORS_ALONE))


@pytest.mark.parametrize("path", modules(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_module_says_nothing_to_readers_but_phrases(path: Path) -> None:
    tree = ast.parse(path.read_text())
    ignored = {id(node) for node in unsaid(tree)}
    words = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in ignored and node.value not in TO_PROGRAMS and sentence(node.value)
    ]  # fmt: skip
    assert words == []


def sentence(text: str) -> bool:
    """Say whether a text is words: at least two of them, and neither markup, nor a style, nor two names of classes."""
    if re.fullmatch("[a-z]+ [a-z]+", text) or re.search(r"[<>{};=|\\]|https?:|: |monospace|px |^\W*$|-", text):
        return False
    return bool(re.search(r"[A-Za-z’']{2,}[,.:;]? [A-Za-z’']{2,}", text))


def unsaid(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what readers do not see: documentation, phrases, errors for editors, logs, types."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant()):
                yield from ast.walk(node)
            case ast.Call(func=ast.Name(id="Phrase")) | ast.Raise() | ast.Assert():
                yield from ast.walk(node)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)) if name in UNREAD:
                yield from ast.walk(node)
            case ast.keyword(arg="responses" | "description") | ast.FunctionDef(name="html_answers" | "form_body"):
                yield from ast.walk(node)
            case ast.FunctionDef(returns=ast.Name(id="Problem")):
                yield from ast.walk(node)
            case ast.ClassDef(bases=[ast.Name(id="Enum")]):
                yield from ast.walk(node)
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in TO_OTHERS:
                yield from ast.walk(node)
