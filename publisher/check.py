"""Everything that is wrong with a publication's files, in one run. Pure, except that a loader reads the templates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

from plaintext import nearest
from publisher import timetable
from publisher.assemble import exposed_answers
from publisher.check_pieces import check_pieces
from publisher.content.aliases import check_aliases
from publisher.content.leftovers import FIX, leftover, without_code
from publisher.errors import Problem, Severity
from publisher.issue import IsoWeek, Piece, PieceStatus
from publisher.language import language_of, phrases
from publisher.numbers import file_of
from publisher.ports import Content
from publisher.render.check import check_content
from publisher.render.check_mails import check_mails
from publisher.render.templates import check_templates
from publisher.render.unused_templates import unused_templates


def check(content: Content, templates: Environment, week: IsoWeek | None = None) -> tuple[Problem, ...]:
    """Return every problem of content and templates, in the order of files and lines; `week` is the next to go out."""
    problems = [
        *content.problems,
        *_twice(content),
        *check_aliases(content),
        *_weeks(content),
        *_left_out(content, week),
        *_pins(content),
        *_corrections(content),
        *check_pieces(content, week),
        *_leftovers(content),
        *exposed_answers(content.publication, content.pieces),
        *_missing_sections(content),
        *_welcome(content),
        *_words(content),
        *check_content(content),
        *_templates(content, templates),
    ]
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.path.as_posix(), problem.line or 0)))


def _templates(content: Content, templates: Environment) -> tuple[Problem, ...]:
    """Look at the mails that templates make once all of them can be read."""
    return check_templates(templates) or (*check_mails(content, templates), *unused_templates(templates))


def _twice(content: Content) -> Iterator[Problem]:
    seen: dict[tuple[str, str], Path] = {}
    names = [
        (f"slug {piece.slug!r}", piece.section, piece.path, piece.lines.get("slug", 1)) for piece in content.pieces
    ]
    names += [(f"issue number '{issue.number}'", "", issue.path, 1) for issue in content.issues]
    for name, section, path, line in names:
        first = seen.setdefault((name, section), path)
        if first != path:
            yield Problem(path, line, f"the {name} is also that of {first}", "give one of them another")


def _weeks(content: Content) -> Iterator[Problem]:
    for issue in content.issues:
        if issue.published:
            continue  # an imported archive may have two in one week
        others = [
            one for one in content.issues if one.week == issue.week and (one.published or one.number < issue.number)
        ]
        if others:
            what = f"{issue.week} already has issue {others[0].number}"
            yield Problem(issue.path, 1, what, "move one to another week, or remove it")


def _corrections(content: Content) -> Iterator[Problem]:
    broken = {problem.path.name for problem in content.problems}
    for one in content.corrections:
        name = Path(file_of(one.corrects)).name
        if content.issue(one.corrects) is None and name not in broken:
            yield Problem(one.path, 1, f"it corrects issue {one.corrects}, which does not exist", f"restore {name}")


def _left_out(content: Content, week: IsoWeek | None) -> Iterator[Problem]:
    """Find times of the schedule that the clocks skip within a year."""
    schedule = content.publication.schedule
    for key, moment in (("assemble", schedule.assemble), ("send", schedule.send)):
        for one in _year_from(week) if week else ():
            if later := timetable.left_out(one, moment, schedule.zone):
                what = (
                    f"schedule.{key}: clocks in {schedule.zone} skip {moment.time:%H:%M} on {one.day(moment.weekday)}, and "
                    f"{later:%H:%M} stands in for it"
                )
                line = content.declared.get(f"schedule.{key}")
                fix = "choose another hour, one that every day has"
                yield Problem(Path("content/publication.toml"), line, what, fix, Severity.WARNING, rule="schedule")


def _year_from(week: IsoWeek) -> Iterator[IsoWeek]:
    for _ in range(53):
        yield week
        week = week.next()


def _pins(content: Content) -> Iterator[Problem]:
    pinned: dict[tuple[str, str], Path] = {}
    for piece in content.pieces:
        if piece.week is None or piece.status is PieceStatus.DRAFT:
            continue
        first = pinned.setdefault((piece.section, str(piece.week)), piece.path)
        if first != piece.path:
            what = f"pinned to {piece.week}, and so is {first}"
            yield Problem(piece.path, piece.lines.get("week", 1), what, "keep `week:` in one of them")


def _leftovers(content: Content) -> Iterator[Problem]:
    """Find what was left in pieces that may be taken: the pre-flight of their issue would say so on Monday."""
    for piece in content.pieces:
        if piece.status is not PieceStatus.DRAFT:
            yield from leftovers_of(piece)


def leftovers_of(piece: Piece) -> tuple[Problem, ...]:
    """Return what was left to be written in a piece, each with its line."""
    parts = ((piece.line, piece.body), (piece.answer_line, piece.answer or ""))
    return tuple(
        Problem(piece.path, line, f"«{found}» was left in the text", f"{FIX}; or set `status: draft`", rule="leftover")
        for first, text in parts
        for line, words in without_code(enumerate(text.split("\n"), first))
        if (found := leftover(words))
    )


def _welcome(content: Content) -> Iterator[Problem]:
    """Find issues in the welcome mail that a new reader could not open."""
    path, line = Path("content/publication.toml"), content.declared.get("welcome.issues")
    for number in content.publication.welcome.issues:
        issue = content.issue(number)
        if issue is None and any(problem.path.name == f"{number:04d}.md" for problem in content.problems):
            continue  # it exists, and what is wrong with it is reported
        if issue is None:
            yield Problem(path, line, f"welcome.issues names issue {number}, which does not exist", "name another")
        elif not issue.published:
            what = f"welcome.issues names issue {number}, which is not published yet"
            yield Problem(path, line, what, "name one that is, or wait until it is out")


def _words(content: Content) -> Iterator[Problem]:
    """Find a language that nobody translated, and own words for what is never said: a reworded phrase, a needless form."""
    own, path = content.publication.words, Path("content/publication.toml")
    if not own and not language_of(content.publication).known:
        what = f"no catalogue is in the language {content.publication.language!r}, so readers get English words"
        fix = "say them in [words], or add a catalogue; see docs/languages.md"
        yield Problem(path, content.declared.get("language"), what, fix, Severity.WARNING)
    every = phrases() if own else {}
    for phrase, said in own.items():
        line = content.declared.get(f"words.{phrase}")
        if phrase not in every:
            near = nearest(phrase, every)
            fix = f"did you mean {near!r}?" if near else "remove it; publisher/catalogues/phrases.pot has every phrase"
            yield Problem(path, line, f"there is no phrase {phrase!r}", fix, Severity.WARNING)
        elif not every[phrase] and not isinstance(said, str) and len(said) > 1:
            what = f"the phrase {phrase!r} has one form, whatever the number"
            yield Problem(path, line, what, "write it as one text", Severity.WARNING)


def _missing_sections(content: Content) -> Iterator[Problem]:
    for issue in content.issues:
        if issue.published:
            continue
        known = content.publication.order()
        for section in issue.sections:
            if section.id not in known:
                what = f"the section {section.id!r} is not one of the publication's"
                yield Problem(issue.path, section.line, what, f"its sections are {', '.join(known)}")
