"""pressroom dkim new: keys that mail is signed with."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from publisher.cli import output
from publisher.cli.root import Json, cli, pressroom

dkim = typer.Typer(
    name="dkim", help="Keys to sign mail with (DKIM).", no_args_is_help=True, pretty_exceptions_enable=False
)
cli.add_typer(dkim)


def _selector(text: str) -> str:
    """Read a selector."""
    from publisher.settings import dns_name

    try:
        return dns_name(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@dkim.callback()
def group() -> None:
    """Keep `new` a verb of its own, though it is the only one."""


class KeyKind(StrEnum):
    """The kinds of keys."""

    RSA = "rsa"
    ED25519 = "ed25519"


@dkim.command(epilog="Example: pressroom dkim new --selector s202612")
def new(
    context: typer.Context,
    kind: Annotated[
        KeyKind, typer.Argument(help="Every receiver knows rsa; ed25519 counts beside an RSA key only.")
    ] = KeyKind.RSA,
    selector: Annotated[
        str | None,
        typer.Option(
            "--selector",
            metavar="NAME",
            parser=_selector,
            help="The name of the record; default: s or e, with the year and the month.",
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Where to write it; default: var/dkim-SELECTOR.pem.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key, and print the record to publish and the settings to write. No key is ever written over."""
    from publisher.adapters.dkim import new_key, write_key
    from publisher.adapters.dkim_settings import KEYS, SELECTORS, domain_of
    from publisher.adapters.permissions import make_private
    from publisher.doctor import txt_record

    app = pressroom(context)
    domain = domain_of(app.settings.dkim_domain, app.act().publication.sender.address)
    named = selector or f"{'e' if kind is KeyKind.ED25519 else 's'}{app.clock.now():%Y%m}"
    path = file or Path("var") / f"dkim-{named}.pem"
    key = new_key(kind)
    make_private((app.folder / path).parent)
    write_key(app.folder / path, key)
    record = txt_record(f"{named}._domainkey.{domain}", key.text)
    settings = {f"{KEYS[kind]}_FILE": str(path), SELECTORS[kind]: named}
    if as_json:
        output.data({"file": path, "record": record, "settings": settings})
        return
    output.line(record)
    output.line("")
    for name, value in settings.items():
        output.line(f"{name}={value}")
    output.say(
        f"the key is in {path}, for its owner alone; enter the record above in DNS, write the settings below it into .env once "
        f"`pressroom setup --yes --dkim-selector {named}` finds the record, and keep a copy of the key"
    )
