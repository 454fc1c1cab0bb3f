"""The nouns of the flow: Piece -> Outline -> Issue (with its Draft) -> Rendered -> Approved -> Delivery.

All are frozen values. Saved and unsaved things have different types.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Self

from publisher.errors import Problem
from publisher.numbers import corrected, in_title, page_of, which_correction

ARCHIVE = "archive"
"""Id of the drafted section, present in every issue's layout."""

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""The years that a week may have: a typo such as 20206 is reported, and no date leaves the calendar's range."""


@dataclass(frozen=True, slots=True, order=True)
class IsoWeek:
    """A week of the ISO 8601 calendar, written 2026-W48.

    >>> IsoWeek.parse("2026-W53").monday()
    datetime.date(2026, 12, 28)
    >>> str(IsoWeek.of(dt.date(2027, 1, 3)))
    '2026-W53'
    """

    year: int
    week: int

    def __post_init__(self) -> None:
        dt.date.fromisocalendar(self.year, self.week, 1)  # ValueError for a week that the year lacks

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 2026-W48; ValueError says what is wrong with anything else."""
        match = re.fullmatch(r"([0-9]{4})-W([0-9]{2})", text.strip())
        if not match:
            raise ValueError(f"{text!r} is not an ISO week such as 2026-W48")
        year, week = int(match[1]), int(match[2])
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(f"the year of {text} is not between {FIRST_YEAR} and {LAST_YEAR}")
        try:
            return cls(year, week)
        except ValueError:
            last = dt.date(year, 12, 28).isocalendar().week
            raise ValueError(f"week {text} does not exist: {year} has weeks W01 to W{last:02d}") from None

    @classmethod
    def of(cls, day: dt.date) -> Self:
        """Return the week that `day` belongs to."""
        year, week, _ = day.isocalendar()
        return cls(year, week)

    def monday(self) -> dt.date:
        return dt.date.fromisocalendar(self.year, self.week, 1)

    def day(self, weekday: int) -> dt.date:
        """Return a day of this week; `weekday` counts from 0 = Monday, as datetime.date.weekday()."""
        return self.monday() + dt.timedelta(days=weekday)

    def next(self) -> Self:
        return self.of(self.monday() + dt.timedelta(days=7))

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.week:02d}"


class PieceStatus(StrEnum):
    """Whether assembly may use a piece: never (draft), once (ready), or again and again (evergreen)."""

    DRAFT = "draft"
    READY = "ready"
    EVERGREEN = "evergreen"


class Level(StrEnum):
    """How much a piece, or a step of a path, asks of a reader."""

    INTRODUCTORY = "introductory"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a piece says of itself: the id of its author in publication.toml, how hard it is, how many minutes it takes,
    what it is built with.
    """

    author: str | None = None
    level: Level | None = None
    minutes: int | None = None
    stack: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


NO_FACTS = Facts()

STARTER = "starter"
"""The tag of the pieces that came with a new publication; it is no topic."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One file that an editor wrote for one section of one issue.

    `body` is Markdown without the front matter; `answer` is the part of a question that goes out a week later.
    `path` begins with content/; `line` and `answer_line` are the file's lines on which they start, counted from 1.
    `id` is what the file says of itself, None before an issue took the piece; `lines` has the line of each key of the
    front matter.
    """

    section: str
    slug: str
    title: str
    summary: str
    body: str
    answer: str | None
    status: PieceStatus
    week: IsoWeek | None
    added: dt.date
    facts: Facts
    path: Path
    line: int
    answer_line: int = 0
    id: str | None = None
    lines: Mapping[str, int] = field(default_factory=dict, repr=False, compare=False)

    @property
    def reference(self) -> str:
        """How an issue's front matter and links name the piece: its path below content/."""
        return self.path.relative_to("content").as_posix()

    @property
    def digest(self) -> str:
        """A short digest of what the piece says. It is the id of a piece that has none yet."""
        said = "\0".join((self.section, self.title, self.body, self.answer or "")).encode()
        # A letter comes first, so that YAML never reads it as a number.
        return f"p{base64.b32encode(hashlib.sha256(said).digest())[:9].decode().lower()}"

    @property
    def identity(self) -> str:
        """What stays the same when the file is renamed or, once `id` is written into it, edited."""
        return self.id or self.digest


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an issue: `body` is Markdown; `line` is the line of its heading in the issue's file, from 1."""

    id: str
    title: str
    body: str
    line: int = 0


