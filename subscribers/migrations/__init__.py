"""The schema's history. Its Alembic branch is labelled `subscribers`; the publisher's environment runs it."""
