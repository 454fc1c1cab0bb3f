"""Closes the databases that a test opened, after the test."""

from tests.mailroom import close_databases

__all__ = ["close_databases"]
