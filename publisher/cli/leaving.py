"""pressroom subscribers leave-by-mail: what a mail server hands the messages to that unsubscribe."""

from __future__ import annotations

import sys

import typer

from publisher.cli import output
from publisher.cli.readers import readers
from publisher.cli.root import Json, pressroom

CHUNK = 64 * 1024


@readers.command("leave-by-mail", epilog="Example: pressroom subscribers leave-by-mail")
def leave_by_mail(context: typer.Context, as_json: Json = False) -> None:
    """Unsubscribe the reader whom a message on standard input names in its subject; for your mail server, not for people.

    A message that names nobody, or nobody here, is no error: whoever sent it must not get an answer. If the database is
    away, the exit code is 3, and the same message works later.
    """
    from subscribers import NoSuchReader

    if sys.stdin.isatty():
        raise typer.BadParameter("there is no message on standard input; write: leave-by-mail < message.eml")
    app = pressroom(context)
    message = sys.stdin.buffer.read(CHUNK)
    while sys.stdin.buffer.read(CHUNK):  # a mail server takes it for a failure if the rest is not read
        pass
    try:
        left, said = app.subscribers.leaving.by_mail(message, now=app.clock.now()), "nobody is named in the subject"
    except NoSuchReader:
        left, said = None, "the subject names a reader who is not in this list: nothing comes to them from here"
    if as_json:
        output.data({"left": left, "why_not": None if left else said})
    else:
        output.say(f"the reader is off the list ({left.value})" if left else said)
