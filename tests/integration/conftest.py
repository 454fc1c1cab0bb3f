"""What tests on a real database or a server with TLS share; databases that a test opened are closed after it."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from publisher.adapters.database import migrate
from publisher.adapters.trial.scenarios import faulty_endpoint
from publisher.web import AbuseLimits
from subscribers import Keyring, Subscribers
from subscribers.database import open_engine
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
    """A certificate for 127.0.0.1 and named.test, signed by itself, with its key, in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink.example.com")])
    now = dt.datetime.now(dt.UTC)
    holders = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("named.test")]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(holders), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path