@dataclass(frozen=True, slots=True)
class Outline:
    """What assembly decided for one week: which piece fills which section.

    `drafted` names the sections that the drafting stage has to write, the archive section among them.
    """

    number: int
    week: IsoWeek
    date: dt.date
    pieces: Mapping[str, Piece]
    drafted: tuple[str, ...]
    last_answer: str | None


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph of a published issue, the unit that is retrieved and cited.

    `id` is NNNN-section-ordinal (0003-concept-2), stable as long as the published issue is not edited. `text` is plain;
    `codes` has what its Markdown sets as code, `links` where it links to, and `labels` the words in bold type or a link that
    stand before a colon and say what follows, all in order. `known_as` is the issue's number for readers, if it is another one.
    """

    id: str
    issue: int
    date: dt.date
    section: str
    heading: str
    text: str
    codes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    known_as: int | None = None

    @property
    def number(self) -> int:
        """The number by which readers know its issue."""
        return self.issue if self.known_as is None else self.known_as


@dataclass(frozen=True, slots=True)
class Claim:
    """One drafted sentence, and the words of one passage that it rests on.

    `lead` is written by code: it says why the sentence is here, and how old it is. `codes` are the words that the passage
    sets as code, which its Markdown shows; it is the same claim without them.
    """

    text: str
    passage: str
    quote: str
    lead: str = ""
    codes: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class SectionNote:
    """How one drafted section was made. `search` is for editors alone: why fewer means of search were used than are set."""

    model: str | None = None
    fallbacks: tuple[str, ...] = ()
    search: str | None = None
    date: dt.date | None = None
    edited_by: str | None = None
    """Who changed it, as they want readers to know it; an editor writes this, and nothing else knows it."""


@dataclass(frozen=True, slots=True)
class DraftNote:
    """How the drafted sections were made; kept in the issue's front matter.

    `sections` says it of each. Files of before have one record for all of them, which `of` returns for each of these.
    """

    writer: str
    model: str | None = None
    tokens: int = 0
    fallbacks: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)
    """Section id -> hash of what was written there: a section that differs from it holds words of an editor."""
    date: dt.date | None = None
    edited_by: str | None = None
    search: str | None = None
    """See SectionNote: files have it by section alone."""
    sections: Mapping[str, SectionNote] = field(default_factory=dict)

    def of(self, section: str) -> SectionNote:
        """Return how a section was made. An `edited_by` for all of them counts where a section has none."""
        if section not in self.sections:
            return SectionNote(self.model, self.fallbacks, self.search, self.date, self.edited_by)
        own = self.sections[section]
        return own if own.edited_by else replace(own, edited_by=self.edited_by)


@dataclass(frozen=True, slots=True)
class Draft:
    """A section written from past issues: grounded claims, 6 at most, and the note on how they came about.

    `opening` is the first sentence, by code: it ties the section to the week.
    """

    section: str
    claims: tuple[Claim, ...]
    note: DraftNote
    opening: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """One assembled issue, exactly as its Markdown file says.

    `source` is the file's bytes; `published` the day it went out, None before that; `aliases` are older addresses of its
    page, as paths below the base URL. `left_out` has the sections that could not be drafted, and why. `pieces` maps a section to the path of its piece, `ids` such a path to what the
    piece was (`Piece.identity`); issues of older releases have no ids. `facts` maps a section to what its piece said of
    itself when it was taken.
    """

    number: int
    week: IsoWeek
    date: dt.date
    title: str
    preheader: str
    lead: str
    sections: tuple[Section, ...]
    pieces: Mapping[str, str]
    drafted: tuple[str, ...]
    draft: DraftNote | None
    published: dt.date | None
    path: Path
    source: bytes = field(repr=False)
    aliases: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Facts] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    def cites(self, section_id: str) -> bool:
        """Whether a section is one of claims with citations, and not one that an evergreen piece stands in for."""
        return section_id in self.drafted or (section_id == ARCHIVE and section_id not in self.pieces)

    @property
    def known_as(self) -> int:
        """The number by which readers know it: an archive that began with issue 0, or has gaps, says another one in its titles.

        An issue that is assembled here has pieces, and no other number: its title may speak of somebody else's No. 3.
        """
        said = None if self.pieces else in_title(self.title)
        return self.number if said is None else said

    @property
    def day(self) -> dt.date:
        """The day on which it went out; before that, the day that is planned, or on which a correction was begun."""
        return self.published or self.date

    @property
    def page(self) -> str:
        """The path of the issue's web page below the base URL, without a leading slash."""
        return page_of(self.number)

    def facts_of(self, section_id: str) -> Facts:
        return self.facts.get(section_id, NO_FACTS)

    def section(self, section_id: str) -> Section | None:
        return next((section for section in self.sections if section.id == section_id), None)


