"""Alembic's migrations of the publisher's tables. `publisher.adapters.database.migrate` runs them."""
