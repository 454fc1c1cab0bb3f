"""What tests on a real database share; databases that a test opened are closed after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from publisher.adapters.database import migrate
from subscribers import Keyring, Subscribers
from subscribers.database import open_engine
from tests.mailroom import close_databases
from tests.readers import SECRET, Mailbox

__all__ = ["close_databases"]


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    opened = open_engine(database_url)
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def readers(engine: sa.Engine, mailbox: Mailbox) -> Subscribers:
    return Subscribers(engine, Keyring(SECRET), mailbox)
