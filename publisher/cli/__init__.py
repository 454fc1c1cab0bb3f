"""The command line: verbs are stages. It translates, and decides nothing.

Exit codes: 0 done, 1 the content or the configuration needs fixing, 2 wrong usage, 3 something outside failed and the
same command may work later, 4 refused (not approved, already sent, outside its window), 130 interrupted.
"""

from __future__ import annotations

import gc
import io
import sys
import traceback
from types import TracebackType

from publisher.cli import output
from publisher.cli.output import OutputClosed
from publisher.cli.root import cli, report

# Each registers its commands, in the order in which --help lists them.
from publisher.cli import flow, differences, planning, sending, worker, deliveries, correcting, setup, interview  # isort: skip  # noqa: F401
from publisher.cli import ready, related, vectors, rehearse, preview, sink, moving, models, dkim, doctor, watching  # isort: skip  # noqa: F401
from publisher.cli import building  # isort: skip  # noqa: F401
from publisher.cli import readers, leaving, bounces, lists, staying, privacy, embed  # isort: skip  # noqa: F401
from publisher.cli import evaluating, evaluate_all, evaluate_drafting, evaluate_gateway  # isort: skip  # noqa: F401
from publisher.cli import suggesting, assistants  # isort: skip  # noqa: F401

__all__ = ["cli", "main"]


def main() -> None:
    """Run the command line; expected errors become one sentence and an exit code."""
    gc.set_threshold(
        20_000, 10, 10
    )  # imports make many objects and no garbage; the search for it took a tenth of a start
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows question marks, not a traceback
    sys.excepthook = _say_trace
    try:
        cli(prog_name="pressroom")
    except OutputClosed:
        sys.exit(0)
    except Exception as error:
        code = report(error, as_json="--json" in sys.argv)
        if code is None:
            raise
        sys.exit(code)


def _say_trace(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a bug's traceback without control characters: its text may come from a reader or a server."""
    output.say("".join(traceback.format_exception(kind, error, trace)).rstrip())
