"""What a reply says, whatever its shape, and what a failed one means (pure).

Real servers leave out much of what OpenAI's description requires, and add what it does not know. So everything is taken
that can only mean one thing, and nothing that may be half of something. A server's own words go no further than this
module: they may hold the key, or an attacker's text.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from publisher.ports import CallOutcome

_TOO_LONG = re.compile(
    r"context[_ ](?:length|window|size)|maximum context|(?:prompt|input|request) (?:is )?too (?:long|large)|too many tokens"
)
_FILTERED = re.compile(
    r"content[_ ](?:filter|policy|management)|responsibleaipolicyviolation|moderation|flagged|safety (?:system|polic)"
)
_NO_MONEY = re.compile(r"insufficient_quota|billing|credit balance|payment required")
_UNKNOWN = re.compile(r"unsupported|not (?:be )?(?:supported|allowed|permitted)|unknown|unrecogni[sz]ed|invalid|extra")
_PARAMETERS: Final = {
    "max_completion_tokens": re.compile(r"max_completion_tokens"),
    "max_tokens": re.compile(r"max_tokens"),
    "response_format": re.compile(
        r"response_?format|json_?schema|structured[ _]outputs?|grammar|\bstrict\b|\bschema\b"
    ),
}
_ENDED: Final = frozenset({"stop", "eos", "end_turn"})
_KNOWN_ENDS: Final = frozenset({"length", "content_filter", "tool_calls", "function_call"})
_MAY_PASS: Final = frozenset({408, 409, 425})
_MOST_TOKENS: Final = 10**9
"""A larger number of tokens is not believed."""

_FENCE = re.compile(r"```[A-Za-z]*[ \t]*\n(.*?)```", re.DOTALL)
_THOUGHT = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reply is: with `content` if it answered, else with a `reason` of a few words of ours.

    `counted` says whether the endpoint told its tokens. `refused` are parameters that it does not take, `wait` the
    seconds that it asks for.
    """

    outcome: CallOutcome
    reason: str = ""
    content: str = ""
    status: int | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    counted: bool = False
    refused: frozenset[str] = frozenset()
    wait: float | None = None


def read_completion(reply: Reply) -> Verdict:
    """Read a reply to a chat completion."""
    if reply.status != 200:
        return _failure(reply, _object(reply.body))
    said = _object(reply.body)
    counts = _usage(said)
    match said:
        case {"error": error} if error and not said.get("choices"):
            return replace(_error_in_200(error), **counts)
        case {"choices": [{"message": dict(message), **choice}, *_]}:
            return replace(_choice(message, choice.get("finish_reason")), status=200, **counts)
    return Verdict(CallOutcome.UNREADABLE, "reply with status 200 is not a chat completion", status=200, **counts)


