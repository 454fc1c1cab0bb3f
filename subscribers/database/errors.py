"""What can go wrong with the database, split by what the caller does about it.

DatabaseError
├── DatabaseMisconfigured     a person fixes the database's URL, its folder or the installation
├── DatabaseUnavailable       the database did not answer, or broke off; the same call may work later
│   └── DatabaseCollided      somebody else wrote the same rows at the same moment; the same call works now
└── DatabaseBroken            the database refused what we asked: our bug, or a schema that is behind

Nothing else leaves a transaction of this package: `failures.py` maps what SQLAlchemy and the drivers raise. This file
imports neither, so that whoever only catches errors starts fast.
"""

from __future__ import annotations

from subscribers.errors import SubscribersError


class DatabaseError(SubscribersError):
    """Base of everything that the database layer raises."""


class DatabaseMisconfigured(DatabaseError):
    """No database can be opened with what the configuration says."""


class DatabaseUnavailable(DatabaseError):
    """The database did not answer, was locked for too long, or broke off."""


class DatabaseCollided(DatabaseUnavailable):
    """Somebody else wrote the same rows at the same moment; nothing of this transaction was written."""


class DatabaseBroken(DatabaseError):
    """The database refused a statement that it should have taken."""