@dataclass(frozen=True, slots=True)
class Correction(Issue):
    """A short mail to those who got an issue that was wrong, as content/corrections/NNNN-1.md says.

    It is approved, sent and recorded as an issue is, under a number of its own (publisher.numbers). `lead` is its whole text.
    """

    @property
    def corrects(self) -> int:
        """The number of the issue."""
        return corrected(self.number) or 0

    @property
    def which(self) -> int:
        """Which of the issue's corrections this is, from 1."""
        return which_correction(self.number)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a learning path's from -> to table.

    `teach` are links to the issues, pieces and pages that teach it; `lines` are theirs in the file.
    """

    know: str
    build: str
    teach: tuple[str, ...] = ()
    lines: tuple[int, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a learning path; `link` is relative to the path's file, or absolute.

    `slug` is the last part of its page's address, unique in its path. `needs` has the slugs of the steps that come before
    it, `exit` what readers tick before they go on, `line` where it begins in the path's file.
    """

    title: str
    link: str
    about: str
    slug: str = "step"
    minutes: int | None = None
    level: Level | None = None
    needs: tuple[str, ...] = ()
    exit: tuple[str, ...] = ()
    line: int = field(default=1, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class LearningPath:
    """What a reader knows -> what they will build, then ordered, free steps. Served at /learn/<slug>/.

    A step's page is /learn/<slug>/<its slug>/. `guide_line` is where `guide` stands in the file.
    """

    slug: str
    title: str
    summary: str
    origin: str
    goal: str
    guide_title: str
    guide_link: str
    rows: tuple[Row, ...]
    steps: tuple[Step, ...]
    body: str
    path: Path
    line: int
    guide_line: int = field(default=1, repr=False, compare=False)

    def page_of(self, step: Step) -> str:
        """Return where a step's page is, below the base URL."""
        return f"learn/{self.slug}/{step.slug}/"


@dataclass(frozen=True, slots=True)
class Page:
    """A free-standing page (about, privacy, a guide). Served at /<slug>/."""

    slug: str
    title: str
    summary: str
    body: str
    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class Picture:
    """An image that the mail and the pages refer to; `name` is the file name below the issue's page."""

    name: str
    data: bytes = field(repr=False)
    width: int
    height: int

    @property
    def content_id(self) -> str:
        """What a mail that has the picture in it calls it, after `cid:` (RFC 2392). The name has a hash of the data."""
        return f"{self.name}@picture.invalid"


@dataclass(frozen=True, slots=True)
class Rendered:
    """An issue ready to be looked at: the mail's two bodies (with merge fields), the web page, the pictures.

    `problems` are those that rendering met in the content; `preflight` reports them among its own.
    """

    number: int
    subject: str
    preheader: str
    html: str = field(repr=False)
    text: str = field(repr=False)
    web: str = field(repr=False)
    pictures: tuple[Picture, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's name, bound to the digest of exactly what will be sent."""

    by: str
    at: dt.datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Approved:
    """An issue that enough people approved; `message` has the frozen wire bytes with merge fields. Only this can be sent."""

    number: int
    digest: str
    subject: str
    message: bytes = field(repr=False)
    approvals: tuple[Approval, ...]


class DeliveryState(StrEnum):
    """Where one (issue, address) stands; see docs/delivery.md for what may follow what."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    AT_DOT = "at_dot"
    DEFERRED = "deferred"
    SENT = "sent"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    SUPPRESSED = "suppressed"

    @property
    def final(self) -> bool:
        return self in (self.SENT, self.FAILED, self.IN_DOUBT, self.SUPPRESSED)
