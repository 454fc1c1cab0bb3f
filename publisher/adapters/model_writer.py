"""A writer that asks a model, through the gateway. What it proposes is judged like any other writer's proposal."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel, ConfigDict

from publisher.adapters.model import Gateway, Message, Request
from publisher.adapters.model.gateway import Answer
from publisher.adapters.model.replies import json_in
from publisher.draft.ground import FEWEST_CLAIMS, ground
from publisher.draft.prompt import PROMPT, messages
from publisher.errors import ModelUnavailable, WriterUnavailable
from publisher.ports import NO_LIMITS, Brief, Limits, Proposal

MOST_SENTENCES: Final = 20
FEWEST_HITS: Final = 4
"""Passages that a shortened request keeps at least."""


class _Sentence(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sentence: str
    passage: str
    quotation: str


class _Reply(BaseModel):
    """What the model should answer; its JSON schema goes out with the request."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[_Sentence]


_SCHEMA: Final = _Reply.model_json_schema()


@dataclass(frozen=True, slots=True)
class ModelWriter:
    """Proposes what a model answers, within `deadline_seconds` whatever the endpoints do."""

    gateway: Gateway = field(repr=False)
    deadline_seconds: float = 60.0
    max_tokens: int = 1500
    limits: Limits = NO_LIMITS

    def write(self, brief: Brief) -> Proposal:
        """Ask once, or again with fewer passages if they were too many. Raises WriterUnavailable with a few words."""
        if not brief.hits:
            raise WriterUnavailable("model: not asked, because there are no past passages")
        until = time.monotonic() + self.deadline_seconds
        left, spent = self.deadline_seconds, 0
        while True:
            try:
                answer = self.gateway.call(self._request(brief), _read, deadline_seconds=left, limits=self.limits)
            except ModelUnavailable as unavailable:
                spent += unavailable.tokens
                left = until - time.monotonic()
                half = brief.hits[: len(brief.hits) // 2]
                if not unavailable.too_long or len(half) < FEWEST_HITS or left <= 0:
                    raise WriterUnavailable(f"model: {unavailable}", tokens=spent) from None
                brief = dataclasses.replace(brief, hits=half)
            else:
                return self._proposal(answer, brief, spent)

    def _request(self, brief: Brief) -> Request:
        return Request(
            purpose="repair" if brief.dropped else "draft",
            messages=tuple(Message(one["role"], one["content"]) for one in messages(brief)),
            schema_name="drafted_section",
            schema=_SCHEMA,
            max_tokens=self.max_tokens,
            prompt=PROMPT,
            sources=tuple(hashlib.sha256(hit.passage.text.encode()).hexdigest() for hit in brief.hits),
            issue=brief.issue,
        )

    def _proposal(self, answer: Answer[_Reply], brief: Brief, spent: int) -> Proposal:
        proposal = Proposal(
            sentences=tuple(
                (one.sentence, one.passage, one.quotation) for one in answer.result.sentences[:MOST_SENTENCES]
            ),
            writer="model",
            model=answer.endpoint.name,
            tokens=spent + answer.tokens,
            repairs=True,
        )
        claims, _ = ground(proposal, brief.hits, own_text=brief.own_text, language=brief.language)
        if len(claims) + len(brief.kept) >= FEWEST_CLAIMS:
            self.gateway.keep(answer)
        return proposal


def _read(content: str) -> _Reply:
    return _Reply.model_validate_json(json_in(content))
