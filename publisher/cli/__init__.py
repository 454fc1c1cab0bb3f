"""The command line: verbs are stages. It translates, and decides nothing.

Exit codes: 0 done, 1 the content or the configuration needs mending, 2 wrong usage, 3 something outside failed and may
be tried again, 4 refused (not approved, already sent, outside its window).
"""

from __future__ import annotations

import os
import sys

from publisher.cli import flow, readers, setup  # noqa: F401 - registers the commands
from publisher.cli.root import app, report

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; expected errors become one sentence and an exit code."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # `pressroom … | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        code = report(error, as_json="--json" in sys.argv)
        if code is None:
            raise
        sys.exit(code)
