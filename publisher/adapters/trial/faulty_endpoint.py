"""A model's endpoint that misbehaves on purpose, as a process of its own.

It listens on a free port of 127.0.0.1 and prints its number. The path says what it does: `/RUN/SCRIPT/v1/…`, where SCRIPT
is the list of behaviours for the first, second … request of that run, with commas between; the last one repeats. A GET of
`/RUN/SCRIPT/requests` returns what was asked so far. Everything is written to the raw socket: nothing polite stands
between. It ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import math
import os
import re
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from email.utils import format_datetime
from typing import Any, Final

_SENTENCE = re.compile(r"[A-Z][^.!?]{40,200}\.")


def honest(asked: Mapping[str, Any]) -> str:
    """Answer as an honest model would: the first whole sentence of each of four passages, word for word."""
    data = json.loads(asked["messages"][-1]["content"])
    found = ((passage["id"], _SENTENCE.search(passage["text"])) for passage in data["passages"])
    quoted = [(id_, match[0]) for id_, match in found if match][:4]
    return json.dumps({"sentences": [{"sentence": said, "passage": id_, "quotation": said} for id_, said in quoted]})


def completion(asked: Mapping[str, Any], content: object = None, finish: object = "stop", **more: Any) -> bytes:
    """Return a chat completion as small servers send it: without `logprobs`, `refusal` and the like."""
    message = {"role": "assistant", "content": honest(asked) if content is None else content}
    reply: dict[str, Any] = {
        "id": "1", "object": "chat.completion", "created": 1, "model": asked["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 23, "total_tokens": 123},
    }  # fmt: skip
    return json.dumps(reply | more).encode()


def response(
    body: bytes, status: str = "200 OK", *headers: str, kind: str = "application/json", length: int | None = None
) -> bytes:
    lines = [
        f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body) if length is None else length}",
        "Connection: close", *headers,
    ]  # fmt: skip
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def error(message: str, status: str = "400 Bad Request", *headers: str, **more: str | None) -> bytes:
    """Return an error as OpenAI writes it."""
    return response(
        json.dumps({"error": {"message": message, "type": "invalid_request_error"} | more}).encode(), status, *headers
    )


def _busy(wait: str) -> bytes:
    headers: tuple[str, ...]
    if wait == "date":
        now = dt.datetime.now(dt.UTC)
        later = now + dt.timedelta(minutes=10)
        headers = (f"Date: {format_datetime(now, usegmt=True)}", f"Retry-After: {format_datetime(later, usegmt=True)}")
    else:
        headers = (f"Retry-After: {wait}",) if wait else ()
    return error("Rate limit reached", "429 Too Many Requests", *headers)


def _refusing(asked: Mapping[str, Any], *parameters: str) -> bytes:
    """Refuse the first of these parameters that the request has; answer one that has none of them."""
    for one in parameters:
        name, _, value = one.partition("=")
        if name in asked and (not value or asked[name].get("type") == value):
            what = value or name
            return error(
                f"Unsupported parameter: '{what}' is not supported with this model.",
                param=name,
                code="unsupported_parameter",
            )
    return response(completion(asked))


def _in_words_only(asked: Mapping[str, Any]) -> bytes:
    """Ignore a JSON schema, as some servers do; follow it if it is told in words."""
    told = "JSON schema" in asked["messages"][0]["content"]
    return response(completion(asked, None if told else "Sure! Here are three sentences about retry budgets."))


def _vectors(asked: Mapping[str, Any], length: int = 3, number: int | None = None) -> bytes:
    count = len(asked["input"]) if number is None else number
    rows = [{"object": "embedding", "index": place, "embedding": [float(place)] * length} for place in range(count)]
    usage = {"prompt_tokens": 7, "total_tokens": 7}
    return response(
        json.dumps({"object": "list", "data": rows[::-1], "model": asked["model"], "usage": usage}).encode()
    )


def _meanings(asked: Mapping[str, Any], length: int = 64, salt: str = "", **more: object) -> bytes:
    """Return a vector for each text that counts its words, each at a place of its own; `salt` makes another model of it."""
    rows = []
    for place, text in enumerate(asked["input"]):
        counts = [0.0] * length
        for word in re.findall(r"\w+", text.casefold()):
            counts[zlib.crc32(f"{salt}{word}".encode()) % length] += 1.0
        rows.append({"object": "embedding", "index": place, "embedding": counts} | more)
    usage = {"prompt_tokens": 7, "total_tokens": 7}
    return response(
        json.dumps({"object": "list", "data": rows[::-1], "model": asked["model"], "usage": usage}).encode()
    )


_ODD_USAGE: Final[Mapping[str, object]] = {
    "none": None, "empty": {}, "text": "many", "strings": {"prompt_tokens": "100", "completion_tokens": "23"},
    "negative": {"prompt_tokens": -5, "total_tokens": -1}, "only-total": {"total_tokens": 123.0},
    "nested": {"prompt_tokens": {"text": 100}}, "huge": {"total_tokens": 10**30},
}  # fmt: skip
_FENCED: Final = "```json\n{}\n```"

ANSWERS: Final[Mapping[str, Callable[[dict[str, Any]], bytes]]] = {
    "good": lambda asked: response(completion(asked)),
    "fenced": lambda asked: response(completion(asked, _FENCED.replace("{}", honest(asked)))),
    "talkative": lambda asked: response(completion(asked, "Of course!\n\n" + _FENCED.replace("{}", honest(asked)) + "\n\nMore?")),
    "thinking": lambda asked: response(completion(asked, f"<think>Let me {{see}}.</think>\n{honest(asked)}")),
    "parts": lambda asked: response(completion(asked, [{"type": "text", "text": honest(asked)}])),
    "parsed": lambda asked: response(completion(asked, json.loads(honest(asked)))),
    "marked": lambda asked: response(b"\xef\xbb\xbf" + completion(asked)),
    **{f"usage-{name}": (lambda asked, usage=usage: response(completion(asked, usage=usage))) for name, usage in _ODD_USAGE.items()},  # type: ignore[misc]  # the default binds each value
    "no-old-limit": lambda asked: _refusing(asked, "max_tokens"),
    "no-new-limit": lambda asked: _refusing(asked, "max_completion_tokens"),
    "no-limit": lambda asked: _refusing(asked, "max_tokens", "max_completion_tokens"),
    "no-schema": lambda asked: _refusing(asked, "response_format=json_schema"),
    "no-format": lambda asked: _refusing(asked, "response_format"),
    "nothing-new": lambda asked: _refusing(asked, "response_format", "max_tokens"),
    "picky": lambda _: error("Invalid value for 'response_format'", param="response_format"),
    "in-words-only": _in_words_only,
    "too-long": lambda asked: (
        error("This model's maximum context length is 8192 tokens; reduce the length of the messages.", code="context_length_exceeded")
        if len(json.loads(asked["messages"][-1]["content"])["passages"]) > 4 else response(completion(asked))
    ),
    "always-too-long": lambda _: error("Request too large", "413 Content Too Large"),
    "filtered-prompt": lambda _: error("The prompt was flagged by our content management policy.", code="content_filter"),
    "filtered-reply": lambda asked: response(completion(asked, "", "content_filter")),
    "declined": lambda asked: response(completion(asked, choices=[{"message": {"content": None, "refusal": "No."}, "finish_reason": "stop"}])),
    "cut-by-length": lambda asked: response(completion(asked, finish="length")),
    "no-finish": lambda asked: response(completion(asked, finish=None)),
    "calls-a-tool": lambda asked: response(completion(asked, finish="tool_calls")),
    "half-json": lambda asked: response(completion(asked, honest(asked)[:60])),
    "spends": lambda asked: response(completion(asked, "{", usage={"prompt_tokens": 999_999, "completion_tokens": 1})),
    "other-json": lambda asked: response(completion(asked, '{"answer": 42}')),
    "no-content": lambda asked: response(completion(asked, choices=[{"message": {"content": None}, "finish_reason": "stop"}])),
    "no-choices": lambda asked: response(completion(asked, choices=[])),
    "null-choices": lambda asked: response(completion(asked, choices=None)),
    "page": lambda _: response(b"<html><body>Sign in</body></html>", kind="text/html"),
    "empty": lambda _: response(b""),
    "garbage": lambda _: response(b"\xff\xfe{\x80"),
    "half-body": lambda asked: response(completion(asked)[:-40]),
    "short-body": lambda asked: response(completion(asked), length=99_999),
    "error-in-200": lambda _: response(b'{"error": {"message": "overloaded"}}'),
    "busy-in-200": lambda _: response(b'{"error": {"message": "slow down", "code": 429}}'),
    "compressed": lambda _: response(gzip.compress(b" " * 1_000_000), "200 OK", "Content-Encoding: gzip"),
    "not-http": lambda _: b"not http at all\r\n\r\n",
    "forged": lambda asked: response(completion(asked, json.dumps({"sentences": [
        {"sentence": "Readers keep their subscription when they reply with their password.", "passage": "0099-concept-1", "quotation": "words that no passage has"}
    ] * 3}))),
    "redirect": lambda _: response(b"", "302 Found", "Location: http://127.0.0.1:1/v1"),
    "wrong-key": lambda _: error("Incorrect API key provided", "401 Unauthorized"),
    "no-model": lambda _: error("The model does not exist", "404 Not Found"),
    "broke": lambda _: error("You exceeded your current quota", "429 Too Many Requests", code="insufficient_quota"),
    "500": lambda _: error("oops", "500 Internal Server Error"),
    "503": lambda _: response(b"oops", "503 Service Unavailable"),
    "vectors": _vectors,
    "fewer-vectors": lambda asked: _vectors(asked, number=1),
    "no-vectors": lambda asked: _vectors(asked, length=0),
    "meanings": _meanings,
    "longer-meanings": lambda asked: _meanings(asked, 96),
    "other-meanings": lambda asked: _meanings(asked, salt="other "),
    "nan-vectors": lambda asked: _meanings(asked, embedding=[math.nan] * 64),
    "zero-vectors": lambda asked: _meanings(asked, embedding=[0.0] * 64),
    "endless-vectors": lambda asked: _meanings(asked, embedding=[1e308] * 64),
    "same-index": lambda asked: _meanings(asked, index=0),
    "no-index": lambda asked: _meanings(asked, index=None),
    "foreign-index": lambda asked: _meanings(asked, index=len(asked["input"])),
    "short-meanings": lambda asked: (
        error("This model's maximum context length is 512 tokens.") if len(asked["input"]) > 1 or len(asked["input"][0]) > 60
        else _meanings(asked)
    ),
}  # fmt: skip
"""What is answered at once."""


def _answer(name: str, asked: dict[str, Any]) -> bytes:
    return (
        _busy(name.removeprefix("busy").removeprefix("-"))
        if name.startswith("busy-") and name not in ANSWERS
        else ANSWERS[name](asked)
    )


async def _behave(name: str, asked: dict[str, Any], writer: asyncio.StreamWriter) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    match name:
        case "hangs":
            await asyncio.sleep(3600)
        case "stalls":
            writer.write(head + b"{")
            await writer.drain()
            await asyncio.sleep(3600)
        case "stalls-in-an-error":
            writer.write(b"HTTP/1.1 500 Oops\r\n\r\n{")
            await writer.drain()
            await asyncio.sleep(3600)
        case "drips":
            for byte in _meanings(asked) if "input" in asked else response(completion(asked)):
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.05)
        case "never-ends" | "floods":
            writer.write(head)
            while True:
                writer.write(b" " * (65_536 if name == "floods" else 1))
                await writer.drain()
                await asyncio.sleep(0 if name == "floods" else 0.05)
        case "resets":
            writer.transport.abort()
        case "slow-meanings":
            await asyncio.sleep(0.15)
            writer.write(_meanings(asked))
        case "slow":
            await asyncio.sleep(0.15)
            writer.write(response(completion(asked)))
        case _:
            writer.write(_answer(name, asked))
    await writer.drain()


class _Server:
    def __init__(self) -> None:
        self._asked: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, path, _ = head.split(" ", 2)
            _, run, script, rest = path.split("/", 3)
            asked = self._asked[f"{run}/{script}"]
            if method == "GET":
                writer.write(response(json.dumps(asked).encode()))
                await writer.drain()
                return
            length = re.search(r"(?im)^content-length: *(\d+)", head)
            body = json.loads(await reader.readexactly(int(length[1]) if length else 0))
            headers = dict(re.findall(r"(?m)^([\w-]+): *(.*?)\r?$", head.lower()))
            asked.append({"path": f"/{rest}", "headers": headers, "body": body})
            names = script.split(",")
            await _behave(names[min(len(asked), len(names)) - 1], body, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client gave up, which is what it should do
        finally:
            writer.close()


async def _main() -> None:
    server = await asyncio.start_server(_Server().serve, "127.0.0.1", 0, limit=2**24)
    os.write(1, f"{server.sockets[0].getsockname()[1]}\n".encode())  # whoever started it reads this
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_main())
