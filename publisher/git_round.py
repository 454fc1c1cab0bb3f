"""Content by git, around each tick: before it, take what came; after it, commit what was written, and push.

Nothing here keeps the tick from running: what fails is noted, tried again, and told to the editors after a while.
"""

from __future__ import annotations

import concurrent.futures
import logging
import threading
from collections.abc import Callable
from functools import partial

from publisher.adapters.git.notes import Notes, Refusal, Trouble, Why, notes_of
from publisher.adapters.git.tree import WorkingTree
from publisher.adapters.git.written import locked, own_folder
from publisher.app import App
from publisher.errors import GitFailed, PressroomError
from publisher.git_candidate import new_errors, shown
from publisher.git_words import Place, both_changed, message, tell_refusal, tell_troubles
from publisher.issue import IsoWeek
from publisher.timetable import current_week
from subscribers.database import DatabaseUnavailable

log = logging.getLogger("pressroom.git")

PATIENCE = 10.0
"""Seconds that a tick waits for the remote; a fetch that takes longer goes on beside it."""
SOONEST, LATEST = 30.0, 600.0
"""Seconds until a remote that failed is asked again: the first time, and at most."""


class GitRound:
    """The rounds of one process. `before` and `after` return what was done, in words."""

    def __init__(self, app: App, woken: threading.Event, patience: float = PATIENCE) -> None:
        self._app = app
        self._woken = woken
        self._patience = patience
        self._network = concurrent.futures.ThreadPoolExecutor(1, "git")
        self._under_way: tuple[str, concurrent.futures.Future[bool]] | None = None
        self._failures = 0
        self._again_at = float("-inf")
        self._judged: tuple[str, str] | None = None
        """What was refused, from where: nothing about it changes until one of the two does."""
        self._checked: tuple[str, str] | None = None
        """What has no error, and only waits for an edit to be committed."""

    def before(self) -> list[str]:
        """Take what came, if it can be taken."""
        return self._round(self._take)

    def after(self) -> list[str]:
        """Commit what the service wrote, and push."""
        return self._round(self._give)

    def hurry(self) -> None:
        """Ask for a round at once, and ask the remote in it, whatever it answered before: it says that there is something."""
        self._again_at = float("-inf")
        self._woken.set()

    def close(self) -> None:
        """End what is under way."""
        if "repository" in self._app.__dict__:
            self._app.repository.git.stop()
        self._network.shutdown()

    # A round

    def _round(self, do: Callable[[Place], list[str]]) -> list[str]:
        done: list[str] = []
        try:
            act = self._app.act()
            rule = act.publication.git
            if rule is None:
                return []
            repository = self._app.repository
            own = own_folder(repository.root)
            assert own is not None, "the repository is there"
            with locked(own / "round.lock", wait=False) as mine:
                if not mine:
                    return []  # another process of this folder is at it
                notes = notes_of(own)
                at = Place(act, rule, repository, WorkingTree(repository, rule.branch), notes)
                try:
                    repository.free(rule.branch, rule.remote)
                    at.tree.recover()
                    done += do(at)
                    notes.troubles.pop("folder", None)
                except (GitFailed, OSError) as error:
                    self._note(notes, "folder", error)
                try:
                    done += tell_refusal(at)
                    done += tell_troubles(at)
                finally:
                    notes.save(own)
        except (PressroomError, DatabaseUnavailable, OSError) as error:
            log.warning("%s; trying again", error)
        except Exception:  # a bug here must not keep the tick from running
            log.exception("content by git failed")
        return done

    def _take(self, at: Place) -> list[str]:
        here, notes = self._commit(at), at.notes
        if self._exchange(at, "fetch", partial(at.repository.fetch, at.rule.remote, at.rule.branch)) is False:
            return []  # the remote has no such branch yet
        there = at.repository.there(at.rule.remote, at.rule.branch)
        if there is None or at.repository.contains(here, there):
            notes.refusal, notes.kept, notes.kept_commit = None, "", ""
            return []
        if notes.refusal is not None and self._judged == (here, there):
            return []
        notes.refusal, self._judged = None, (here, there)
        ahead = self._ahead(at, here, there)
        if not isinstance(ahead, str):
            notes.refusal = Refusal(Why.CONFLICT, there, here, tuple(map(shown, ahead)))
            return []
        if self._checked != (here, there) and (errors := new_errors(self._app, at.repository, ahead, here)):
            notes.refusal = Refusal(Why.ERRORS, there, here, tuple(map(str, errors)))
        elif edited := at.tree.advance(here, ahead):
            self._judged, self._checked = None, (here, there)  # it may be committed at any moment
            notes.refusal = Refusal(Why.EDITED, there, here, tuple(map(shown, edited)))
        else:
            notes.kept = notes.kept_commit = ""
            return [f"git: went on to {ahead[:12]}, «{at.repository.subject(there)}»"]
        return []

    def _ahead(self, at: Place, here: str, there: str) -> str | tuple[str, ...]:
        """Return what to go on to: what came, or a merge of it with ours; else the files that both sides changed."""
        if at.repository.contains(there, here):
            return there
        if both := both_changed(at.repository, here, there):
            return both
        merged = at.repository.merge(here, there, f"{self._week(at)}: merge", at.author)
        return merged or ("a folder on one side that is a file on the other",)

    def _give(self, at: Place) -> list[str]:
        here, repository, notes = self._commit(at), at.repository, at.notes
        there = repository.there(at.rule.remote, at.rule.branch)
        if there == here:
            return []
        if there is None or repository.contains(here, there):
            pushed = self._exchange(at, "push", partial(repository.push, at.rule.remote, here, at.rule.branch))
            return [f"git: pushed {here[:12]}, «{repository.subject(here)}»"] if pushed else []
        if notes.refusal is None or repository.contains(there, here) or notes.kept_commit == here:
            return []  # what came is taken first, or nothing is ours alone, or it is there already
        first = f"pressroom/{(repository.base(here, there) or here)[:12]}"
        for name in (first, f"{first}-{here[:12]}"):  # the first may have commits of another machine
            if self._exchange(at, "push", partial(repository.push, at.rule.remote, here, name)):
                notes.kept, notes.kept_commit = name, here
                return [f"git: pushed {here[:12]} to {name}"]
        return []

    def _commit(self, at: Place) -> str:
        """Commit what the service wrote; return where the folder stands."""
        here = at.repository.standing(at.rule.branch, at.rule.remote)
        here = at.tree.commit_written(here, lambda wrote: message(at.act.content, wrote, self._week(at)), at.author)
        if waiting := at.tree.waiting():
            files = ", ".join(map(shown, waiting))
            what = f"Pressroom wrote into {files}, in the same place as somebody who did not commit that; see there: git diff"
            self._note(at.notes, "written", GitFailed(what))
        else:
            at.notes.troubles.pop("written", None)
        return here

    def _week(self, at: Place) -> IsoWeek:
        return current_week(at.act.publication.schedule, self._app.clock.now())

    # The remote

    def _exchange(self, at: Place, kind: str, do: Callable[[], bool]) -> bool | None:
        """Ask the remote and wait a little for its answer; None while there is none. What takes longer goes on by itself."""
        patience = 0.0
        if self._under_way is None:
            if self._app.clock.steady() < self._again_at:
                return None
            self._under_way, patience = (kind, self._network.submit(do)), self._patience
        asked, answer = self._under_way
        if not concurrent.futures.wait([answer], patience).done:
            return None
        self._under_way = None
        try:
            said = answer.result()
        except (GitFailed, OSError) as error:
            self._failures += 1
            self._again_at = self._app.clock.steady() + min(SOONEST * 2 ** (self._failures - 1), LATEST)
            self._note(at.notes, asked, error)
            return None
        self._failures = 0
        at.notes.troubles.pop(asked, None)
        if asked == "fetch":
            at.notes.fetched = self._now()
        return said if asked == kind else self._exchange(at, kind, do)

    def _note(self, notes: Notes, kind: str, error: Exception) -> None:
        """Note what fails, and since when."""
        before = notes.troubles.get(kind)
        if before is None or before.words != str(error):
            log.warning("%s; trying again", error)
        notes.troubles[kind] = Trouble(before.since if before else self._now(), str(error))

    def _now(self) -> str:
        return self._app.clock.now().isoformat(timespec="seconds")
