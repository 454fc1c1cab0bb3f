"""Reads the sign-up form, however it was sent: urlencoded, multipart or JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

TRAP = "website"
"""Name of the field that people do not see; a program that fills in every field fills in this one."""

_BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class UnreadableForm(ValueError):
    """The body is not what its content type says."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was sent. `source` says where the reader came from; it is kept, never mailed."""

    email: str
    source: str
    trapped: bool
    is_json: bool


async def read_form(request: Request) -> Form:
    """Read the body of a request. Raises UnreadableForm."""
    is_json = request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
    fields = await _json(request) if is_json else await _fields(request)
    return Form(
        email=fields.get("email", ""),
        source=one_line(fields.get("source", ""), 150) or "site",
        trapped=bool(fields.get(TRAP, "").strip()),
        is_json=is_json,
    )


def one_line(text: str, length: int) -> str:
    """Return text without control characters, cut to `length`."""
    return _BREAKING.sub(" ", text).strip()[:length]


async def _json(request: Request) -> dict[str, str]:
    try:
        read = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise UnreadableForm from None
    if not isinstance(read, dict) or not all(isinstance(value, str) for value in read.values()):
        raise UnreadableForm
    return read


async def _fields(request: Request) -> dict[str, str]:
    try:
        async with request.form(max_files=0, max_fields=20) as form:
            return {name: value for name, value in form.items() if isinstance(value, str)}
    except (HTTPException, ValueError):  # starlette reports a malformed multipart body as an HTTPException
        raise UnreadableForm from None
