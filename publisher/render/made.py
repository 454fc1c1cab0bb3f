"""What readers are told of how a drafted section was made: one line below it, and on the issue's page the details."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from publisher.draft.provenance import Provenance, provenance
from publisher.draft.sources import Source, sources_of
from publisher.issue import Issue, Section
from publisher.language import Language, Phrase, language_of
from publisher.ports import Content

IN_PLAIN_WORDS: Final[Mapping[str, Phrase]] = MappingProxyType(
    {
        "form": Phrase("formatting and addresses"),
        "letters": Phrase("letters"),
        "orders": Phrase("requests to the reader"),
        "repetition": Phrase("repetitions"),
        "quotation": Phrase("quoted words"),
        "whole sentence": Phrase("sentence boundaries"),
        "code": Phrase("code"),
        "numbers": Phrase("numbers and dates"),
        "names": Phrase("names"),
        "order of names": Phrase("order of names"),
        "negation": Phrase("negations"),
        "opposites": Phrase("opposites"),
        "limits": Phrase("qualifiers"),
        "word for word": Phrase("additions and omissions"),
        "terms": Phrase("terms"),
    }
)
"""What each check of a sentence compares, by the check's name."""

_BY_MODEL = Phrase(
    "“%(title)s” was drafted by a model (%(model)s) from past issues: every sentence cites a passage, and code made "
    "the links. An editor approved it."
)
_FROM_MODEL = Phrase("“%(title)s” was drafted by a model (%(model)s) from past issues. An editor approved it.")
_BY_PROGRAM = Phrase(
    "“%(title)s” was put together by a program, without a model: each quotation stands word for word in the issue it "
    "links to. An editor approved it."
)
_FROM_PROGRAM = Phrase(
    "“%(title)s” was put together by a program, without a model, from past issues. An editor approved it."
)
"""What is promised of every sentence is promised only while nobody has changed one, and each passes its checks."""
_WIDE_STOP: Final = "\u3002"
"""The full stop of Chinese and Japanese has its space in itself."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence, where it is from, and what the checks say of it; without a `page` below the base URL no issue has it."""

    sentence: str
    source: str
    title: str
    page: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Details:
    """How a section was made, at length: sentences about it, and each of its own sentences with its source."""

    about: tuple[str, ...]
    cited: tuple[Cited, ...]


def line_of(issue: Issue, section_id: str, language: Language) -> str:
    """Return who drafted a section, from how many issues, and whether it was edited; empty for other sections."""
    section = issue.section(section_id)
    found = provenance(issue, section) if section else None
    if found is None:
        return ""
    drafted, edited = _drafted(found, language), _edited(found, language)
    return f"{drafted}{'' if drafted.endswith(_WIDE_STOP) else ' '}{edited}".rstrip()


def details_of(issue: Issue, section_id: str, content: Content) -> Details | None:
    """Return what the issue's page says besides; None for a section that was not drafted."""
    section = issue.section(section_id)
    found = provenance(issue, section) if section else None
    if section is None or found is None:
        return None
    language = language_of(content.publication)
    sources = tuple(sources_of(section, issue, content))
    sound = not found.edited and all(_is_sound(source) for source in sources)
    cited = tuple(_cited(one, content, language) for one in sources)
    return Details(tuple(_about(section, found, language, sound=sound)), cited)


def _is_sound(source: Source) -> bool:
    return bool(source.page and source.passed and not source.failed_checks)


def _drafted(found: Provenance, language: Language) -> str:
    if found.model:
        return language.count(
            Phrase("Drafted by the model %(model)s from %(num)s past issue."),
            Phrase("Drafted by the model %(model)s from %(num)s past issues."),
            found.issues,
            model=found.model,
        )
    return language.count(
        Phrase("Drafted without a model from %(num)s past issue."),
        Phrase("Drafted without a model from %(num)s past issues."),
        found.issues,
    )


def _edited(found: Provenance, language: Language) -> str:
    if found.edited is None:
        return ""
    if not found.edited:
        return language.say(Phrase("Not a word has been changed since."))
    if found.edited_by:
        return language.say(Phrase("Edited by %(name)s."), name=found.edited_by)
    return language.say(Phrase("Edited by an editor."))


def _about(section: Section, found: Provenance, language: Language, *, sound: bool) -> list[str]:
    """Say it all in the readers' language: why a writer gave nothing is said in operators' words, and to them alone."""
    by_model, by_program = (_BY_MODEL, _BY_PROGRAM) if sound else (_FROM_MODEL, _FROM_PROGRAM)
    said = [language.say(by_model if found.model else by_program, title=section.title, model=found.model)]
    if found.date:
        said.append(language.say(Phrase("Drafted on %(date)s."), date=language.day(found.date)))
    if found.fallbacks:
        said.append(language.say(Phrase("Another method was tried as well.")))
    checks = _listed(IN_PLAIN_WORDS, language)
    said.append(language.say(Phrase("A program checked each sentence against its source: %(checks)s."), checks=checks))
    return said


def _cited(source: Source, content: Content, language: Language) -> Cited:
    if not source.page:
        missing = language.say(Phrase("The passage it cites is in no past issue."))
        return Cited(source.sentence, "", "", "", missing)
    issue = content.issue(source.number)
    number = language.say(Phrase("No. %(number)s"), number=issue.known_as if issue else source.number)
    dated = f"{number} · {language.day(issue.day)}" if issue else number
    return Cited(source.sentence, dated, source.title, source.page, _verdict(source, language))


def _verdict(source: Source, language: Language) -> str:
    if source.failed_checks:
        names = _listed(source.failed_checks, language)
        return language.say(Phrase("Fails these checks: %(checks)s."), checks=names)
    if source.verbatim:
        return language.say(Phrase("Stands word for word in its source."))
    if not source.passed:
        return language.say(Phrase("Its quotation is not in its source."))
    return language.say(Phrase("Says it in other words; passes every check."))


def _listed(checks: Iterable[str], language: Language) -> str:
    """Return what some checks compare, in one line with the commas of this language."""
    return language.translate(Phrase(", ")).join(language.say(IN_PLAIN_WORDS[name]) for name in checks)
