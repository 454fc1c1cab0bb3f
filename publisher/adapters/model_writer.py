"""A writer behind an OpenAI-compatible endpoint (chat completions with structured output).

The whole call has one deadline: connecting, waiting, every retry, and a body that comes drop by drop. An HTTP client's
time-out runs between two bytes, so a dripping body would outlive it; hence the event loop in here, which can cancel at
any moment. The port stays synchronous.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import math
import random
import urllib.parse
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar

import httpx2
import openai
import openai.resources.chat.completions  # loaded at the first call otherwise, inside the deadline
from openai.types.chat import ChatCompletionMessageParam
from openai.types.shared_params.response_format_json_schema import JSONSchema
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from publisher.draft.prompt import messages
from publisher.errors import ConfigurationError, WriterUnavailable
from publisher.ports import Brief, Proposal

MOST_BYTES: Final = 4_000_000
"""Bytes of one reply. A section of six sentences has a thousandth of this."""

MOST_SENTENCES: Final = 20
ATTEMPTS: Final = 3
FIRST_PAUSE: Final = 0.5
"""Seconds before the second attempt, doubled before the third; up to half as much again is added at random."""

_MAY_PASS: Final = frozenset({408, 409, 425, 429})
"""Statuses besides 5xx after which another attempt may succeed."""

Result = TypeVar("Result")


class _Sentence(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sentence: str
    passage: str
    quotation: str


class _Reply(BaseModel):
    """What the model should answer; its JSON schema goes out with the request."""

    model_config = ConfigDict(extra="forbid")

    sentences: list[_Sentence]


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    total_tokens: Annotated[int, Field(ge=0)] = 0


class _Completion(BaseModel):
    """The part of a chat completion that we read. Real servers leave out much of what OpenAI's description requires."""

    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None


class _TooMuchError(Exception):
    """The reply is compressed although we asked for none of that, or has too many bytes."""


