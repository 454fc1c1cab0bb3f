"""Places in a rendered message that are filled for each recipient.

A slot is a token that survives Jinja, MJML and CSS inlining unchanged and that no editor writes by accident.
"""

from __future__ import annotations

import re

GREETING = "PRESSROOMSLOTgreetingTOLS"
"""One line of address, such as «Hello Ada,»."""

ADDRESS = "PRESSROOMSLOTaddressTOLS"
"""The reader's address, for the footer."""

UNSUBSCRIBE = "PRESSROOMSLOTunsubscribeTOLS"
"""Absolute URL of the page with the unsubscribe button; RFC 8058 posts to the same URL."""

PREFERENCES = "PRESSROOMSLOTpreferencesTOLS"
"""Absolute URL of the reader's own page: which sections, which courses, a pause."""

ACTION = "PRESSROOMSLOTactionTOLS"
"""Absolute URL behind the one button of a letter (confirm, read)."""

PATTERN = re.compile(r"PRESSROOMSLOT([a-z_]+)TOLS")
