"""What the front matter of each kind of file may contain."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from publisher.content.aliases import MOST_ALIASES, place
from publisher.issue import IsoWeek, Level, PieceStatus
from publisher.publication import AUTHOR
from publisher.values import Line

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"


def _week(value: object) -> object:
    return IsoWeek.parse(value) if isinstance(value, str) else value


def _date(value: object) -> object:
    """Accept 2026-11-26 and nothing looser, and say what is wrong with 2026-02-30."""
    if not isinstance(value, str):
        return value
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError("write year, month and day")
        return dt.date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is not a date such as 2026-11-26 ({error})") from None


def _https_or_relative(value: str) -> str:
    if ":" in value.partition("/")[0] and not value.startswith(("https://", "http://")):
        raise ValueError(f"{value!r} is neither a relative path nor an http(s) URL")
    return value


def _of_content(value: str) -> str:
    if not re.fullmatch(r"(?:[^:#?]+/)?[^/:#?]+\.md(?:#.*)?", value):
        raise ValueError(f"{value!r} is not a Markdown file of the publication such as ../issues/0003.md#concept")
    return value


def _of_the_site(value: str) -> str:
    place(value)
    return value


def _or_none(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    try:
        return validate(value)
    except ValidationError:
        return None


Number = Annotated[int, Field(ge=1, le=9999)]
Week = Annotated[IsoWeek, BeforeValidator(_week)]
Date = Annotated[dt.date, BeforeValidator(_date)]
Slug = Annotated[str, Field(pattern=SLUG, max_length=80)]
PieceId = Annotated[str, Field(pattern=SLUG, max_length=40)]
AuthorId = Annotated[str, Field(pattern=AUTHOR)]
Minutes = Annotated[int, Field(ge=5, le=6000)]
Stack = Annotated[tuple[Annotated[Line, Field(max_length=40)], ...], Field(max_length=8)]
Link = Annotated[Line, AfterValidator(_https_or_relative)]
OwnLink = Annotated[Line, AfterValidator(_of_content)]
Alias = Annotated[str, AfterValidator(_of_the_site)]


class _Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class PieceFields(_Fields):
    """Front matter of concepts/*.md and the other sections' folders."""

    title: Line
    summary: Line
    status: PieceStatus = PieceStatus.DRAFT
    added: Date
    slug: Slug | None = None
    week: Week | None = None
    tags: tuple[Slug, ...] = ()
    author: AuthorId | None = None
    level: Level | None = None
    minutes: Minutes | None = None
    stack: Stack = ()
    id: PieceId | None = None


class DraftedSectionFields(_Fields):
    """How one drafted section came about; written by the drafting stage, `edited_by` by an editor."""

    model: Line | None = None
    fallbacks: tuple[str, ...] = ()
    search: str | None = None
    date: Date | None = None
    edited_by: Line | None = None


class DraftFields(_Fields):
    """How the drafted sections came about; files of before say of all of them what `sections` says of each."""

    writer: Line
    model: Line | None = None
    tokens: int = 0
    fallbacks: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    hashes: dict[str, str] = {}
    date: Date | None = None
    edited_by: Line | None = None
    sections: dict[str, DraftedSectionFields] = {}


class FactsFields(_Fields):
    """What the piece of a section said of itself when an issue took it; written by assembly."""

    author: AuthorId | None = None
    level: Level | None = None
    minutes: Minutes | None = None
    stack: Stack = ()
    tags: tuple[Slug, ...] = ()


class IssueFields(_Fields):
    """Front matter of issues/NNNN.md."""

    number: Number
    week: Week
    date: Date
    title: Line
    preheader: Line
    pieces: dict[str, str] = {}
    ids: dict[str, PieceId] = {}
    facts: dict[str, FactsFields] = {}
    drafted: tuple[str, ...] = ()
    left_out: dict[str, str] = {}
    draft: DraftFields | None = None
    published: Date | None = None
    aliases: Annotated[tuple[Alias, ...], Field(max_length=MOST_ALIASES)] = ()


class CorrectionFields(_Fields):
    """Front matter of corrections/NNNN-1.md."""

    issue: Number
    date: Date
    title: Line
    published: Date | None = None


class IssuePlace(BaseModel):
    """The part of an issue's front matter that has to fit together; None for a value that is missing or invalid."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    number: Annotated[Number | None, WrapValidator(_or_none)] = None
    week: Annotated[Week | None, WrapValidator(_or_none)] = None
    date: Annotated[Date | None, WrapValidator(_or_none)] = None


class GuideFields(_Fields):
    """The guide that a learning path is built around."""

    title: Line
    link: Link


class RowFields(_Fields):
    """What a reader knows, and what they build with it."""

    know: Line
    build: Line
    teach: Annotated[tuple[OwnLink, ...], Field(max_length=6)] = ()


class StepFields(_Fields):
    """One free step of a learning path."""

    title: Line
    link: Link
    about: Annotated[str, Field(max_length=600)]
    slug: Slug | None = None
    minutes: Minutes | None = None
    level: Level | None = None
    needs: tuple[Slug, ...] = ()
    exit: Annotated[tuple[Annotated[Line, Field(max_length=300)], ...], Field(max_length=8)] = ()


class PathFields(_Fields):
    """Front matter of paths/*.md."""

    title: Line
    summary: Line
    origin: Annotated[Line, Field(alias="from")]
    goal: Annotated[Line, Field(alias="to")]
    guide: GuideFields
    rows: Annotated[tuple[RowFields, ...], Field(min_length=1)]
    steps: Annotated[tuple[StepFields, ...], Field(min_length=1)]


class PageFields(_Fields):
    """Front matter of pages/*.md."""

    title: Line
    summary: Line