@dataclass(frozen=True, slots=True)
class ModelWriter:
    """Asks the model `name` at `url` (ending in /v1); `key` may be None for a server of your own."""

    url: str = field(repr=False)
    name: str
    key: str | None = field(default=None, repr=False)
    deadline_seconds: float = 60.0
    max_tokens: int = 1500
    jitter: Callable[[], float] = field(default=random.random, repr=False)

    def __post_init__(self) -> None:
        try:
            parts = urllib.parse.urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            httpx2.URL(self.url)
        except (ValueError, httpx2.InvalidURL):
            usable = False
        if not usable:
            raise ConfigurationError("PRESSROOM_MODEL_URL is not a URL such as http://127.0.0.1:11434/v1")

    def write(self, brief: Brief) -> Proposal:
        """Ask once, with retries inside the deadline. Raises WriterUnavailable with a reason of a few words."""
        if not brief.hits:
            raise WriterUnavailable("model: not asked, because there are no past passages")
        completion = _read(_run(self._within_deadline(brief)))
        choice = completion.choices[0]
        if choice.message.refusal:
            raise WriterUnavailable("model: refused to answer")
        if choice.finish_reason != "stop":
            raise WriterUnavailable(f"model: reply ended by {_known(choice.finish_reason)}, not by 'stop'")
        try:
            reply = _Reply.model_validate_json(choice.message.content or "")
        except ValidationError:
            raise WriterUnavailable("model: reply does not follow the schema") from None
        return Proposal(
            sentences=tuple((one.sentence, one.passage, one.quotation) for one in reply.sentences[:MOST_SENTENCES]),
            writer="model",
            model=self.name,
            tokens=completion.usage.total_tokens if completion.usage else 0,
        )

    async def _within_deadline(self, brief: Brief) -> bytes:
        try:
            async with asyncio.timeout(self.deadline_seconds):
                async with self._client() as client:
                    return await self._attempts(client, brief)
        except TimeoutError:
            raise WriterUnavailable(f"model: deadline of {self.deadline_seconds:g} s passed") from None

    def _client(self) -> openai.AsyncOpenAI:
        loopback = urllib.parse.urlsplit(self.url).hostname in ("localhost", "127.0.0.1", "::1")
        http = httpx2.AsyncClient(
            timeout=self.deadline_seconds,
            follow_redirects=False,  # a redirected POST becomes a GET, and the key is for this host alone
            trust_env=not loopback,  # a server on this machine is not reached through the environment's proxy
            headers={"Accept-Encoding": "identity"},
            event_hooks={"response": [_limit]},
        )
        return openai.AsyncOpenAI(base_url=self.url, api_key=self.key or "none", max_retries=0, http_client=http)

    async def _attempts(self, client: openai.AsyncOpenAI, brief: Brief) -> bytes:
        """Return the body of the first reply with status 200; the deadline around this bounds every pause."""
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._ask(client, brief)
            except openai.APIStatusError as error:
                reason, wait = f"model: HTTP {error.status_code}", _retry_after(error.response.headers)
                if error.status_code < 500 and error.status_code not in _MAY_PASS:
                    raise WriterUnavailable(reason) from None
            except _TooMuchError as error:
                raise WriterUnavailable(f"model: {error}") from None
            except (openai.APIConnectionError, httpx2.HTTPError):
                reason, wait = "model: the connection failed", None
            except openai.OpenAIError:
                raise WriterUnavailable("model: reply is not a chat completion") from None
            if wait is not None and wait >= self.deadline_seconds:
                raise WriterUnavailable(f"{reason}, try again in {wait:.0f} s")
            if attempt < ATTEMPTS:
                await asyncio.sleep(wait if wait is not None else pause * (1 + self.jitter() / 2))
                pause *= 2
        raise WriterUnavailable(f"{reason} ({ATTEMPTS} attempts)")

    async def _ask(self, client: openai.AsyncOpenAI, brief: Brief) -> bytes:
        system, user = messages(brief)
        conversation: list[ChatCompletionMessageParam] = [
            {"role": "system", "content": system["content"]},
            {"role": "user", "content": user["content"]},
        ]
        schema: JSONSchema = {"name": "drafted_section", "strict": True, "schema": _Reply.model_json_schema()}
        response = await client.chat.completions.with_raw_response.create(
            model=self.name,
            messages=conversation,
            response_format={"type": "json_schema", "json_schema": schema},
            max_tokens=self.max_tokens,
        )
        body: bytes = response.http_response.content
        return body


def _read(body: bytes) -> _Completion:
    """Read a reply with status 200, which may be a web page, an error, or half of something."""
    try:
        return _Completion.model_validate_json(body)
    except ValidationError:
        what = "holds an error" if body[:200].lstrip().startswith(b'{"error"') else "is not a chat completion"
        raise WriterUnavailable(f"model: reply with status 200 {what}") from None


def _known(finish_reason: str | None) -> str:
    """Return the reason if it is a standard one; a server's own words do not get into our files."""
    known = ("length", "content_filter", "tool_calls", "function_call")
    return f"'{finish_reason}'" if finish_reason in known else "an unknown reason"


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Return the seconds that Retry-After asks for (RFC 9110, 10.2.3: a number or a date), None without it."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            until = email.utils.parsedate_to_datetime(value)
        except ValueError:
            return None
        aware = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
        seconds = (aware - dt.datetime.now(dt.UTC)).total_seconds()
    return None if math.isnan(seconds) else max(0.0, seconds)


class _Limited(httpx2.AsyncByteStream):
    """A body of which at most MOST_BYTES are read, whatever the server goes on sending."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MOST_BYTES:
                raise _TooMuchError(f"reply has more than {MOST_BYTES:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _limit(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise _TooMuchError("reply is compressed, which was not asked for")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Limited(response.stream)


def _run(call: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in a loop of its own.

    Unlike asyncio.run(), it does not wait for a thread that is still resolving a host name: that could take longer
    than the deadline allows.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(call)
    finally:
        for task in asyncio.all_tasks(loop):  # there are some only when a person interrupts
            task.cancel()
            loop.run_until_complete(asyncio.wait([task]))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
