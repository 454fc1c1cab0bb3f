"""pressroom sink: a mail server that passes nothing on, and shows in a browser what came."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from publisher.cli import output
from publisher.cli.root import cli, pressroom


@cli.command(epilog="Example: pressroom sink --folder var/mail")
def sink(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port of the page; 0: a free one.")] = 8026,
    smtp_port: Annotated[
        int, typer.Option("--smtp-port", min=0, max=65535, help="Port for mail; 0: a free one.")
    ] = 1025,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help="Also keep each mail there as .eml, and show what is there."),
    ] = None,
) -> None:
    """Take mail on this machine, pass nothing on, and show in a browser what came. Ctrl-C ends it.

    It shows the latest 200 mails, and forgets them when it ends unless there is a --folder.
    """
    from publisher.adapters.smtp_sink import Catcher
    from publisher.local.changes import Changes
    from publisher.local.mailbox import LARGEST, Mailbox
    from publisher.local.serving import LocalServer
    from publisher.local.sink_app import sink_app
    from publisher.serve import listen

    changes = Changes()
    mailbox = Mailbox(changes, pressroom(context).clock, folder)
    with listen("127.0.0.1", port) as listening, Catcher(mailbox.keep, smtp_port, data_size_limit=LARGEST) as catcher:
        server = LocalServer(listening, lambda ended: sink_app(mailbox, catcher.url, changes, ended), "127.0.0.1")
        output.line(server.address)
        output.line(f"PRESSROOM_SMTP_URL={catcher.url}")
        output.say("Ctrl-C ends it; mail that comes goes no further")
        server.run_until_interrupted()
