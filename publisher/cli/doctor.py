"""pressroom doctor: whether mail of the configured sender can arrive, and what to publish where it cannot."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli import output
from publisher.cli.root import Json, cli, pressroom

if TYPE_CHECKING:  # slow to import: only when the verb runs
    from publisher.doctor import Finding


def _address(text: str) -> str:
    """Read an IP address."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no address; write one such as 192.0.2.7 or 2001:db8::7") from None


@cli.command(epilog="Example: pressroom doctor --dkim-selector k1")
def doctor(
    context: typer.Context,
    dkim_selector: Annotated[
        str, typer.Option("--dkim-selector", metavar="NAME", help="Look the DKIM key of this selector up as well.")
    ] = "",
    sends_from: Annotated[
        list[str] | None,
        typer.Option(
            "--sends-from",
            metavar="ADDRESS",
            parser=_address,
            help="An IP address that mail leaves from, for SPF and reverse DNS; may be repeated. Default: this machine's, if it "
            "sends itself.",
        ),
    ] = None,
    name_server: Annotated[
        str | None,
        typer.Option("--name-server", metavar="ADDRESS", help="Ask this name server; default: those of the machine."),
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, max=600, help="How long all looks together may take.")
    ] = 20.0,
    as_json: Json = False,
) -> None:
    """Check DNS, mail server, bounce mailbox, web pages and clock of the configured sender; exit 1 if something is wrong."""
    from publisher.adapters.name_server import NameServer, resolver_at
    from publisher.diagnosis import Asked, diagnose
    from publisher.doctor import Level

    try:
        resolver = resolver_at(name_server) if name_server else None
    except ValueError as error:
        raise typer.BadParameter(f"--name-server: {error}") from None
    found = diagnose(pressroom(context), Asked(NameServer(resolver), dkim_selector, tuple(sends_from or ()), seconds))
    errors, warnings = (sum(one.level is level for one in found) for level in (Level.ERROR, Level.WARNING))
    if as_json:
        output.data({"findings": [_data(one) for one in found], "errors": errors, "warnings": warnings})
    else:
        for one in found:
            output.line(f"{one.level:<8} {one.what}: {one.says}")
            if one.record:
                output.line(f"{'':<8} enter: {one.record}")
        output.say(f"{output.count(errors, 'error')}, {output.count(warnings, 'warning')}")
    if errors:
        raise typer.Exit(1)


def _data(finding: Finding) -> dict[str, str]:
    return {"what": finding.what, "level": finding.level, "says": finding.says, "record": finding.record}
