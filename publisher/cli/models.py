"""pressroom model-calls: what models were asked, and what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli import output
from publisher.cli.root import Json, cli, pressroom

if TYPE_CHECKING:  # slow to import: only when a verb runs
    from publisher.ports import CallRecord


@cli.command("model-calls", epilog="Example: pressroom model-calls --issue 11")
def model_calls(
    context: typer.Context,
    issue: Annotated[
        int | None, typer.Option("--issue", metavar="N", help="Only the calls for this issue.", min=1, max=9999)
    ] = None,
    last: Annotated[
        int, typer.Option("--last", metavar="N", help="How many of the latest calls to show.", min=1, max=1_000_000)
    ] = 50,
    as_json: Json = False,
) -> None:
    """Show the latest calls to models, the newest first: what came of each, how long it took, what it cost."""
    calls = pressroom(context).model_calls.latest(last, issue)
    if as_json:
        output.data(calls)
        return
    if not calls:
        output.say("no model has been asked yet" if issue is None else f"no model has been asked for issue {issue}")
        return
    heads = ("at", "issue", "for", "model", "endpoint", "outcome", "ms", "tokens", "US$")
    output.table(heads, [_row(call) for call in calls], right=("issue", "ms", "tokens", "US$"))
    dollars = sum(call.micros or 0 for call in calls) / 1_000_000
    unknown = sum(call.micros is None for call in calls)
    output.say(
        f"{output.count(len(calls), 'call')}, {sum(call.tokens for call in calls):,} tokens, US$ {dollars:.4f}"
        + (f"; the price of {output.count(unknown, 'call')} is not known" if unknown else "")
    )
    output.problems(pressroom(context).models.problems(issue))


def _row(call: CallRecord) -> tuple[str, ...]:
    about = "~" if call.estimated else ""
    return (
        f"{call.at:%Y-%m-%d %H:%M:%S}",
        str(call.issue or ""),
        call.purpose,
        call.model,
        call.endpoint,
        f"{call.outcome.value} (HTTP {call.status})" if call.status not in (None, 200) else call.outcome.value,
        "" if call.milliseconds is None else f"{call.milliseconds:,}",
        f"{about}{call.tokens:,}",
        "not known" if call.micros is None else f"{about}{call.micros / 1_000_000:.4f}",
    )
