"""What a backup says of itself: its `manifest.json` (pure).

A backup is a set of files, packed (`pressroom backup`) or in a folder (`pressroom export`): the manifest, each table as
JSON lines in `tables/`, and the publication's `content/` and `templates/`. It holds no secrets.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from plaintext import printable
from publisher.errors import DamagedBackup
from subscribers.database import KINDS, WholeTable

MANIFEST: Final = "manifest.json"
TREES: Final = ("content", "templates")
"""The folders of a publication that editors write in."""
MOST_MANIFEST: Final = 64_000_000
"""Bytes; some hundred for each file of content."""
MOST_FILES: Final = 200_000

_FIRST: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""No machine's clock is before that."""

_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, hide_input_in_errors=True)


class FileEntry(_Part):
    """One file: its size in bytes, and its SHA-256."""

    size: int = Field(ge=0)
    sha256: _Digest


class TableEntry(_Part):
    """One table: what its columns hold, how many rows it has, and their digest whatever their order.

    `last_id` is the last id that was given to a row, if the database remembers it.
    """

    name: _Name
    columns: dict[_Name, str]
    key: list[_Name]
    rows: int = Field(ge=0)
    digest: _Digest
    last_id: int | None = Field(None, ge=0, lt=1 << 63)

    @model_validator(mode="after")
    def _known(self) -> TableEntry:
        if not set(self.columns.values()) <= KINDS or not set(self.key) <= self.columns.keys():
            raise ValueError("columns of an unknown kind")
        return self

    @property
    def table(self) -> WholeTable:
        return WholeTable(self.name, self.columns, tuple(self.key))

    @property
    def file(self) -> str:
        return table_file(self.name)


class Manifest(_Part):
    """Everything that a backup says of itself. `keys` are fingerprints of the secret keys whose links work with it."""

    format: Literal[1]
    pressroom: str
    made: Annotated[AwareDatetime, Field(strict=False, ge=_FIRST)]
    revisions: list[_Name]
    keys: list[str]
    settings: dict[str, str]
    secrets: list[str]
    """The names of the settings that are secret and were set."""
    tables: list[TableEntry]
    files: dict[str, FileEntry] = Field(max_length=MOST_FILES)

    @model_validator(mode="after")
    def _whole(self) -> Manifest:
        names = {table.file for table in self.tables}
        if len(names) != len(self.tables) or not names <= self.files.keys():
            raise ValueError("a table without its file")
        for name in self.files.keys() - names:
            if not is_content(name):
                raise ValueError(f"a file that does not belong into a publication: {name[:80]!r}")
        folders = {parent.as_posix() for name in self.files for parent in PurePosixPath(name).parents}
        if both := folders & self.files.keys():
            raise ValueError(f"a file that is a folder, too: {min(both)[:80]!r}")
        return self

    @property
    def content(self) -> Mapping[str, FileEntry]:
        """The files of the publication's folders."""
        return {name: entry for name, entry in self.files.items() if is_content(name)}

    @property
    def size(self) -> int:
        return sum(entry.size for entry in self.files.values())


def table_file(name: str) -> str:
    return f"tables/{name}.jsonl"


def is_content(name: str) -> bool:
    """Return whether a name is that of a file in one of the publication's folders, and leads nowhere else.

    Hidden files are none: a folder `.git` from a stranger may hold programs that git would run.
    """
    parts = name.split("/")
    safe = printable(name) == name and "\\" not in name and all(part and not part.startswith(".") for part in parts)
    return safe and len(parts) > 1 and parts[0] in TREES and str(PurePosixPath(name)) == name


def read_manifest(data: bytes, shown: object) -> Manifest:
    """Read a manifest. Raises DamagedBackup."""
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        (first, *_) = error.errors()
        where = ".".join(map(str, first["loc"]))[:80]
        what = first["msg"].removeprefix("Value error, ")
        if where == "format":
            raise DamagedBackup(f"{shown} was made by a newer release; install that one") from None
        raise DamagedBackup(
            f"{shown} is not a whole backup: its {MANIFEST} is wrong ({f'{where}: ' if where else ''}{what}); use another"
        ) from None


def fingerprints(secrets: Iterable[str]) -> list[str]:
    """Return what tells secret keys apart without revealing them."""
    return [hmac.new(key.encode(), b"pressroom backup", hashlib.sha256).hexdigest()[:16] for key in secrets]
