"""A conversation with a model, through the gateway: its chain, deadline, budgets and record hold for it, too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic_core import from_json

from publisher.adapters.model import Gateway, Message, Request
from publisher.adapters.model.replies import json_in
from publisher.assistants.talk import PROMPT
from publisher.ports import NO_LIMITS, ChatReply, Limits, Turn


@dataclass(frozen=True, slots=True)
class ModelChat:
    """Implements ports.Chat."""

    gateway: Gateway = field(repr=False)
    limits: Limits = NO_LIMITS

    def reply(
        self, turns: Sequence[Turn], schema: Mapping[str, object], *, seconds: float, most_tokens: int
    ) -> ChatReply:
        """Return the next message. Raises ModelUnavailable."""
        request = Request(
            purpose="suggest",
            messages=tuple(Message(turn.role, turn.text) for turn in turns),
            schema_name="step",
            schema=schema,
            max_tokens=most_tokens,
            prompt=PROMPT,
        )
        answer = self.gateway.call(request, _json_object, deadline_seconds=seconds, limits=self.limits)
        prices = [record.micros for record in answer.records]
        known = [price for price in prices if price is not None]
        return ChatReply(answer.result, answer.tokens, sum(known) if len(known) == len(prices) else None)


def _json_object(text: str) -> str:
    """Return a reply that is a JSON object, without what was around it. Raises ValueError for any other."""
    found = from_json(json_in(text))  # unlike json.loads, it calls what is nested too deeply a ValueError, too
    if not isinstance(found, dict):
        raise ValueError("not an object")  # noqa: TRY004 - what `Gateway.call` takes for an unusable reply
    return json.dumps(found, ensure_ascii=False)
