"""The schema's history: the publisher's line of revisions and the readers'."""

from __future__ import annotations

import sqlalchemy as sa

import publisher
import subscribers
from subscribers.database import Migrations

MIGRATIONS = Migrations(publisher, subscribers)


def migrate(engine: sa.Engine) -> bool:
    """Bring the schema up to date; return whether anything had to be done. It costs one query if not."""
    return MIGRATIONS.apply(engine)
