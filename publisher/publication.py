"""What publication.toml says: one frozen, typed object for each table of the file.

An adapter reads the file; this module says what its tables may contain, and why not the rest; values.py says it of single values.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from publisher.language import Phrase, language_of, values_in
from publisher.values import Address, Branch, Budget, Dollars, LanguageTag, Line, Price, WebAddress, Zone
from subscribers import parse_address

if TYPE_CHECKING:  # slow to import: only when it is used
    from subscribers import Segment

OWN_FOLDERS = ("issues", "corrections", "paths", "pages")
"""The folders of content/ that are read whatever the sections are; no section may have one of them."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _misfits(title: str, found: Sequence[tuple[tuple[str | int, ...], str]]) -> ValidationError:
    """Return one error that names every (place, what does not fit there)."""
    details = [
        InitErrorDetails(type=PydanticCustomError("misfit", "{what}", {"what": what}), loc=place, input=None)
        for place, what in found
    ]
    return ValidationError.from_exception_data(title, details, hide_input=True)


def _twice(names: Sequence[str], taken: Sequence[str] = ()) -> Iterator[int]:
    """Yield the index of each name that came before or is taken."""
    for index, name in enumerate(names):
        if name in (*taken, *names[:index]):
            yield index


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(mon|tue|wed|thu|fri|sat|sun)[a-z]* +([01]\d|2[0-3]):([0-5]\d)", value.strip().lower())
    if not match:
        raise ValueError(f"{value!r} is not a weekday and a local time such as 'thu 08:00'")
    return {"weekday": WEEKDAYS.index(match[1]), "time": dt.time(int(match[2]), int(match[3]))}


_SEGMENT_ID = r"^[a-z][a-z0-9-]{1,30}$"


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WeekMoment(_Table):
    """A weekday (0 = Monday) and a local time of the publication's zone."""

    weekday: int
    time: dt.time

    @property
    def into_week(self) -> dt.timedelta:
        """How long after Monday's first minute it is."""
        return dt.timedelta(days=self.weekday, hours=self.time.hour, minutes=self.time.minute)


Moment = Annotated[WeekMoment, BeforeValidator(_moment)]


class Sender(_Table):
    """Who the mail is from. `bounces` is the mailbox that VERP addresses are made from."""

    name: Line
    address: Address
    reply_to: Address | None = None
    bounces: Address | None = None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


EASTERNMOST = dt.timedelta(hours=14)
"""How far the clocks in the easternmost time zone, that of Kiritimati, are ahead of UTC."""


class Schedule(_Table):
    """When the week's steps happen; `window_hours` is how late a send may still go out by itself.

    With `early_mornings`, readers in zones east of the publication get the issue at `send` of their own zone. With `check_links`,
    the links to other sites are fetched when an issue was assembled.
    """

    zone: Zone = "UTC"
    assemble: Moment = WeekMoment(weekday=0, time=dt.time(9))
    send: Moment = WeekMoment(weekday=3, time=dt.time(8))
    window_hours: Annotated[int, Field(ge=1, le=96)] = 24
    early_mornings: bool = False
    check_links: bool = False

    @model_validator(mode="after")
    def _assemble_first(self) -> Self:
        if (self.assemble.weekday, self.assemble.time) >= (self.send.weekday, self.send.time):
            raise _misfits(
                "schedule",
                [
                    (
                        ("assemble",),
                        "assemble must come before send in the week (Monday first); choose an earlier moment",
                    )
                ],
            )
        if self.early_mornings and self.assemble.into_week + self._earlier > self.send.into_week:
            hours = self._earlier / dt.timedelta(hours=1)
            why = (
                f"with early_mornings, assemble must come at least {hours:g} hours before send: that much earlier is the "
                "hour of send in the easternmost time zone"
            )
            raise _misfits("schedule", [(("assemble",), why)])
        return self

    @property
    def _earlier(self) -> dt.timedelta:
        """How much earlier than the publication's hour that of the easternmost time zone can be."""
        zone = zoneinfo.ZoneInfo(self.zone)
        offsets = [dt.datetime(2030, month, 1, tzinfo=zone).utcoffset() or dt.timedelta() for month in range(1, 13)]
        return EASTERNMOST - min(offsets)


