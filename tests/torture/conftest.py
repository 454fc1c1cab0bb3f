"""Databases that a test opened are closed after it."""

from tests.mailroom import close_databases

__all__ = ["close_databases"]
