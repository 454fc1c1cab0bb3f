"""What is said of content by git: in a commit's message, and to the editors, who are told of each trouble once."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from plaintext import printable
from publisher import editors, timetable
from publisher.act import Act
from publisher.adapters.git.notes import Notes, Why, notes_of
from publisher.adapters.git.repository import Author, Repository
from publisher.adapters.git.tree import WorkingTree
from publisher.adapters.git.written import FOLDER
from publisher.issue import IsoWeek, Issue
from publisher.numbers import is_correction, named
from publisher.ports import Content
from publisher.publication import Git
from subscribers import EmailKind

TELL_AFTER = dt.timedelta(hours=1)
"""How long the remote or the folder has to be in trouble before the editors are told."""
NAMED = 20
"""How many errors or files a mail names."""


@dataclass(frozen=True, slots=True)
class Place:
    """What one round works with."""

    act: Act
    rule: Git
    repository: Repository
    tree: WorkingTree
    notes: Notes

    @property
    def author(self) -> Author:
        return Author("Pressroom", self.act.publication.sender.address, self.act.clock.now())


def message(content: Content, wrote: Collection[str], week: IsoWeek) -> str:
    """Return the message of a commit of these files."""
    issues = [issue for issue in (*content.issues, *content.corrections) if issue.path.as_posix() in wrote]
    if not issues:
        return f"{week}: ids of pieces"
    said = [f"{named(one.number)} {_became(one)}" for one in issues]
    return f"{issues[0].week}: {', '.join(said)}"


def _became(one: Issue) -> str:
    if one.published:
        return "is out"
    return "as begun" if is_correction(one.number) else "as assembled and drafted"


def both_changed(repository: Repository, here: str, there: str) -> tuple[str, ...]:
    """Return the files that both sides changed, and not to the same: a person has to say which it is to be."""
    base = repository.base(here, there)
    if base is None:
        return ("everything: the two histories have no commit in common",)
    ours, theirs = repository.changes(base, here), repository.changes(base, there)
    return tuple(path for path in sorted(ours.keys() & theirs.keys()) if ours[path] != theirs[path])


def tell_refusal(at: Place) -> list[str]:
    """Tell the editors, once, what is not taken, and why. Raises TransportUnavailable while nobody can be reached."""
    refusal = at.notes.refusal
    if refusal is None:
        return []
    short, who = refusal.commit[:12], printable(at.repository.author(refusal.commit))
    stays = f"The service goes on with {refusal.stays[:12]}, as it was before."
    match refusal.kind:
        case Why.ERRORS:
            what = (f"`pressroom check` finds errors in commit {short}, by {who}:", *_some(refusal.why), stays)
            commands: tuple[str, ...] = ("git pull", "pressroom check", "git push")
            return _tell(
                at,
                f"git {refusal.commit}",
                f"Commit {short} is not taken",
                (*what, "A commit that puts them right is taken by itself."),
                commands,
            )
        case Why.EDITED:
            what = (
                f"Commit {short}, by {who}, changes files that somebody has edited in the service's own folder without a commit:",
                *_some(refusal.why), stays,
                "Commit those edits there, or undo them (a new file: move it away); nothing of them is touched.",
            )  # fmt: skip
            commands = (
                f"cd {at.repository.root}",
                "git status",
                "git add FILE",
                "git commit",
                "git restore FILE",
            )
            return _tell(
                at,
                f"git edited {refusal.stays} {_digest(refusal.why)}",
                "Edits are in the way of what was pushed",
                what,
                commands,
            )
    if not at.notes.kept:
        return []  # the commands below name the branch, which waits for the remote
    remote, branch = at.rule.remote, at.rule.branch
    what = (
        f"The editors (commit {short}, by {who}) and Pressroom changed the same files:",
        *_some(refusal.why),
        f"Both are kept: Pressroom's commits are on the branch {at.notes.kept}. {stays}",
        "Bring them together in a clone of your own; whatever you push then is taken by itself.",
    )
    commands = ("git fetch", f"git switch {branch}", f"git merge {remote}/{branch}", f"git merge {remote}/{at.notes.kept}", "git push")  # fmt: skip
    return _tell(at, f"git conflict {at.notes.kept}", "Git needs you to merge", what, commands)


def tell_troubles(at: Place) -> list[str]:
    """Tell the editors, once for each, what has failed for long, and when it is over."""
    now, done = at.act.clock.now(), []
    for kind, trouble in at.notes.troubles.items():
        since = dt.datetime.fromisoformat(trouble.since)
        if now - since >= TELL_AFTER:
            what = (
                f"Since {timetable.local(since, at.act.publication.schedule)}: {trouble.words}.",
                "The service goes on with the content that it has, and tries again by itself. Nothing is lost.",
            )
            done += _tell(at, f"git {kind} {trouble.since}", _TITLES[kind], what, ("pressroom status",))
    standing = {f"git {kind} {trouble.since}" for kind, trouble in at.notes.troubles.items()}
    for told in (*at.notes.told,):
        kind = told.split(" ")[1]
        if kind in _TITLES and told not in standing and not told.endswith(_OVER):
            title = f"Over: {_TITLES[kind][0].lower()}{_TITLES[kind][1:]}"
            done += _tell(at, told + _OVER, title, _IS_OVER, ("pressroom status",))
    return done


_OVER = " over"
_IS_OVER = ("This is over, and content goes by git as before.",)


_TITLES = {
    "fetch": "What editors push does not arrive",
    "push": "What Pressroom writes cannot be pushed",
    "folder": "Git does not work in the service's folder",
    "written": "What Pressroom wrote waits for a commit of somebody else's",
}


def _some(named: Sequence[str]) -> tuple[str, ...]:
    more = len(named) - NAMED
    return (*named[:NAMED], *((f"and {more} more",) if more > 0 else ()))


def _tell(at: Place, reference: str, title: str, what: Sequence[str], commands: Sequence[str]) -> list[str]:
    if reference in at.notes.told:
        return []
    editors.tell(at.act, EmailKind.NOTICE, reference, title=title, what=what, commands=commands)
    at.notes.told.append(reference)
    return [f"git: told the editors: {title}"]


def _digest(words: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(words).encode("utf-8", "surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class GitStatus:
    """Where the service's content stands, for `pressroom status`: what it has, and what of the remote it has not."""

    commit: str
    subject: str
    fetched: str
    refused: str
    why: tuple[str, ...]
    kept: str
    troubles: tuple[str, ...]


def git_status(act: Act) -> GitStatus | None:
    """Return where content by git stands as of the service's last round; None without [git]. Raises GitFailed."""
    rule = act.publication.git
    if rule is None:
        return None
    repository = act.app.repository
    here = repository.standing(rule.branch, rule.remote)
    notes = notes_of(repository.folder / FOLDER)
    troubles = tuple(f"since {one.since}: {one.words}" for one in notes.troubles.values())
    refusal = notes.refusal
    return GitStatus(
        here, repository.subject(here), notes.fetched, refusal.commit if refusal else "", refusal.why if refusal else (),
        notes.kept, troubles,
    )  # fmt: skip


def git_status_in_words(found: GitStatus) -> Iterator[str]:
    """Yield the lines for a person."""
    fetched = f"fetched {found.fetched}" if found.fetched else "not fetched yet"
    yield f"content: at {found.commit[:12]}, «{found.subject}», {fetched}"
    if found.refused:
        yield f"content: {found.refused[:12]} is not taken: {'; '.join(_some(found.why))}"
    if found.kept:
        yield f"content: the service's own commits are on the branch {found.kept}"
    yield from (f"content: {trouble}" for trouble in found.troubles)
