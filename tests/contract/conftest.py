"""A ledger of each kind; databases that a test opened are closed after it."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.ports import Ledger
from tests.conftest import empty_database
from tests.contract.ledgers import READERS, LedgerCase, in_database, in_memory
from tests.integration.conftest import certificate
from tests.mailroom import NOON, approved, close_databases, database

__all__ = ["certificate", "close_databases"]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LedgerCase]:
    if request.param == "memory":
        yield in_memory()
        return
    with empty_database(request.param, request, tmp_path) as url:
        engine = database(url)
        yield in_database(engine)
        engine.dispose()


@pytest.fixture
def ledger(case: LedgerCase) -> Ledger:
    """A ledger in which the mailing of issue 7 to READERS has begun."""
    case.join(*READERS)
    case.ledger.deliveries.start(approved(), NOON)
    return case.ledger


@pytest.fixture
def untrusted_https(certificate: Path) -> Iterator[str]:
    """The URL of a server whose certificate nobody has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
