"""The schema's history. Its Alembic branch is labelled `subscribers`; `subscribers.database.Migrations` runs it."""
