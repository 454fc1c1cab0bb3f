"""Pictures that lie beside the issues of a foreign archive: found inside its folder, and copied below content/."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from publisher.adapters.files import MAX_PICTURE, Folder
from publisher.content.archived_addresses import FindPicture, Unusable
from publisher.content.links import Links
from publisher.content.markdown import parse
from publisher.errors import ContentError, Severity
from publisher.inside import is_inside, read_inside
from publisher.render.pictures import Images

BESIDE_ISSUES = "img"
"""The folder below content/issues/ that they are copied to."""

_SHOWN = re.compile(rf"\]\(({BESIDE_ISSUES}/[^()\s]+)\)")


class ArchivePictures:
    """The pictures of an archive by the name that they get here; nothing is copied before `copy`."""

    def __init__(self, folder: Path, store: Folder, origin: str | None) -> None:
        self._folder = folder
        self._store = store
        self._origin = urlsplit(origin or "")
        self._sources: dict[str, Path] = {}

    def of(self, issue: Path) -> FindPicture:
        """Return what finds the pictures of one file, by the addresses in it."""
        return lambda address: self._find(address, issue)

    def fetch(self, path: Path) -> bytes | None:
        """Return a picture below content/, copied or not yet."""
        source = self._sources.get(path.relative_to("issues").as_posix()) if path.parts[:1] == ("issues",) else None
        return self._read(source) if source else self._store.picture(path)

    def copy(self, text: str) -> None:
        """Copy each picture that an issue's text names."""
        for name in dict.fromkeys(_SHOWN.findall(text)):
            if name in self._sources:
                self._store.write_picture(Path("issues") / name, self._read(self._sources[name]))

    def _find(self, address: str, issue: Path) -> str | Unusable | None:
        """Return a picture's name beside our issues. An address from the root of the old site begins at the folder."""
        try:
            parts = urlsplit(address)
            if parts.netloc and (parts.scheme, parts.netloc) != (self._origin.scheme, self._origin.netloc):
                return None
            path = unquote(parts.path)
            source = (self._folder if path.startswith("/") else issue.parent) / path.lstrip("/")
            if not path or (not source.is_symlink() and not source.exists()):
                return None
            if not is_inside(self._folder, source):
                return Unusable("it is outside of the folder", "put a copy of the file beside the issues")
            return self._named(source)
        except (OSError, ValueError):  # too long a name, a NUL in it, symbolic links in a circle
            return None
        except ContentError as error:
            return Unusable(error.problems[0].what, error.problems[0].fix)

    def _named(self, source: Path) -> str | Unusable:
        data = self._read(source)
        shown = parse("![x](x)", path=Path("x"), line=1, links=Links.none())
        found = Images(lambda _: data).illustrate(shown, Path("x"))
        wrong = [problem for problem in found if problem.severity is Severity.ERROR]
        if wrong:
            return Unusable(re.sub(r"^the image 'x' ", "it ", wrong[0].what), wrong[0].fix)
        stem = re.sub(r"[^a-z0-9]+", "-", source.stem.lower()).strip("-")[:60] or "picture"
        for name in (stem, f"{stem}-{hashlib.sha256(data).hexdigest()[:16]}"):
            place = f"{BESIDE_ISSUES}/{name}{source.suffix.lower()}"
            present = self.fetch(Path("issues") / place)
            if present is None or present == data:
                self._sources.setdefault(place, source)
                return place
        raise AssertionError("unreachable: the second name is that of these bytes")

    def _read(self, source: Path) -> bytes:
        return read_inside(self._folder, source, shown=source, most=MAX_PICTURE)