class SectionPlan(_Table):
    """One section of every issue: where its pieces live, and what happens when none is ready."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    folder: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")]
    label: Line
    when_empty: Literal["hold", "evergreen", "drafted"] = "hold"
    answers_next_week: bool = False


class SegmentPlan(_Table):
    """A named part of the readers; `where` says who is in it, in the language of segments."""

    id: Annotated[str, Field(pattern=_SEGMENT_ID)]
    where: Annotated[str, Field(min_length=1)]


DRAFT_TITLE = Phrase("From the archive")
DRAFT_LABEL = Phrase("drafted, with citations")


class Drafting(_Table):
    """The section drafted from past issues. It comes before section `before`; `enabled = false` leaves it out.

    Where nothing can be drafted, an evergreen piece of section `evergreen` stands in.
    """

    enabled: bool = True
    title: Line = DRAFT_TITLE
    label: Line = DRAFT_LABEL
    before: str | None = None
    evergreen: str | None = None
    deadline_seconds: Annotated[float, Field(gt=0, le=600)] = 60.0
    max_tokens: Annotated[int, Field(ge=200, le=8000)] = 1500


class ModelTerms(_Table):
    """What a model costs, in US dollars for a million tokens (of requests, of replies), and how long an attempt may take."""

    name: Line
    price: Price | None = None
    seconds: Annotated[float, Field(gt=0, le=600)] | None = None


class Models(_Table):
    """What calls to models may cost, all endpoints together: tokens, and US dollars (None: no limit)."""

    tokens_per_issue: Annotated[int, Field(ge=0)] = 300_000
    tokens_per_day: Annotated[int, Field(ge=0)] = 1_000_000
    tokens_per_month: Annotated[int, Field(ge=0)] = 10_000_000
    dollars_per_issue: Dollars | None = None
    dollars_per_day: Dollars | None = None
    dollars_per_month: Dollars | None = None
    terms: tuple[ModelTerms, ...] = ()


class Editor(_Table):
    """A person who may approve; proofs and alarms go to `address`."""

    name: Line
    address: Address

    @property
    def mailbox(self) -> str:
        """The address as it is compared with others."""
        return parse_address(self.address).canonical


AUTHOR = r"^[a-z][a-z0-9-]{0,30}$"
"""What an author's id looks like."""


class Author(_Table):
    """A person who writes, as readers see them; pieces name them by `id`. `url` is a page of theirs."""

    id: Annotated[str, Field(pattern=AUTHOR)]
    name: Line
    about: Line
    url: WebAddress | None = None


class ApprovalRule(_Table):
    """How many different people must approve the same bytes.

    Each approves by the signed link in their own proof. With `shell`, also by `pressroom approve N --by NAME`, which
    proves nothing: whoever may run it can type any name.
    """

    people: Annotated[int, Field(ge=1, le=5)] = 1
    shell: bool = False


def _each_once(numbers: tuple[int, ...]) -> tuple[int, ...]:
    for index in _twice([str(number) for number in numbers]):
        raise ValueError(f"issue {numbers[index]} is there twice")
    return numbers


class Welcoming(_Table):
    """What new readers are shown first: the numbers of the issues that the editors think best; without any, the latest."""

    issues: Annotated[
        tuple[Annotated[int, Field(ge=1, le=9999)], ...], Field(max_length=3), AfterValidator(_each_once)
    ] = ()


