"""Log lines: for people, or as JSON for programs. Neither can command a terminal, and none has an e-mail address in it."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import sys
from typing import Any, Literal

from plaintext import printable

_ADDRESS = re.compile(r"""[^\s<>()\[\]"',;:=/?&]+(?:@|%40)[^\s<>()\[\]"',;:=/?&]+""", re.IGNORECASE)
"""Servers repeat addresses in their answers, and these stand in log lines, with errors of libraries and of our own."""
IDS = ("delivery", "email", "issue")
"""What a line may be about, as numbers of rows: `extra=` of the call."""


def without_addresses(text: str) -> str:
    """Replace each e-mail address.

    >>> without_addresses("550 5.1.1 <ada@example.com>: unknown; /subscribe?email=Ada%40example.com")
    '550 5.1.1 <…@…>: unknown; /subscribe?email=…@…'
    """
    return _ADDRESS.sub("…@…", text)


class PlainFormatter(logging.Formatter):
    """Writes log lines for people. Only a record's first line begins at the margin."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(without_addresses(super().format(record)), keep="\n\t").replace("\n", "\n    ")


class JsonFormatter(logging.Formatter):
    """Writes each record as one line of JSON: at (UTC), level, logger, message; trace and ids where there are any."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_addresses(record.getMessage()),
        }
        if record.exc_info:
            told["trace"] = without_addresses(self.formatException(record.exc_info))
        told |= {name: value for name in IDS if isinstance(value := getattr(record, name, None), int)}
        return json.dumps(told)


def formatter(form: Literal["plain", "json"]) -> logging.Formatter:
    """Return the formatter of PRESSROOM_LOG."""
    return JsonFormatter() if form == "json" else PlainFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")


def begin(form: Literal["plain", "json"]) -> None:
    """Let all log lines of this process go to stderr."""
    written = logging.StreamHandler(sys.stderr)
    written.setFormatter(formatter(form))
    logging.basicConfig(level=logging.INFO, handlers=[written])
    for name in ("apscheduler", "alembic", "httpx2", "openai"):  # the last two log URLs, with passwords
        logging.getLogger(name).setLevel(logging.WARNING)
