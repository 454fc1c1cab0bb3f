"""Brings a backup back, packed or as a folder, into an empty folder and an empty database of either kind.

It is unpacked beside its place first, so that a damaged one changes nothing. Then the folders get their names, and the
rows come into the database in one transaction, with everything that is uncertain held already.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from publisher.adapters import permissions
from publisher.adapters.database.migrations import migrate
from publisher.adapters.files import Folder
from publisher.adapters.private_folder import private_folder
from publisher.app import App
from publisher.errors import ContentError, OutsideError, Refused
from publisher.inside import is_inside
from publisher.moving.files import Backup, opened
from publisher.moving.manifest import TREES, Manifest, fingerprints
from publisher.moving.tables import Tell, refuse_unless_empty, whole_tables
from publisher.moving.uncertain import Uncertain, doubt
from publisher.moving.unpack import unpacked
from publisher.ports import Content
from subscribers.database import (
    DatabaseBroken,
    WholeTable,
    last_id,
    open_engine,
    put_rows,
    rows_of,
    set_last_id,
    snapshot,
    writing,
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back, what is uncertain, and which settings were set then and are not now."""

    manifest: Manifest
    uncertain: Uncertain
    unset: Sequence[str]


def restore(app: App, path: Path, tell: Tell, *, database_only: bool = False, other_key: bool = False) -> Restored:
    """Bring a backup back. `database_only` leaves content/ and templates/ alone. Raises DamagedBackup, Refused."""
    if not app.folder.is_dir():
        raise Refused(f"there is no folder {app.folder}; create it, or name another with --publication")
    with opened(path) as backup, private_folder(app.folder) as work:
        manifest = backup.manifest
        if not other_key:
            _refuse_another_key(app, manifest)
        if not database_only:
            _refuse_full(app.folder, manifest)
        _refuse_too_large(backup, work)
        permissions.make_private(app.folder / "var")
        with _target(app) as target, unpacked(backup, work, tell) as scratch:
            if not database_only:
                _write_content(backup, work)
            migrate(scratch)
            with writing(scratch) as connection:
                content = _content(app.folder if database_only else work)
                uncertain = doubt(connection, content, manifest.made, app.clock.now())
            migrate(target)
            placed = [] if database_only else _place(work, app.folder)
            try:
                _bring_in(scratch, target, tell)
            except BaseException:
                for tree in placed:
                    shutil.rmtree(tree)
                raise
    given = {one["name"] for one in app.describe_settings() if one["value"]}
    return Restored(manifest, uncertain, sorted({*manifest.settings, *manifest.secrets} - given))


def _refuse_another_key(app: App, manifest: Manifest) -> None:
    if manifest.keys and app.settings.secret_key is None:
        raise Refused(
            "PRESSROOM_SECRET_KEY is not set, and links in mail that is out work only with the key of then, which no backup "
            "holds; set it in .env as it was, or, if it is lost, add --other-key"
        )
    if missing := set(manifest.keys) - set(fingerprints(app.secrets)):
        raise Refused(
            f"PRESSROOM_SECRET_KEY lacks {len(missing)} of the keys that signed links in mail before this backup, so those "
            "links would not work; add them after the present one, with commas between, or, if they are lost, add --other-key"
        )


def _refuse_full(folder: Path, manifest: Manifest) -> None:
    for tree in TREES:
        place = folder / tree
        if place.is_symlink() or (place.exists() and not (_is_empty(place) or _is_there(folder, tree, manifest))):
            raise Refused(
                f"{place} is there already; restore into an empty folder (--publication), or bring back only the database: "
                "--database-only"
            )


def _is_empty(place: Path) -> bool:
    return place.is_dir() and not any(place.iterdir())


def _is_there(folder: Path, tree: str, manifest: Manifest) -> bool:
    """Return whether a restore that was killed has put a folder in its place already: nothing is in it but what the backup has."""
    wanted = {name: entry.sha256 for name, entry in manifest.content.items() if name.startswith(f"{tree}/")}
    found = {path.relative_to(folder).as_posix(): path for path in (folder / tree).rglob("*") if not path.is_dir()}
    return found.keys() == wanted.keys() and all(
        is_inside(folder, path) and hashlib.sha256(path.read_bytes()).hexdigest() == wanted[name]
        for name, path in found.items()
    )


def _refuse_too_large(backup: Backup, work: Path) -> None:
    needed, free = 2 * backup.manifest.size, shutil.disk_usage(work).free
    if needed > free:
        raise Refused(
            f"{backup.path} needs {needed:,} bytes to be unpacked, and the disk has {free:,}; free some space"
        )


@contextmanager
def _target(app: App) -> Iterator[sa.Engine]:
    engine = open_engine(app.database_url)
    try:
        refuse_unless_empty(engine)
        yield engine
    finally:
        engine.dispose()


def _write_content(backup: Backup, work: Path) -> None:
    for tree in TREES:
        (work / tree).mkdir()
    for name in backup.manifest.content:
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.writelines(backup.parts(name))


def _content(folder: Path) -> Content | None:
    try:
        return Folder(folder).read()
    except ContentError:
        return None


def _place(work: Path, folder: Path) -> list[Path]:
    """Give the restored folders their names; one without files is left out, and one that is there already stays."""
    placed = []
    for tree in TREES:
        place = folder / tree
        if _is_empty(place):
            place.rmdir()
        if any((work / tree).iterdir()) and not place.exists():
            placed.append((work / tree).rename(place))
    return placed


def _bring_in(scratch: sa.Engine, target: sa.Engine, tell: Tell) -> None:
    tables = whole_tables()
    with snapshot(scratch) as here, writing(target) as there:
        for done, table in enumerate(tables):
            tell(done, len(tables))
            try:
                put_rows(there, table, _rows(here, table))
            except DatabaseBroken as error:
                raise OutsideError(
                    f"the database does not take the rows of {table.name} ({error}); name another"
                ) from error
            set_last_id(there, table, last_id(here, table))
        tell(len(tables), len(tables))


def _rows(connection: sa.Connection, table: WholeTable) -> Iterator[dict[str, object]]:
    for part in rows_of(connection, table):
        for row in part:
            yield row._asdict()
