"""What can go wrong with the database, split by what the caller does about it.

DatabaseError
├── DatabaseMisconfigured     a person fixes the database's URL, its folder or the installation
├── DatabaseUnavailable       the database did not answer or broke the connection; the same call may work later
│   └── DatabaseCollided      another process wrote the same rows at the same time; the same call works now
└── DatabaseBroken            the database refused a statement: our bug, or a schema that is out of date

Transactions of this package raise no other errors of the database: `error_mapping.py` maps those of SQLAlchemy and the
drivers. This file imports neither, so that code that only catches errors starts fast.
"""

from __future__ import annotations

from subscribers.errors import SubscribersError


class DatabaseError(SubscribersError):
    """Base of all errors that the database layer raises."""


class DatabaseMisconfigured(DatabaseError):
    """The configured database cannot be opened."""


class DatabaseUnavailable(DatabaseError):
    """The database did not answer, was locked for too long, or broke the connection."""


class DatabaseCollided(DatabaseUnavailable):
    """Another process wrote the same rows at the same time; this transaction wrote nothing."""


class DatabaseBroken(DatabaseError):
    """The database refused a statement that it should have accepted."""
