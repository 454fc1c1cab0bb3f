"""pressroom eval gateway: what comes of a model's endpoint that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from publisher.cli import output
from publisher.cli.evaluating import evaluating
from publisher.cli.root import Json

if TYPE_CHECKING:  # slow to import: only when a verb runs
    from publisher.adapters.trial.scenarios import Happened


@evaluating.command("gateway", epilog="Example: pressroom eval gateway")
def gateway(as_json: Json = False) -> None:
    """Draft against a model's endpoint that fails in every way it can; show what came of each."""
    from publisher.adapters.trial.scenarios import faulty_endpoint, run_all

    with faulty_endpoint() as address, output.progress("gateway"):
        happened = run_all(address, "eval")
    wrong = [one for one in happened if not one.as_declared]
    if as_json:
        output.data({"scenarios": [_facts(one) for one in happened], "wrong": len(wrong)})
    else:
        rows = [
            (
                one.scenario.name,
                _attempts(one),
                "the model" if not one.why else "the next writer",
                f"{one.seconds:.1f}",
                _word(one),
            )
            for one in happened
        ]
        output.table(("the endpoint", "attempts", "drafted by", "s", "as declared"), rows, right=("s",))
        output.say(f"{len(happened) - len(wrong)} of {output.count(len(happened), 'scenario')} as declared")
    if wrong:
        raise typer.Exit(1)


def _facts(one: Happened) -> dict[str, object]:
    return {
        "name": one.scenario.name,
        "outcomes": one.outcomes,
        "why": one.why,
        "seconds": round(one.seconds, 2),
        "as_declared": one.as_declared,
    }


def _attempts(one: Happened) -> str:
    return ", ".join(outcome.value for outcome in one.outcomes)


def _word(one: Happened) -> str:
    return "yes" if one.as_declared else "NO"