class Delivering(_Table):
    """How mail leaves: connections kept open, a ceiling per minute (0: none), others to single domains, and the back-off after a 4xx.

    `unsubscribe_mailbox` is where mail programs may also write to unsubscribe, if `subscribers leave-by-mail` reads it.

    `retry_after_seconds` has the wait after the first, second ... temporary refusal; when it is used up, the delivery
    has failed.
    """

    connections: Annotated[int, Field(ge=1, le=100)] = 4
    rate_per_minute: Annotated[int, Field(ge=0)] = 0
    domain_rates: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")], Annotated[int, Field(ge=1)]] = {}
    retry_after_seconds: Annotated[
        tuple[Annotated[float, Field(ge=0, le=604_800, allow_inf_nan=False)], ...], Field(max_length=20)
    ] = (
        30, 120, 600, 1800, 7200, 21600,
    )  # fmt: skip
    unsubscribe_mailbox: Address | None = None

    @property
    def turn_seconds(self) -> float:
        """How long a send waits at least for what only the rate of a domain holds back, rather than end."""
        return 5.0 + 60.0 / min(self.domain_rates.values()) if self.domain_rates else 0.0


class SignUps(_Table):
    """How many sign-up forms are accepted, and from whom; `disposable` is about domains with throw-away addresses."""

    disposable: Literal["accept", "refuse"] = "accept"
    per_client: Budget = "6 per minute; 30 per hour"
    per_address: Budget = "5 per hour; 10 per day"
    per_domain: Budget = "60 per minute; 600 per hour"
    in_all: Budget = "120 per minute; 2000 per hour"


class Privacy(_Table):
    """After how many days what is no longer needed is deleted; `page` is the page that says so, as every form does."""

    page: Line = "privacy"
    unconfirmed_days: Annotated[int, Field(ge=3, le=3650)] = 30
    network_days: Annotated[int, Field(ge=1, le=3650)] = 90


class Alarm(_Table):
    """Who notices when nothing runs any more: `ping` is a URL that an outside monitor waits for."""

    ping: WebAddress | None = None


class Git(_Table):
    """Content by git: `pressroom run` follows this branch of this remote, and pushes what it writes there."""

    remote: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)] = "origin"
    branch: Branch = "main"


