"""Brings a database's schema up to date, from the migrations of several packages."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import sqlalchemy as sa

from subscribers.database.engine import find_room
from subscribers.database.error_mapping import translated
from subscribers.database.errors import DatabaseBroken, DatabaseMisconfigured
from subscribers.database.moves import MARK, move_of
from subscribers.database.transactions import reading

if TYPE_CHECKING:  # importing Alembic takes 0.2 s, and in nearly every run the schema is up to date
    from alembic.config import Config

_MIGRATION_LOCK = 0x50726573  # "Pres": the key of PostgreSQL's advisory lock, the same in every release


class Migrations:
    """The migrations of several packages; each package has its own line of revisions in `migrations/versions/`."""

    def __init__(self, *packages: ModuleType) -> None:
        self._packages = packages

    def apply(self, engine: sa.Engine, revisions: Collection[str] | None = None) -> bool:
        """Bring the schema up to date; return whether there was anything to do.

        `revisions` are older ones, up to which an empty database is to be brought, and no further.
        If there is nothing to do, this costs one query. Several processes may call it at once: one migrates, the others wait.
        Raises DatabaseMisconfigured, DatabaseUnavailable, DatabaseBroken.
        """
        find_room(engine)
        if not self._behind(engine):
            return False
        with translated(), engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                self._migrate_sqlite(connection, revisions or ("heads",))
            else:
                self._migrate_postgresql(connection, revisions or ("heads",))
        return True

    def current(self, engine: sa.Engine) -> bool:
        """Return whether the schema is this release's, at the cost of one query. Raises as `apply`."""
        return not self._behind(engine)

    def knows(self, revisions: Collection[str]) -> bool:
        """Return whether a database at these revisions can be brought up to date."""
        return set(revisions) <= self._revisions[0]

    @cached_property
    def heads(self) -> frozenset[str]:
        """The newest revision of each line."""
        revisions, followed = self._revisions
        return revisions - followed

    @cached_property
    def _revisions(self) -> tuple[frozenset[str], frozenset[str]]:
        """All revisions, and those that others follow, read from the text of the files, so that Alembic is not needed."""
        revisions: set[str] = set()
        followed: set[str] = set()
        for folder in self._folders:
            for path in sorted(folder.glob("*.py")):
                text = path.read_text(encoding="utf-8")
                revisions.update(re.findall(r"^revision(?:: [^=]+)? = [\"']([^\"']+)[\"']", text, re.MULTILINE))
                followed.update(re.findall(r"^down_revision(?:: [^=]+)? = [\"']([^\"']+)[\"']", text, re.MULTILINE))
        return frozenset(revisions), frozenset(followed)

    def config(self, connection: sa.Connection | None = None) -> Config:
        """Return Alembic's configuration, built in memory so that an installed wheel needs no alembic.ini."""
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "environment").replace("%", "%%"))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", "\n".join(map(str, self._folders)).replace("%", "%%"))
        config.attributes["connection"] = connection
        return config

    @property
    def _folders(self) -> Sequence[Path]:
        return [Path(str(package.__file__)).parent / "migrations" / "versions" for package in self._packages]

    def _behind(self, engine: sa.Engine) -> bool:
        with reading(engine) as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return True
            applied = set(connection.scalars(sa.text("SELECT version_num FROM alembic_version")))
            if MARK in applied and (move := move_of(connection)):
                raise move.refusal
        if unknown := applied - self._revisions[0]:
            raise DatabaseMisconfigured(
                f"the database is at revision {', '.join(sorted(unknown))}, which this release does not know, so a newer "
                "release migrated it; install that release, or restore the backup from before its upgrade"
            )
        return applied != self.heads

    def _migrate_sqlite(self, connection: sa.Connection, revisions: Collection[str]) -> None:
        # Batch mode copies a table and drops the old one; with foreign keys on, that would delete rows that refer to
        # it. The switch has no effect inside a transaction (https://sqlite.org/pragma.html#pragma_foreign_keys).
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():  # BEGIN IMMEDIATE: a second migrating process waits here
                self._upgrade(connection, revisions)
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise DatabaseBroken(f"the migration would leave rows that refer to missing rows: {broken[:5]}")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")

    def _migrate_postgresql(self, connection: sa.Connection, revisions: Collection[str]) -> None:
        with connection.begin():
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            self._upgrade(connection, revisions)

    def _upgrade(self, connection: sa.Connection, revisions: Collection[str]) -> None:
        from alembic import command

        for revision in revisions:
            command.upgrade(self.config(connection), revision)