def read_vectors(reply: Reply, number: int) -> Verdict:
    """Read a reply to a request for `number` embeddings; the content is a JSON array of arrays of numbers."""
    if reply.status != 200:
        return _failure(reply, _object(reply.body))
    said = _object(reply.body)
    counts = _usage(said)
    rows = said.get("data") if isinstance(said, dict) else None
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        vectors: list[Any] = [row.get("embedding") for row in _in_order(rows)]
        if len(vectors) == number and all(map(_is_vector, vectors)) and len({len(one) for one in vectors}) == 1:
            return Verdict(CallOutcome.ANSWERED, content=json.dumps(vectors), status=200, **counts)
    return Verdict(CallOutcome.UNREADABLE, "reply with status 200 has no embeddings", status=200, **counts)


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows in the order of the texts: by their index, or as they came where none has one; none if nobody can tell.

    >>> _in_order([{"index": 1, "a": 1}, {"index": 0, "a": 0}]), _in_order([{"index": 0}, {"index": 0}])
    ([{'index': 0, 'a': 0}, {'index': 1, 'a': 1}], [])
    """
    places = [row.get("index") for row in rows]
    if all(place is None for place in places):
        return rows
    by_place = {place: row for place, row in zip(places, rows, strict=True) if isinstance(place, (int, float))}
    return [by_place[place] for place in range(len(rows))] if by_place.keys() == set(range(len(rows))) else []


def json_in(content: str) -> str:
    r"""Return the JSON that an answer consists of, without a code fence, thoughts or words around it.

    >>> json_in('Here it is:\n```json\n{"a": 1}\n```')
    '{"a": 1}'
    """
    text = _THOUGHT.sub("", content.removeprefix("\ufeff")).strip()
    fenced = [one.strip() for one in _FENCE.findall(text) if one.lstrip().startswith(("{", "["))]
    if fenced:
        return str(fenced[0])
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _choice(message: Mapping[str, Any], finish: object) -> Verdict:
    content = message.get("content")
    if isinstance(content, list):  # parts, as newer servers have them
        parts = [part for part in content if isinstance(part, dict)]
        refused = any(part.get("type") == "refusal" for part in parts)
        content = "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
    else:
        refused = False
        content = json.dumps(content) if isinstance(content, dict) else content
    if refused or message.get("refusal"):
        return Verdict(CallOutcome.FILTERED, "refused to answer")
    if not isinstance(finish, str) or finish.casefold() not in _ENDED:
        # A server's own words do not get into our files.
        known = f"'{finish}'" if finish in _KNOWN_ENDS else "an unknown reason"
        outcome = CallOutcome.FILTERED if finish == "content_filter" else CallOutcome.TRUNCATED
        return Verdict(outcome, f"reply ended by {known}, not by 'stop'")
    return Verdict(CallOutcome.ANSWERED, content=_storable(content) if isinstance(content, str) else "")


def _storable(text: str) -> str:
    """Return a text without halves of characters and NUL, which no database takes."""
    return text.encode(errors="replace").decode().replace("\0", "?")


def _failure(reply: Reply, said: object) -> Verdict:
    """Judge a reply whose status is not 200."""
    status, words = reply.status, reply.body[:20_000].decode(errors="replace").casefold()
    plain = Verdict(
        CallOutcome.REFUSED, f"HTTP {status}", status=status, wait=_retry_after(reply.headers), **_usage(said)
    )
    asks = status in (400, 422)
    if status == 413 or (asks and _TOO_LONG.search(words)) or (status == 429 and "request too large" in words):
        return replace(plain, outcome=CallOutcome.TOO_LONG, reason=f"HTTP {status}, the request is too long")
    if (asks or status == 403) and _FILTERED.search(words):
        return replace(plain, outcome=CallOutcome.FILTERED, reason=f"HTTP {status}, stopped by a content filter")
    if asks or (status in (500, 501) and _UNKNOWN.search(words)):
        refused = _refused(said, words)
        if refused:
            return replace(plain, outcome=CallOutcome.PARAMETER_REFUSED, refused=refused)
    if status == 429 and not _NO_MONEY.search(words):
        return replace(plain, outcome=CallOutcome.BUSY)
    if status >= 500 or status in _MAY_PASS:
        return replace(plain, outcome=CallOutcome.SERVER_ERROR)
    return plain


def _refused(said: object, words: str) -> frozenset[str]:
    """Return the parameters that an error is about: the one it names as `param`, else those that its words have."""
    match said:
        case {"error": {"param": str(parameter)}} if parameter:
            words = parameter.casefold()
    refused = {name for name, pattern in _PARAMETERS.items() if pattern.search(words)}
    if {
        "max_tokens",
        "max_completion_tokens",
    } <= refused:  # «use this one instead of that»: the first is the refused one
        refused.discard(max(("max_tokens", "max_completion_tokens"), key=words.find))
    return frozenset(refused)


def _error_in_200(error: object) -> Verdict:
    """Judge an error that came with status 200, as routers in front of several models send it."""
    code = error.get("code") if isinstance(error, dict) else None
    outcome = CallOutcome.UNREADABLE
    if code == 429:
        outcome = CallOutcome.BUSY
    elif isinstance(code, int) and code >= 500:
        outcome = CallOutcome.SERVER_ERROR
    return Verdict(outcome, "reply with status 200 holds an error", status=200)


def _object(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _usage(said: object) -> dict[str, Any]:
    """Return what a reply says of its tokens, as far as it can be believed."""
    usage = said.get("usage") if isinstance(said, dict) else None
    if not isinstance(usage, dict):
        return {}
    given = _count(usage.get("prompt_tokens", usage.get("input_tokens")))
    made = _count(usage.get("completion_tokens", usage.get("output_tokens")))
    given = max(given, _count(usage.get("total_tokens")) - made)
    return {"input_tokens": given, "output_tokens": made, "counted": True} if given or made else {}


def _count(value: object) -> int:
    """Return a number of tokens; 0 for what is not one.

    >>> [_count(one) for one in (12, "12", 12.0, -1, True, None, "many", float("nan"))]
    [12, 12, 12, 0, 0, 0, 0, 0]
    """
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else 0.0
    except (ValueError, OverflowError):
        return 0
    return int(number) if 0 <= number <= _MOST_TOKENS else 0


def _is_vector(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, (int, float)) and not isinstance(one, bool) and math.isfinite(one) for one in value)
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that Retry-After asks for (RFC 9110, 10.2.3: a number or a date), None without it.

    A date is compared with the reply's own Date, so that neither clock has to be right.
    """
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        until = _moment(value)
        if until is None:
            return None
        seconds = (until - (_moment(headers.get("date", "")) or dt.datetime.now(dt.UTC))).total_seconds()
    return None if math.isnan(seconds) else max(0.0, seconds)


def _moment(value: str) -> dt.datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
