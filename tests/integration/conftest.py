"""What tests on a real database or a server with TLS share; databases that a test opened are closed after it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from publisher.adapters.database import migrate
from publisher.adapters.trial.scenarios import faulty_endpoint
from publisher.web import AbuseLimits
from subscribers import Keyring, Subscribers
from subscribers.database import open_engine
from tests.certificates import write_certificate
from tests.house import House, open_house
from tests.mailroom import close_databases
from tests.office import Bureau, bureau
from tests.publication import FakeClock, example
from tests.readers import SECRET, Mailbox
from tests.scheduled import Choosy, Office

__all__ = ["close_databases"]


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    opened = open_engine(database_url)
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """An endpoint of models in a process of its own, which does what the path of its URL says."""
    with faulty_endpoint() as address:
        yield address


@pytest.fixture
def run(request: pytest.FixtureRequest) -> str:
    """A name of this test's own below the endpoint's address."""
    return "".join(letter if letter.isalnum() else "-" for letter in request.node.name)


@pytest.fixture
def news(database_url: str, tmp_path: Path) -> Iterator[Bureau]:
    with bureau(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Bureau]:
    """A bureau on SQLite only, for what does not depend on the database."""
    with bureau(f"sqlite:///{tmp_path}/x.db", tmp_path) as opened:
        yield opened


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Office]:
    """A publication whose weeks go by themselves, at noon of the Sunday before its first."""
    folder = example(tmp_path / "publication")
    clock = FakeClock()
    clock.set("2026-11-22T12:00")
    with Choosy(tmp_path / "outbox") as sink:
        made = Office(folder, database_url, sink, clock)
        yield made
        for process in made.processes:
            process.__exit__()


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    opened, close = open_house(database_url, tmp_path)
    yield opened
    close()


@pytest.fixture
def cottage(tmp_path: Path) -> Iterator[House]:
    """A house with its default limits, on SQLite only: what is tried here does not depend on the database."""
    opened, close = open_house(f"sqlite:///{tmp_path}/x.db", tmp_path, AbuseLimits(answer_every=0, youngest_form=0))
    yield opened
    close()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def readers(engine: sa.Engine, mailbox: Mailbox) -> Subscribers:
    return Subscribers(engine, Keyring(SECRET), mailbox)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that is good for another day; see `write_certificate`."""
    return write_certificate(tmp_path_factory.mktemp("tls") / "server.pem", days=1)
