"""What a model is asked, and in which form: not every endpoint takes every parameter (pure)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from publisher.adapters.model.replies import Reply, Verdict, read_completion, read_vectors

ANSWERS: Final = ("json_schema", "json_object", "text")
"""How an answer's form is asked for, the strictest first. The last two have the schema in the words of the request."""

BOUNDS: Final = ("max_tokens", "max_completion_tokens", "")
"""How a reply's length is bounded. The old name comes first: new models say that they refuse it, while an old server
silently ignores the new name, and then nothing bounds the reply."""

BYTES_PER_TOKEN: Final = 3
"""An estimate on the safe side: English has four, Chinese three. Counting would need each model's own table."""


class Message(NamedTuple):
    role: str
    content: str


class Form(NamedTuple):
    """The parameters that a request is made with."""

    answer: str = ANSWERS[0]
    bound: str = BOUNDS[0]

    @classmethod
    def parse(cls, text: str | None) -> Form:
        """Read what `str` wrote; the first form if it is not one.

        >>> str(Form.parse("json_object max_completion_tokens")), Form.parse("?") == Form()
        ('json_object max_completion_tokens', True)
        """
        answer, _, bound = (text or "").partition(" ")
        return cls(answer, bound) if answer in ANSWERS and bound in BOUNDS else cls()

    def __str__(self) -> str:
        return f"{self.answer} {self.bound}".strip()

    def without(self, refused: frozenset[str]) -> Form | None:
        """Return the next form that asks for less, None if there is none; `refused` are parameters, by name.

        >>> Form().without(frozenset({"max_tokens"}))
        Form(answer='json_schema', bound='max_completion_tokens')
        >>> Form().without(frozenset({"response_format"}))
        Form(answer='json_object', bound='max_tokens')
        >>> Form("text", "").without(frozenset({"response_format"}))
        """
        answers = ANSWERS[ANSWERS.index(self.answer) + ("response_format" in refused) :]
        bounds = [each for each in (self.bound, *BOUNDS) if each not in refused]
        less = Form(answers[0], bounds[0]) if answers else self
        return None if less == self else less


@dataclass(frozen=True, slots=True)
class Request:
    """A conversation that asks for one JSON object.

    `prompt` is the version of the words that we put in, `sources` are digests of the texts that they are about; both
    belong to the key of the cache. `issue` is the issue whose budget pays.
    """

    purpose: str
    messages: tuple[Message, ...]
    schema_name: str
    schema: Mapping[str, Any]
    max_tokens: int
    prompt: str
    sources: tuple[str, ...] = ()
    issue: int | None = None

    path = "/chat/completions"
    cached = True

    @property
    def digest(self) -> str:
        """The digest of everything that is asked."""
        asked = [self.messages, self.schema, self.max_tokens, self.prompt, self.sources]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    @property
    def most_tokens(self) -> tuple[int, int]:
        """The most tokens of request and reply, estimated."""
        size = len(json.dumps([self.messages, self.schema], ensure_ascii=False).encode())
        return size // BYTES_PER_TOKEN, self.max_tokens

    def body(self, model: str, form: Form) -> dict[str, Any]:
        messages = [message._asdict() for message in self.messages]
        if form.answer != "json_schema":
            messages[0]["content"] += (
                "\n\nAnswer with one JSON object that follows this JSON schema, and with nothing else:\n"
                + json.dumps(self.schema)
            )
        body: dict[str, Any] = {"model": model, "messages": messages}
        if form.answer == "json_schema":
            schema = {"name": self.schema_name, "strict": True, "schema": self.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif form.answer == "json_object":
            body["response_format"] = {"type": "json_object"}
        if form.bound:
            body[form.bound] = self.max_tokens
        return body

    def read(self, reply: Reply) -> Verdict:
        return read_completion(reply)


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """Texts for which vectors are asked."""

    texts: tuple[str, ...]
    purpose: str = "embed"
    prompt: str = ""
    issue: int | None = None

    path = "/embeddings"
    cached = False

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.texts).encode()).hexdigest()

    @property
    def most_tokens(self) -> tuple[int, int]:
        return sum(len(text.encode()) for text in self.texts) // BYTES_PER_TOKEN + len(self.texts), 0

    def body(self, model: str, form: Form) -> dict[str, Any]:  # noqa: ARG002 - there is one form
        return {"model": model, "input": list(self.texts), "encoding_format": "float"}

    def read(self, reply: Reply) -> Verdict:
        return read_vectors(reply, len(self.texts))