class Publication(_Table):
    """A publication, as its editors declared it."""

    name: Line
    tagline: Line
    language: LanguageTag = "en"
    words: dict[str, Line | tuple[Line, ...]] = {}
    base_url: WebAddress
    permanent_url: WebAddress | None = None
    service_url: WebAddress | None = None
    postal_address: Line
    list_id: Annotated[
        str, Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$", max_length=200)
    ]
    sender: Sender
    schedule: Schedule = Schedule()
    sections: Annotated[tuple[SectionPlan, ...], Field(min_length=1, alias="section")]
    segments: Annotated[tuple[SegmentPlan, ...], Field(alias="segment")] = ()
    draft: Drafting = Drafting()
    model: Models = Models()
    approval: ApprovalRule = ApprovalRule()
    welcome: Welcoming = Welcoming()
    delivery: Delivering = Delivering()
    signup: SignUps = SignUps()
    privacy: Privacy = Privacy()
    alarm: Alarm = Alarm()
    git: Git | None = None
    editors: Annotated[tuple[Editor, ...], Field(min_length=1, alias="editor")]
    authors: Annotated[tuple[Author, ...], Field(alias="author")] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids = [section.id for section in self.sections]
        folders = [section.folder for section in self.sections]
        names = [editor.name.casefold() for editor in self.editors]
        id_ = "section ids must differ from each other and from 'archive'; give this one another"
        *others, last = OWN_FOLDERS
        folder = f"section folders must differ from each other and from {', '.join(others)} and {last}; give this one another"
        found: list[tuple[tuple[str | int, ...], str]] = [
            *((("section", index, "id"), id_) for index in _twice(ids, ["archive"])),
            *((("section", index, "folder"), folder) for index in _twice(folders, OWN_FOLDERS)),
            *(
                (("editor", index, "name"), "two editors have the same name; write one of them in another way")
                for index in _twice(names)
            ),
            *(
                (("model", "terms", index, "name"), "two terms are for the same model; keep one of them")
                for index in _twice([terms.name for terms in self.model.terms])
            ),
        ]
        found += [
            (("author", index, "id"), "author ids must differ from each other; give this one another")
            for index in _twice([author.id for author in self.authors])
        ]
        for key, section in (("before", self.draft.before), ("evergreen", self.draft.evergreen)):
            if section is not None and section not in ids:
                what = f"draft.{key} = {section!r} is not a section; write one of {', '.join(ids)}"
                found.append((("draft", key), what))
        if self.approval.people > len(names):
            editors = "there is 1 editor" if len(names) == 1 else f"there are {len(names)} editors"
            found.append(
                (
                    ("approval", "people"),
                    f"approval.people = {self.approval.people}, but {editors}; set people = {len(names)}, or add an [[editor]]",
                )
            )
        elif not self.approval.shell and self.approval.people > len({editor.mailbox for editor in self.editors}):
            what = "editors approve by a link in their own mailbox; give each an address of their own, or set approval.shell = true"
            found.append((("approval", "people"), f"approval.people = {self.approval.people}, but {what}"))
        found += [*self._segment_problems(), *self._word_problems()]
        if found:
            raise _misfits("publication", found)
        return self

    @model_validator(mode="after")
    def _drafted_in_its_language(self) -> Self:
        """Let the drafted section be called what it is called in the publication's language, unless it has a name."""
        language = language_of(self)
        said = {"title": language.say(DRAFT_TITLE), "label": language.say(DRAFT_LABEL)}
        said = {name: words for name, words in said.items() if name not in self.draft.model_fields_set}
        self.__dict__["draft"] = self.draft.model_copy(update=said)  # the model is frozen from here on
        return self

    def _segment_problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if not self.segments:
            return
        from subscribers import InvalidSegment, parse_segment

        for index in _twice([plan.id for plan in self.segments]):
            yield ("segment", index, "id"), "segment ids must differ from each other; give this one another"
        for index, plan in enumerate(self.segments):
            try:
                parse_segment(plan.where, sections=self.order())
            except InvalidSegment as error:
                yield ("segment", index, "where"), f"segment {plan.id}, {error}"

    def _word_problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        for phrase, said in self.words.items():
            for form in (said,) if isinstance(said, str) else said:
                try:
                    unknown = values_in(form) - values_in(phrase) - ({"num"} if isinstance(said, tuple) else set())
                except ValueError as error:
                    yield ("words", phrase), f"{form!r}: {error}"
                    continue
                for name in sorted(unknown):
                    yield ("words", phrase), f"{form!r}: the phrase has no value %({name})s"
            if not said:
                yield ("words", phrase), f"{phrase!r} has no words"

    def segment(self, text: str) -> Segment:
        """Return the segment that a person means: the id of a [[segment]], or the language of segments itself.

        Raises subscribers.InvalidSegment.
        """
        from subscribers import InvalidSegment, nearest_of, parse_segment

        named = {plan.id: plan.where for plan in self.segments}
        word = text.strip()
        if word not in named and named and re.match(_SEGMENT_ID, word):
            raise InvalidSegment(1, f"publication.toml has no segment `{word}`; {nearest_of(word, named)}")
        return parse_segment(named.get(word, text), sections=self.order())

    def author(self, id_: str | None) -> Author | None:
        return next((author for author in self.authors if author.id == id_), None)

    def lasting_id(self, path: str = "") -> str:
        """Return what feed readers know a path by. It must never change (RFC 4287, 4.2.6), even if base_url does."""
        return f"{(self.permanent_url or self.base_url).rstrip('/')}/{path.lstrip('/')}"

    def order(self) -> tuple[str, ...]:
        """Return the ids of all sections in the order in which an issue shows them, the drafted one included."""
        ids = [section.id for section in self.sections]
        if self.draft.enabled:
            ids.insert(ids.index(self.draft.before) if self.draft.before else len(ids), "archive")
        return tuple(ids)

    def label(self, section_id: str) -> str:
        """Return the small label above a section's heading."""
        return next((section.label for section in self.sections if section.id == section_id), self.draft.label)

    def url(self, path: str = "") -> str:
        """Return the absolute URL of a path below the base URL."""
        return f"{self.base_url.rstrip('/')}/{path.lstrip('/')}"

    def service(self, path: str = "") -> str:
        """Return the absolute URL of what the service answers itself: forms, and links that are a reader's own."""
        return f"{(self.service_url or self.base_url).rstrip('/')}/{path.lstrip('/')}"
