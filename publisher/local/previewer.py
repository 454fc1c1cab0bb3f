"""Issues and pieces as they are in content/ now, and the last good rendering of each.

Nothing is written to content/ or to a database, no model is asked, and no link is fetched.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from publisher import check as rules
from publisher import pipeline, timetable
from publisher.act import Act
from publisher.app import App
from publisher.content.unread import is_read
from publisher.content.used import Uses
from publisher.errors import ContentError, PressroomError, Problem, Severity
from publisher.numbers import file_of, in_order, number_of
from publisher.pipeline import Proof
from publisher.render.templates import digest_of

QUIET = 0.4
"""Seconds without a change after which all files are checked: that takes longer than rendering what is being written."""
MOST_KEPT = 20
"""Renderings that are kept, some megabytes each."""


@dataclass(frozen=True, slots=True)
class Item:
    """An issue or a correction (`name` is its number) or a piece (its path below content/)."""

    kind: Literal["issues", "pieces"]
    name: str

    @property
    def path(self) -> str:
        """The path of its page, without a leading slash."""
        return f"{self.kind}/{quote(self.name, errors='replace')}"

    @property
    def file(self) -> Path:
        return Path("content") / (file_of(int(self.name)) if self.kind == "issues" else self.name)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list: `about` says where the issue or piece stands, `over` that it went out or was used.

    `item` is None for a file that cannot be shown, because its name does not say which issue it is.
    """

    item: Item | None
    title: str
    about: str
    section: str = ""
    over: bool = False


@dataclass(frozen=True, slots=True)
class Rendering:
    """One rendering; `at` is when it was made, `act` what it was made from, `version` changes with what there is to see."""

    act: Act = field(repr=False)
    made: Proof
    at: dt.datetime
    version: str

    @classmethod
    def of(cls, act: Act, made: Proof) -> Rendering:
        seen = "\0".join((made.rendered.html, made.rendered.web, *map(str, made.findings), digest_of(act.templates)))
        return cls(act, made, act.clock.now(), hashlib.sha256(seen.encode("utf-8", "replace")).hexdigest()[:16])


@dataclass(frozen=True, slots=True)
class Look:
    """What there is to see of an item.

    `rendering` is the last good one, None if there never was one. It is stale while `errors` (or `trouble`, in words)
    keep a newer one from being made. `findings` concern the item, `elsewhere` all other files; `checked` says whether
    all files have been checked since the last change.
    """

    rendering: Rendering | None
    errors: tuple[Problem, ...] = ()
    trouble: str = ""
    findings: tuple[Problem, ...] = ()
    elsewhere: tuple[Problem, ...] = ()
    checked: bool = False

    @property
    def stale(self) -> bool:
        return bool(self.errors or self.trouble)


