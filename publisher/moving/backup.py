"""Writes a backup while everything runs: `pressroom backup` packs it into one file, `pressroom export` into a folder.

All tables are read in one transaction, which sees one state of the database and holds up nobody: a reader's snapshot of
SQLite's write-ahead log, or PostgreSQL's REPEATABLE READ. Before it gets its name, the backup is read back and its rows
are put into a temporary database, so that one that could not be restored is never reported as made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from publisher import __version__
from publisher.adapters.database.migrations import MIGRATIONS
from publisher.adapters.git.written import still
from publisher.adapters.private_folder import private_folder
from publisher.app import App
from publisher.errors import ConfigurationError, OutsideError, PressroomError, Refused
from publisher.inside import is_inside
from publisher.moving.files import Writer, folder_writer, opened, zip_writer
from publisher.moving.manifest import MANIFEST, TREES, Manifest, TableEntry, fingerprints, is_content, table_file
from publisher.moving.tables import Tell, refuse_other_tables, whole_tables
from publisher.moving.unpack import unpacked
from publisher.settings import SECRETS
from subscribers.database import DatabaseError, Digest, WholeTable, count_rows, last_id, rows_of, snapshot

_WHEN = {"{date}": r"\d{4}-\d{2}-\d{2}", "{time}": r"\d{4}"}


_OTHER_KINDS = frozenset(
    (".7z", ".bz2", ".db", ".dump", ".gz", ".rar", ".sql", ".tar", ".tbz2", ".tgz", ".txz", ".xz", ".zst")
)
"""How names of other archives and of databases end: programs believe them."""


def back_up(app: App, file: Path, tell: Tell, keep: int | None = None) -> tuple[Path, Manifest, Sequence[Path]]:
    """Write a backup into one file, whose name may have {date} and {time} in it; keep the newest few of that name.

    Returns the file, what it holds, and the older ones that were deleted. Raises Refused, OutsideError, DatabaseError.
    """
    if keep is not None and "{date}" not in file.name:
        raise Refused(
            "--keep needs {date} in the file's name, as in backups/{date}.zip; else each backup replaces the last"
        )
    if (other := file.suffix.casefold()) in _OTHER_KINDS:
        raise Refused(f"{file.name} would be a zip file with a name that ends in {other}; let the name end in .zip")
    now = app.clock.now()
    path = file.with_name(file.name.replace("{date}", f"{now:%Y-%m-%d}").replace("{time}", f"{now:%H%M}"))
    if path.is_dir():
        raise Refused(f"{path} is a folder; name a file in it, such as {path}/{{date}}.zip")
    with _beside(path) as work:
        made = work / "backup.zip"
        with zip_writer(made) as writer:
            manifest = _write(app, writer, tell)
        _verify(made, work, tell)
        made.replace(path)
    return path, manifest, _delete_older(file, keep) if keep is not None else ()


def export(app: App, folder: Path, tell: Tell) -> Manifest:
    """Write the same into a folder that is new or empty. Raises Refused, OutsideError, DatabaseError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is not empty; name a new folder")
    with _beside(folder) as work:
        made = work / "export"
        made.mkdir(mode=0o700)
        manifest = _write(app, folder_writer(made), tell)
        _verify(made, work, tell)
        made.replace(folder)
    return manifest


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Make a private folder beside a path, and remove it at the end. Raises Refused where there is no place for it."""
    if not path.parent.is_dir():
        raise Refused(f"there is no folder {path.parent}; create it, or fix the path")
    with private_folder(path.parent) as work:
        yield work


def _write(app: App, writer: Writer, tell: Tell) -> Manifest:
    tables = whole_tables()
    with snapshot(app.engine) as connection:
        refuse_other_tables(connection, tables)
        made, total = app.clock.now(), sum(count_rows(connection, table) for table in tables)
        entries: list[TableEntry] = []
        for table in tables:
            entries.append(_table(connection, table, writer))
            tell(sum(entry.rows for entry in entries), total)
        with still(app.folder):
            for name, path in _files(app.folder):
                with suppress(FileNotFoundError):  # an editor's program has just put it away
                    writer.write(name, [path.read_bytes()])
    settings = _settings(app)
    manifest = Manifest(
        format=1,
        pressroom=__version__,
        made=made,
        revisions=sorted(MIGRATIONS.heads),
        keys=_keys(app),
        settings={name: value for name, value in settings.items() if name not in SECRETS},
        secrets=[name for name in settings if name in SECRETS],
        tables=entries,
        files=writer.files,
    )
    writer.write(MANIFEST, [manifest.model_dump_json(indent=1).encode()])
    return manifest


def _table(connection: sa.Connection, table: WholeTable, writer: Writer) -> TableEntry:
    digest = Digest()

    def lines() -> Iterator[bytes]:
        for part in rows_of(connection, table):
            for row in part:
                line = table.line(row)
                digest.add(line)
                yield line

    last = last_id(connection, table)
    writer.write(table_file(table.name), lines())
    return TableEntry(
        name=table.name, columns=dict(table.columns), key=list(table.key), rows=digest.rows, digest=digest.value, last_id=last
    )  # fmt: skip


def _files(publication: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and path of each file of content/ and templates/; links out, and hidden files, are left out."""
    for tree in TREES:
        for path in sorted((publication / tree).rglob("*")):
            name = path.relative_to(publication).as_posix()
            if is_content(name) and path.is_file() and is_inside(publication, path):
                yield name, path


def _settings(app: App) -> Mapping[str, str]:
    return {one["name"]: one["value"] for one in app.describe_settings() if one["name"] and one["value"]}


def _keys(app: App) -> list[str]:
    try:
        return fingerprints(app.secrets)
    except ConfigurationError:
        return []


def _verify(made: Path, work: Path, tell: Tell) -> None:
    try:
        with opened(made) as backup, unpacked(backup, work, tell):
            for name in backup.manifest.content:
                for _ in backup.parts(name):
                    pass
    except (PressroomError, DatabaseError, OSError) as error:
        raise OutsideError(f"the backup could not be read back ({error}), so it was not kept; try again") from error


def _delete_older(file: Path, keep: int) -> Sequence[Path]:
    """Delete all but the newest files whose names follow the pattern, wherever date and time stand in it."""
    parts = re.split(r"(\{date\}|\{time\})", file.name)
    pattern = re.compile("".join(f"({_WHEN[part]})" if part in _WHEN else re.escape(part) for part in parts))
    kinds = [part for part in parts if part in _WHEN]
    named = [(path, pattern.fullmatch(path.name)) for path in file.parent.iterdir() if path.is_file()]
    found = sorted((sorted(zip(kinds, match.groups(), strict=True)), path) for path, match in named if match)
    older = [path for _, path in found[:-keep]]
    for path in older:
        path.unlink()
    return older
