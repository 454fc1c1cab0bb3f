"""The ledger in the database: its ports, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from publisher.adapters.database.bounces import DatabaseBounces
from publisher.adapters.database.decisions import DatabaseDecisions
from publisher.adapters.database.deliveries import DatabaseDeliveries
from publisher.adapters.database.delivery_records import DatabaseDeliveryRecords
from publisher.adapters.database.returned import DatabaseReturnedMail
from publisher.adapters.database.senders import DatabaseSenders
from publisher.ports import LEASE, Ledger


def database_ledger(engine: sa.Engine, lease: dt.timedelta = LEASE) -> Ledger:
    """Return the ledger in a database."""
    return Ledger(
        DatabaseSenders(engine, lease),
        DatabaseDeliveries(engine),
        DatabaseDeliveryRecords(engine),
        DatabaseDecisions(engine),
        DatabaseBounces(engine),
        DatabaseReturnedMail(engine),
    )
