"""The ContentStore port over a folder: content/ is read as a whole, and issues are written whole or not at all."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from publisher.adapters.git.written import writing
from publisher.adapters.publication_file import line_of, parse_publication, read_text
from publisher.content.correction_file import read_correction
from publisher.content.frontmatter import MAX_FILE, legible, with_line
from publisher.content.issue_file import read_issue
from publisher.content.learning_paths import read_path
from publisher.content.pieces import read_page, read_piece
from publisher.content.unread import is_read, unread
from publisher.errors import ContentError, Problem, Refused
from publisher.examples import examples_in
from publisher.inside import is_inside, leads_out, read_inside, unreadable
from publisher.issue import Piece
from publisher.numbers import file_of
from publisher.ports import Content, Convert, Text
from publisher.publication import Publication

MAX_PICTURE = 5_000_000
"""Bytes of one image below content/."""

Noun = TypeVar("Noun")


class Folder:
    """A publication's folder, which holds content/. A file that did not change since the last reading is not parsed again."""

    def __init__(self, root: Path, base_url: str | None = None, convert: Convert | None = None) -> None:
        self.root = root
        self.content = root / "content"
        self._base_url, self._convert = base_url, convert
        self._parsed: dict[tuple[str, Path], _Parsed] = {}

    def read(self) -> Content:
        """Read all of content/. Raises ContentError when publication.toml itself cannot be used."""
        if self.content.is_symlink() and not is_inside(self.root, self.content):
            raise ContentError([leads_out(self._shown(self.content))])
        text, publication = self._publication()
        reading = _Reading(self._parsed, repr(publication))
        pieces = [
            piece
            for plan in publication.sections
            for piece in self._each(reading, plan.folder, functools.partial(read_piece, plan=plan), repr(plan))
        ]
        issues = sorted(self._each(reading, "issues", read_issue), key=lambda issue: issue.number)
        corrections = sorted(self._each(reading, "corrections", read_correction), key=lambda one: one.number)
        paths = list(self._each(reading, "paths", read_path))
        pages = list(self._each(reading, "pages", read_page))
        self._parsed = reading.parsed
        declared = {"welcome.issues": line_of(text, "welcome", "issues")} if publication.welcome.issues else {}
        declared |= {key: line_of(text, key) for key in ("base_url", "permanent_url")}
        declared |= {"language": line_of(text, "language"), "list_id": line_of(text, "list_id")}
        declared |= {f"schedule.{key}": line_of(text, "schedule", key) for key in ("assemble", "send")}
        declared |= {f"words.{phrase}": line_of(text, "words", phrase) for phrase in publication.words}
        declared |= {example.name: line_of(text, *example.key) for example in examples_in(publication)}
        above = len(str(self.content)) - len("content")
        found = (path for path in self.content.rglob("*") if str(path)[above:] not in reading.stamps)
        there = sorted(found, key=lambda path: path.parts)  # as paths sort themselves, but sooner
        reading.stamps |= self._others(there)
        reading.problems += unread(map(self._shown, there), [plan.folder for plan in publication.sections])
        return Content(
            publication, tuple(pieces), tuple(issues), tuple(paths), tuple(pages), tuple(reading.problems),
            tuple(reading.unread), declared, functools.cache(self.picture), reading.stamps, _hash(reading.stamps),
            self._convert, tuple(corrections),
        )  # fmt: skip

    def _publication(self) -> tuple[str, Publication]:
        """Return publication.toml as text, and what it and the environment say. Raises ContentError."""
        shown = Path("content/publication.toml")
        text = read_text(self.content / "publication.toml", shown)
        publication = parse_publication(text, shown)
        if self._base_url:
            publication = publication.model_copy(update={"base_url": self._base_url})
        return text, publication

    def _others(self, there: Iterable[Path]) -> dict[str, str]:
        """Return a stamp of each other file there that changes when the file does: its size and times.

        Of a symbolic link it is that of the file behind it, too.
        """
        stamps = {}
        for path in there:
            if path.suffix in (".md", ".toml"):
                continue
            with contextlib.suppress(OSError):
                about = path.lstat()
                if not stat.S_ISDIR(about.st_mode):
                    behind = [path.stat()] if stat.S_ISLNK(about.st_mode) else []
                    stamps[self._shown(path).as_posix()] = " ".join(map(_stamp, (about, *behind)))
        return stamps

    def picture(self, path: Path) -> bytes | None:
        """Return an image's bytes; `path` is relative to content/. None when it is missing or outside."""
        target, shown = self.content / path, Path("content") / path
        try:
            if not is_inside(self.content, target) or not target.is_file():
                return None
        except (OSError, ValueError):  # too long a name, a NUL in it, symbolic links in a circle
            return None
        if target.stat().st_size > MAX_PICTURE:
            fix = "make it smaller: readers load it on a phone"
            raise ContentError([Problem(shown, None, f"the image has more than {MAX_PICTURE:,} bytes", fix)])
        return read_inside(self.content, target, shown=shown, most=MAX_PICTURE)

    def write_picture(self, path: Path, data: bytes) -> None:
        """Write an image whole or not at all; `path` is relative to content/. Raises Refused when another is there."""
        target = self.content / path
        for folder in reversed(target.relative_to(self.root).parents[:-1]):
            (self.root / folder).mkdir(exist_ok=True)
            if not is_inside(self.content, self.root / folder):
                raise ContentError([leads_out(folder)])
        present = self.picture(path)
        if present is None and not target.is_symlink():
            replace_file(target, data)
        elif present != data:
            raise Refused(f"{self._shown(target)} is another file; move it away and run the command again")

    def issue_path(self, number: int) -> Path:
        return self.content / file_of(number)

    def write_issue(self, content: Content, number: int, text: str, *, expected: bytes | None) -> Content:
        """Write an issue's file whole or not at all. Raises Refused when it is not what the caller expects."""
        path = self.issue_path(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not is_inside(self.content, path.parent):
            raise ContentError([leads_out(self._shown(path.parent))])
        data = text.encode()
        with self._writing(content) as note:
            present = path.read_bytes() if path.exists() else None
            if present != expected:
                raise Refused(f"{self._shown(path)} was changed by someone else just now; run the command again")
            note(self._shown(path))
            replace_file(path, data)
        return _with_issue(content, self._shown(path), data)

    def template(self, path: Path) -> bytes | None:
        """Return a file that new pieces are copies of, None when there is none; `path` begins with content/."""
        if not (self.root / path).exists():
            return None
        return read_inside(self.content, self.root / path, shown=path, most=MAX_FILE)

    def write_piece(self, path: Path, text: str) -> None:
        """Write a new piece; `path` begins with content/. Raises Refused when there is a file of that name."""
        target = self.root / path
        target.parent.mkdir(exist_ok=True)
        if not is_inside(self.content, target.parent):
            raise ContentError([leads_out(path.parent)])
        try:
            with target.open("x", encoding="utf-8", newline="") as file:
                file.write(text)
        except FileExistsError:
            raise Refused(f"{path} is there already; give the piece another title") from None

    def write_draft(self, content: Content, path: Path, text: str) -> Content:
        """Write a new piece whole or not at all, and let the service commit it. Raises Refused, ContentError."""
        target, data = self.root / path, text.encode()
        target.parent.mkdir(exist_ok=True)
        if not is_inside(self.content, target.parent):
            raise ContentError([leads_out(path.parent)])
        plan = next(plan for plan in content.publication.sections if plan.folder == path.parent.name)
        piece = read_piece(path, data, plan)
        with self._writing(content) as note:
            if os.path.lexists(target):
                raise Refused(f"{path} is there already")
            note(path)
            replace_file(target, data)
        stamps = {**content.stamps, path.as_posix(): _digest(data)}
        pieces = tuple(sorted((*content.pieces, piece), key=_order(content)))
        return dataclasses.replace(content, pieces=pieces, stamps=stamps, hash=_hash(stamps))

    def rewrite_piece(self, path: Path, text: str, *, expected: bytes) -> None:
        """Write a piece's file anew; `path` begins with content/. Raises Refused when it is not what the caller expects."""
        if self.template(path) != expected:
            raise Refused(f"{path} was changed by someone else just now; run the command again")
        replace_file(Path(os.path.realpath(self.root / path)), text.encode())

    def write_id(self, content: Content, piece: Piece) -> Content:
        """Write a piece's identity into its front matter, and nothing else into the file.

        Raises Refused when the file belongs to another user, was changed, or cannot take the line; ContentError; OSError.
        """
        with self._writing(content) as note:
            return self._write_id(content, piece, note)

    def _write_id(self, content: Content, piece: Piece, note: Callable[[Path], None]) -> Content:
        path = self.root / piece.path
        present = path.read_bytes()
        if _digest(present) != content.stamps[piece.path.as_posix()]:
            raise Refused(f"{piece.path} was changed by someone else just now")
        if path.stat().st_uid != os.geteuid():  # a file that is replaced would be ours from then on
            raise Refused(f"{piece.path} belongs to another user")
        data = with_line(present, f"id: {piece.identity}")
        plan = next(plan for plan in content.publication.sections if plan.id == piece.section)
        marked = read_piece(piece.path, data, plan)
        expected = dataclasses.replace(piece, id=piece.identity, line=piece.line + 1, answer_line=piece.answer_line + 1)
        if marked != expected:
            raise Refused(f"the front matter of {piece.path} cannot take another line at its end")
        note(piece.path)
        replace_file(Path(os.path.realpath(path)), data)
        stamps = {**content.stamps, piece.path.as_posix(): _digest(data)}
        pieces = tuple(marked if one.path == piece.path else one for one in content.pieces)
        return dataclasses.replace(content, pieces=pieces, stamps=stamps, hash=_hash(stamps))

    def back_up(self, number: int) -> Path:
        """Copy an issue's file beside it and return the copy's path below the publication."""
        path = self.issue_path(number)
        copies = (path.with_name(f"{path.name}.bak{suffix}") for suffix in ("", *map(str, range(2, 1000))))
        copy = next(candidate for candidate in copies if not candidate.exists())
        replace_file(copy, path.read_bytes())
        return self._shown(copy)

    def _writing(self, content: Content) -> AbstractContextManager[Callable[[Path], None]]:
        """Yield what notes that we write a file, where `pressroom run` commits that."""
        return writing(self.root) if content.publication.git else contextlib.nullcontext(lambda _path: None)

    def _shown(self, path: Path) -> Path:
        return path.relative_to(self.root)

    def _each(
        self, reading: _Reading, folder: str, parse: Callable[[Path, bytes], Noun], made_by: str = ""
    ) -> Iterator[Noun]:
        """Yield what each file of a folder holds; `made_by` stands for everything else that `parse` depends on."""
        for path in self._markdown(folder, reading.problems):
            shown = Path("content", folder, path.name)
            data = b""
            try:
                data = read_inside(self.content, path, shown=shown, most=MAX_FILE)
                yield reading.noun(shown, data, parse, made_by)
            except ContentError as error:
                reading.stamps.setdefault(shown.as_posix(), str(error))
                reading.problems.extend(error.problems)
                if text := legible(shown, data):
                    reading.unread.append(text)

    def _markdown(self, folder: str, problems: list[Problem]) -> list[Path]:
        listed = self.content / folder
        try:
            if not is_inside(self.content, listed):
                problems.append(leads_out(self._shown(listed)))
                return []
            found = [listed / name for name in sorted(os.listdir(listed))]  # noqa: PTH208  # paths take long to sort
        except FileNotFoundError:
            return []
        except OSError as error:  # an empty answer would pass for a folder in which nothing is ready
            problems.append(unreadable(self._shown(listed), error))
            return []
        return [path for path in found if is_read(path)]


class SettingsOnly(Folder):
    """The same, of which publication.toml alone is read: for whoever hands over what is frozen."""

    def read(self) -> Content:
        """Raises ContentError."""
        _, publication = self._publication()
        return Content(publication, (), (), (), (), ())


@dataclass(frozen=True, slots=True)
class _Parsed:
    """What a file held when it was last parsed."""

    data: bytes
    noun: object


class _Reading:
    """One reading under way: what it found, and what is unchanged since the last one."""

    def __init__(self, before: Mapping[tuple[str, Path], _Parsed], publication: str) -> None:
        self.problems: list[Problem] = []
        self.unread: list[Text] = []
        self.parsed: dict[tuple[str, Path], _Parsed] = {}
        self.stamps = {"publication.toml": _digest(publication.encode())}
        self._before = before

    def noun(self, shown: Path, data: bytes, parse: Callable[[Path, bytes], Noun], made_by: str) -> Noun:
        """Return what a file holds. Raises ContentError."""
        self.stamps[shown.as_posix()] = _digest(data)
        known = self._before.get((made_by, shown))
        if known is None or known.data != data:
            known = _Parsed(data, parse(shown, data))
        self.parsed[made_by, shown] = known
        return cast("Noun", known.noun)


def _order(content: Content) -> Callable[[Piece], tuple[int, str]]:
    """Return what sorts pieces as a reading has them: by the order of sections, then by name."""
    sections = [plan.id for plan in content.publication.sections]
    return lambda piece: (sections.index(piece.section), piece.path.name)


def _with_issue(content: Content, path: Path, data: bytes) -> Content:
    """Return a snapshot in which an issue's file holds `data`, without looking at any other file again."""
    issues = [issue for issue in content.issues if issue.path != path]
    corrections = [one for one in content.corrections if one.path != path]
    problems = [problem for problem in content.problems if problem.path != path]
    try:
        if path.parent.name == "corrections":
            corrections.append(read_correction(path, data))
        else:
            issues.append(read_issue(path, data))
    except ContentError as error:
        problems.extend(error.problems)
    stamps = {**content.stamps, path.as_posix(): _digest(data)}
    return dataclasses.replace(
        content,
        issues=tuple(sorted(issues, key=lambda issue: issue.number)),
        corrections=tuple(sorted(corrections, key=lambda one: one.number)),
        problems=tuple(problems),
        unread=tuple(text for text in content.unread if text.path != path),
        stamps=stamps,
        hash=_hash(stamps),
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _stamp(about: os.stat_result) -> str:
    return f"{about.st_ino} {about.st_size} {about.st_mtime_ns} {about.st_ctime_ns}"


def _hash(stamps: Mapping[str, str]) -> str:
    return _digest(repr(sorted(stamps.items())).encode("utf-8", "surrogateescape"))


def replace_file(path: Path, data: bytes, *, durable: bool = True, private: bool = False) -> None:
    """Write a file so that a crash leaves the old one or the new one, never half of it. An OSError names the file.

    `durable` waits until the disk has it; a file that can be made again need not wait. Only its owner can read a
    `private` file.
    """
    try:
        _replace(path, data, durable=durable, private=private)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _replace(path: Path, data: bytes, *, durable: bool, private: bool) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            if not private:  # as mkstemp has made it
                os.fchmod(handle, _mode(path))
            file.write(data)
            if durable:
                file.flush()
                os.fsync(handle)
        os.replace(name, path)  # noqa: PTH105  # a path costs as much as the call, and a site has thousands
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    """Return the permissions of the file that is there, or those of a new one."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0o644
