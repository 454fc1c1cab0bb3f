"""The migrations of both packages, each with its own line of revisions."""

from __future__ import annotations

import sqlalchemy as sa

import publisher
import subscribers
from subscribers.database import Migrations

MIGRATIONS = Migrations(publisher, subscribers)


def migrated(engine: sa.Engine) -> bool:
    """Return whether the schema is this release's. Raises DatabaseUnavailable, and DatabaseMisconfigured for a newer one."""
    return MIGRATIONS.current(engine)


def migrate(engine: sa.Engine) -> bool:
    """Bring the schema up to date; return whether there was anything to do. If there was not, it cost one query."""
    return MIGRATIONS.apply(engine)
