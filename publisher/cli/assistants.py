"""pressroom mcp: tools for editors' own assistants."""

from __future__ import annotations

from typing import Annotated

import typer

from publisher.cli import output
from publisher.cli.root import cli, pressroom
from publisher.errors import ConfigurationError


@cli.command(epilog="Example: pressroom mcp --http --port 8027")
def mcp(
    context: typer.Context,
    http: Annotated[
        bool, typer.Option("--http", help="Serve over HTTP at /mcp, for whoever shows PRESSROOM_MCP_TOKEN.")
    ] = False,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0: a free one.")] = 8027,
) -> None:
    """Give an editor's own assistant tools (Model Context Protocol): search issues, list pieces, propose drafts. Ctrl-C ends it.

    Without --http, it talks over standard input and output with the program that started it.
    """
    app = pressroom(context)
    try:
        from publisher.mcp_server import PATH, serve_http, serve_stdio
    except ModuleNotFoundError as error:
        if error.name not in ("mcp", "mcp_types"):
            raise
        raise ConfigurationError("the package mcp is not installed; run: pip install 'pressroom[mcp]'") from None
    app.content_store.read()  # raises, and says that this is no publication
    if not http:
        serve_stdio(app.act)
        return
    from publisher.serve import listen

    token = app.mcp_token
    with listen(host, port) as listening:
        shown, number = listening.getsockname()[:2]
        output.line(f"http://{f'[{shown}]' if ':' in shown else shown}:{number}{PATH}")
        output.say("Ctrl-C ends it")
        serve_http(app.act, token, listening)