class Previewer:
    """Reads content when it is told that it changed, and renders what somebody looks at. Threads may share it."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._act: Act | None = None
        self._errors: tuple[Problem, ...] = ()
        self._trouble = ""
        self._kept: dict[Item, Rendering] = {}
        self._checked: tuple[str, tuple[Problem, ...]] = ("", ())
        self.read()

    @property
    def act(self) -> Act | None:
        """The newest act whose content could be read."""
        return self._act

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Why content cannot be read just now; empty if it can."""
        return self._errors

    @property
    def trouble(self) -> str:
        """The same, in words, where no file is at fault."""
        return self._trouble

    def read(self) -> bool:
        """Read content and templates as they are now, and say whether anything is different."""
        before = (self._act and self._act.made_from, self._errors, self._trouble)
        try:
            act = self._app.act()
            act.made_from  # noqa: B018  # reads content and templates
        except ContentError as error:
            self._errors, self._trouble = error.problems, ""
        except (PressroomError, OSError) as error:
            self._errors, self._trouble = (), f"{error}"
        else:
            self._act, self._errors, self._trouble = act, (), ""
        return before != (self._act and self._act.made_from, self._errors, self._trouble)

    def check(self) -> bool:
        """Check all files, which may take some seconds; say whether that found anything new."""
        act, before = self._act, self._checked
        if act is None or before[0] == act.made_from:
            return False
        week = timetable.current_week(act.publication.schedule, act.clock.now())
        try:
            found = rules.check(act.content, act.templates, week)
        except ContentError as error:
            found = error.problems
        except PressroomError:  # it is said where it keeps something from being rendered
            found = ()
        self._checked = (act.made_from, found)
        return True

    def look(self, item: Item) -> Look:
        """Return an item as it is now, or as it was when it could last be rendered."""
        with self._lock:
            act, errors, trouble = self._act, self._errors, self._trouble
            if act is not None and not (errors or trouble):
                try:
                    self._render(act, item)
                except ContentError as error:
                    errors = error.problems
                except (PressroomError, OSError) as error:
                    trouble = f"{error}"
            rendering = self._kept.get(item)
        made_from, found = self._checked
        own = self._own_files(item, rendering)
        findings = list(rendering.made.findings) if rendering else []
        findings = [*findings, *(problem for problem in found if problem.path in own)]
        elsewhere = (problem for problem in found if problem.path not in own)
        newest = bool(act and act.made_from == made_from)
        return Look(
            rendering,
            errors,
            trouble,
            _sorted(one for one in findings if one not in errors),
            _sorted(one for one in elsewhere if one not in errors),
            newest,
        )

    def _render(self, act: Act, item: Item) -> None:
        kept = self._kept.get(item)
        if kept is None or kept.act.made_from != act.made_from:
            made = pipeline.proof(act, int(item.name)) if item.kind == "issues" else pipeline.alone(act, item.name)
            kept = Rendering.of(act, made)
        self._kept.pop(item, None)  # it was looked at last, so it goes to the end
        self._kept[item] = kept
        for oldest in list(self._kept)[:-MOST_KEPT]:
            del self._kept[oldest]

    def _own_files(self, item: Item, rendering: Rendering | None) -> set[Path]:
        """Return the files that an item is made of: of an issue that is not out, its pieces, too."""
        own = {item.file}
        if item.kind == "issues" and rendering and not rendering.made.issue.published:
            own |= {Path("content") / piece for piece in rendering.made.issue.pieces.values()}
        return own

    def issues(self) -> list[Entry]:
        """Return all issues, the newest first, and those that cannot be read before them."""
        if self._act is None:
            return []
        content = self._act.content
        found = [
            Entry(
                Item("issues", str(issue.number)), issue.title,
                f"{issue.week} · {f'out since {issue.published}' if issue.published else 'not out yet'}",
                over=issue.published is not None,
            )
            for issue in sorted((*content.issues, *content.corrections), key=lambda one: in_order(one.number), reverse=True)
        ]  # fmt: skip
        known = {entry.item.file for entry in found if entry.item}
        folders = (Path("content/issues"), Path("content/corrections"))
        broken = {one.path for one in content.problems if one.path.parent in folders and is_read(one.path)} - known
        return [_unreadable(path) for path in sorted(broken)] + found

    def pieces(self) -> list[Entry]:
        """Return all pieces by section: those that wait first, then those that issues took."""
        if self._act is None:
            return []
        content, uses, found = self._act.content, Uses(self._act.content.issues), list[Entry]()
        for plan in content.publication.sections:
            folder = Path("content") / plan.folder
            for path in sorted({one.path for one in content.problems if one.path.parent == folder}):
                item = Item("pieces", path.relative_to("content").as_posix())
                found.append(Entry(item, path.as_posix(), "cannot be read", plan.label))
            own = [(piece, uses.of(piece)) for piece in content.pieces if piece.section == plan.id]
            for piece, took in sorted(own, key=lambda one: (bool(one[1]), -one[0].added.toordinal(), one[0].slug)):
                about = f"{piece.status} · in issue {took[-1].issue.number}" if took else f"{piece.status}"
                about += f" · pinned to {piece.week}" if piece.week and not took else ""
                found.append(Entry(Item("pieces", piece.reference), piece.title, about, plan.label, bool(took)))
        return found


def _unreadable(path: Path) -> Entry:
    number = number_of(path.relative_to("content").as_posix())
    return Entry(Item("issues", str(number)) if number else None, path.as_posix(), "cannot be read")


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return each problem once, errors first, in the order of files and lines."""
    unique = dict.fromkeys(problems)
    return tuple(
        sorted(unique, key=lambda one: (one.severity is not Severity.ERROR, one.path.as_posix(), one.line or 0))
    )
