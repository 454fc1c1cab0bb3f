"""pressroom worker: one more process that hands over issues under way, on this machine or another."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import typer

from publisher import logs
from publisher.cli.root import cli, pressroom
from publisher.cli.sending import stopping
from publisher.errors import ConfigurationError


@cli.command(epilog="Example: pressroom worker --once")
def worker(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End when nothing is due, instead of waiting for more.")] = False,
    grace: Annotated[
        float,
        typer.Option(
            "--grace",
            metavar="SECONDS",
            min=0.0,
            help="How long after SIGTERM or Ctrl-C the mail server may take to answer; what it has not answered by then is in doubt.",
        ),
    ] = 100.0,
) -> None:
    """Help to send issues that are under way, until told to stop. Run as many as wanted; needs PostgreSQL."""
    from publisher.worker import end_in_time, log, work_once, work_until_stopped

    app = pressroom(context)
    if app.engine.dialect.name == "sqlite":
        raise ConfigurationError(
            "pressroom worker needs PostgreSQL, because SQLite is a file that one process at a time writes; set "
            "PRESSROOM_DATABASE_URL=postgresql://…, or bring everything there: pressroom database move"
        )
    app.check_mail()
    logs.begin(app.settings.log)
    with stopping() as stop:
        end_in_time(stop, grace)
        log.info("worker on %s, process %d", socket.gethostname(), os.getpid())
        work = work_once if once else work_until_stopped
        work(app.act_to_work, stop, grace)
        log.info("ended")
