"""The Jinja environment for mail, pages and emails. Templates run in a sandbox: they can only show what they are given."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import os
import re
import threading
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path, PurePath
from typing import Any, Final

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    nodes,
)
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.loaders import split_template_path
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel

from publisher.content.characters import not_utf8
from publisher.content.conflicts import conflicts
from publisher.errors import ContentError, Problem
from publisher.inside import read_inside
from publisher.isolation import TooCostlyError, isolated
from publisher.render.spoken import decides_language, gettext, install, spoken
from publisher.render.template_limits import COUNTED, count_loops, counted, limited, spend, written

MAX_TEMPLATE: Final = 1_000_000
"""Bytes of one template."""

MOST_PRODUCT: Final = 1_000_000
"""A factor, and characters or items of a text or list that is repeated."""

MOST_POWER: Final = 10

_SLOTS: Final = re.compile(r"(?<=\{[{%])[^{}]*\bslots\.")
_OLD_NAME: Final = "'slots' is undefined"
"""What Jinja says of a template of release 0.1, which called merge fields slots."""

_OF_LOOP: Final = "_loop_vars"
_OF_BLOCK: Final = "_block_vars"
"""How Jinja hands the variables of a loop and a block to what a template calls."""

_PLAIN: Final = (str, bytes, int, float, dt.date, dt.time, dt.timedelta, Collection, Enum)
_OF_PATHS: Final = ("name", "stem", "suffix", "parts", "as_posix")


def environment(*folders: Path) -> Environment:
    """Return an environment over `folders`; of files with the same name, the first folder's is used.

    Names are relative to a folder: `email/issue.mjml`, `web/base.html`. A variable that is not there is an error
    (jinja2.UndefinedError), never an empty string. Everything but `.txt` and `.css` is escaped.
    """
    made = _Sandbox(
        loader=_FolderLoader([str(folder) for folder in folders]),
        undefined=StrictUndefined,
        autoescape=_escapes,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        optimized=False,
    )
    install(made)
    return made


class _Generator(CodeGenerator):
    """Leaves all work to rendering. Jinja works out what is constant while it compiles: {{ "a" * 9999999999 }}."""

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with a list of what templates may access instead of what they may not.

    Jinja's own rules would let a template call Path.read_text(), or pydantic's parse_raw(), which can unpickle.
    """

    code_generator_class = _Generator
    concat = staticmethod(written)
    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._decided: dict[tuple[type, str], bool] = {}
        self.filters[COUNTED] = counted

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return count_loops(super()._parse(source, name, filename))

    def call(self, context: Context, called: Any, /, *args: Any, **named: Any) -> Any:
        """Call what a template calls, such as a macro, which may call itself."""
        spend()
        if called is gettext and not (decides_language(named.get(_OF_LOOP)) or decides_language(named.get(_OF_BLOCK))):
            named.pop(_OF_LOOP, None)
            named.pop(_OF_BLOCK, None)
            return gettext(context, *args, **named)  # Jinja copies all variables for each of a page's dozens of phrases
        return super().call(context, called, *args, **named)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Refuse what would take all memory: powers and products without a bound."""
        factors = [len(side) if isinstance(side, Sized) else abs(side) for side in (left, right)]
        if (operator == "**" and factors[1] > MOST_POWER) or max(factors, default=0) > MOST_PRODUCT or (
            any(isinstance(side, Sized) for side in (left, right)) and factors[0] * factors[1] > MOST_PRODUCT
        ):  # fmt: skip
            raise SecurityError(f"the result of {operator} is too large")
        return super().call_binop(context, operator, left, right)

    def getattr(self, obj: object, attribute: str) -> Any:
        """Return an attribute as Jinja's sandbox does; that of a known type, unless it can be called, in one step."""
        if self._decided.get((type(obj), attribute)):
            value = getattr(obj, attribute, None)
            if value is not None and not callable(value):
                return value
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        # An object's type decides, because a page asks hundreds of times.
        key = (type(obj), attr)
        decided = self._decided.get(key)
        if decided is None:
            decided = self._decided[key] = self._decide(obj, attr, value)
        return decided

    def _decide(self, obj: object, attr: str, value: object) -> bool:
        if not super().is_safe_attribute(obj, attr, value):
            return False
        if isinstance(obj, PurePath):
            return attr in _OF_PATHS
        if isinstance(obj, BaseModel):
            return not hasattr(BaseModel, attr)
        if isinstance(obj, type):
            return False
        ours = dataclasses.is_dataclass(obj) or type(obj).__module__.partition(".")[0] == "jinja2"
        return ours or isinstance(obj, _PLAIN)


