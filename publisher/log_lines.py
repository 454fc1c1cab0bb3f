"""Lines of the log, for processes that run until somebody stops them."""

from __future__ import annotations

import logging
import sys

from plaintext import printable


class PlainFormatter(logging.Formatter):
    """Writes log lines that cannot command a terminal. Only a record's first line begins at the margin."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record), keep="\n\t").replace("\n", "\n    ")


def log_to_stderr() -> None:
    """Write what happens to stderr, and of some libraries only what is wrong: two of them log URLs with passwords."""
    written = logging.StreamHandler(sys.stderr)
    written.setFormatter(PlainFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[written])
    for name in ("apscheduler", "alembic", "httpx2", "openai"):
        logging.getLogger(name).setLevel(logging.WARNING)