class _FolderLoader(FileSystemLoader):
    """Templates as they were at one reading, so that an act renders everything with the same ones.

    No link out of the folder is followed.
    """

    def __init__(self, folders: Sequence[str]) -> None:
        super().__init__(folders)
        self._sources = {name: self._read(name) for name in self.list_templates()}
        found = repr(
            [(name, source if isinstance(source, tuple) else str(source)) for name, source in self._sources.items()]
        )
        self.digest = hashlib.sha256(found.encode("utf-8", "surrogateescape")).hexdigest()

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:  # noqa: ARG002  # the name is Jinja's
        found = self._sources[template] if template in self._sources else self._read(template)
        if isinstance(found, ContentError):
            raise found
        return *found, lambda: True

    def _read(self, template: str) -> tuple[str, str] | ContentError:
        """Return a template's text and path, or why it cannot be read: whoever uses it raises that."""
        for folder in map(Path, self.searchpath):
            path = folder.joinpath(*split_template_path(template))
            if os.path.lexists(path):
                shown = Path("templates") / template
                try:
                    return _decoded(read_inside(folder, path, shown=shown, most=MAX_TEMPLATE), shown), str(path)
                except ContentError as error:
                    return error
        raise TemplateNotFound(template)


def digest_of(templates: Environment) -> str:
    """Return the digest of all templates, which changes when any of them does."""
    assert isinstance(templates.loader, _FolderLoader)
    return templates.loader.digest


def has_own(templates: Environment, beginning: str) -> bool:
    """Say whether a template whose name begins so is the publication's own, not the shipped one."""
    assert isinstance(templates.loader, _FolderLoader)
    own = templates.loader.searchpath[:-1]
    return any(
        (Path(folder) / name).is_file()
        for folder in own
        for name in templates.list_templates()
        if name.startswith(beginning)
    )


def names_in(templates: Environment) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the publication's own templates, and those of the shipped ones."""
    assert isinstance(templates.loader, _FolderLoader)
    *own, shipped = (frozenset(FileSystemLoader(folder).list_templates()) for folder in templates.loader.searchpath)
    return frozenset().union(*own), shipped


def source_of(templates: Environment, name: str) -> str:
    """Return a template's text, empty when there is none. Raises ContentError when it cannot be read."""
    assert templates.loader
    try:
        return templates.loader.get_source(templates, name)[0]
    except TemplateNotFound:
        return ""


def _decoded(data: bytes, shown: Path) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ContentError([not_utf8(shown, data, error)]) from None
    if conflicting := list(conflicts(text, shown)):
        raise ContentError(conflicting)
    return text


def expand(templates: Environment, name: str, context: Mapping[str, object]) -> str:
    """Return a template filled in. Raises ContentError that names the template's line."""
    try:
        template = templates.get_template(name)
        with limited():
            return template.render(spoken(context))
    except ContentError:
        raise
    except TemplateSyntaxError as error:
        raise ContentError([_broken(error.name or name, error.lineno, error.message or "")]) from error
    except TemplateNotFound as error:
        raise ContentError([_broken(name, None, f"there is no template {error.name!r}")]) from error
    except Exception as error:  # a template can divide by zero, or fail in any other way that Python can
        frames = [
            f
            for f in traceback.extract_tb(error.__traceback__)
            if "/templates/" in f.filename or f.filename.endswith(name)
        ]
        file, line = (frames[-1].filename, frames[-1].lineno) if frames else (name, None)
        shown = "/".join(Path(file).parts[-2:])
        raise ContentError([_broken(shown, line, str(error))]) from error


@contextmanager
def compiled_meanwhile(templates: Environment, *names: str) -> Iterator[None]:
    """Compile templates in another thread, while this one waits for workers. What is wrong with one is said when it is used."""

    def work() -> None:
        for name in names:
            with suppress(Exception):
                templates.get_template(name)

    thread = threading.Thread(target=work, name="templates")
    thread.start()
    try:
        yield
    finally:
        thread.join()


def check_templates(templates: Environment) -> tuple[Problem, ...]:
    """Report every template that cannot be read or has wrong syntax."""
    found: list[Problem] = []
    for name in templates.list_templates():
        if name.startswith(("email/", "web/", "desk/")) and not name.endswith(".png"):
            try:
                _look_at(templates, name)
            except TooCostlyError as error:
                found.append(_broken(name, None, f"this template {error} to compile"))
            except ContentError as error:
                found.extend(error.problems)
    return tuple(found)


def _look_at(templates: Environment, name: str) -> None:
    """Read a template; a file that is copied as it is has no template syntax."""
    assert templates.loader
    source = templates.loader.get_source(templates, name)[0]
    if not name.endswith((".css", ".svg")):
        if wrong := wrong_syntax(name, source):
            raise ContentError([_broken(name, *wrong)])
        if old := _SLOTS.search(source):
            raise ContentError([_broken(name, source.count("\n", 0, old.start()) + 1, _OLD_NAME)])


@isolated(keep=True)
def wrong_syntax(name: str, source: str) -> tuple[int | None, str] | None:
    """Return the line and the words of what Jinja does not take. The sandbox has no limit of time."""
    try:
        environment().compile(source, name=name)
    except TemplateSyntaxError as error:
        return error.lineno, error.message or ""
    except SyntaxError as error:  # of the Python that Jinja wrote: too many loops in one another
        return None, error.msg
    return None


def _broken(name: str, line: int | None, what: str) -> Problem:
    fix = "fix the template, or remove it to use the shipped one"
    if what == _OLD_NAME:
        fix = "write fields.greeting for slots.greeting, and so on: merge fields are called by their name now"
    return Problem(Path("templates") / name, line, what.rstrip("."), fix, rule="template")


def _escapes(name: str | None) -> bool:
    return name is None or not name.endswith((".txt", ".css"))
