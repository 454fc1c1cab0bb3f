"""The week, as a specification: whatever editors, readers, the clock and the machine do, some things hold.

What holds is in `tests/weekly_promises.py`; what editors do with files is in `tests/weekly_writing.py`; all else that
may happen is here. A failure prints the story that leads to it, as the calls of the rules; with LONG_TESTS=1 the
shortest one.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from publisher import editors, pipeline
from publisher.ports import Reply
from tests.long import LONG
from tests.weekly import EDITORS, READERS, SECTIONS, InSqlite, Mail
from tests.weekly_writing import Writing

READER, EDITOR = st.sampled_from(READERS), st.sampled_from([*EDITORS])
KILLED = st.one_of(st.none(), st.none(), st.integers(0, 30))
"""After how many steps the process is killed, if at all."""
STORIES = int(os.environ.get("WEEKS", "20" if LONG else "3"))
"""How many stories are told; `WEEKS=200` tells more of them."""
AT_ONCE = 5
"""How many stories one test tells: a test may not take for ever."""


class Weeks(Writing):
    """One publication over some weeks."""

    def teardown(self) -> None:
        """Let everything be put right and the week end; nothing may have been forgotten meanwhile."""
        try:
            self.repair()
            self.days_pass(9, up=True)
            self.look()
        finally:
            self.world.app.__exit__()
            self.scratch.cleanup()

    @initialize(readers=st.sets(READER), pieces=st.integers(0, 3))
    def begin(self, readers: set[str], pieces: int) -> None:
        """A publication begins: with some readers, an evergreen piece, and some that are ready."""
        for name in sorted(readers):
            self.world.join(name)
        self.write([*SECTIONS][1], "evergreen", None)
        for number in range(2 * pieces):
            self.write([*SECTIONS][number % 2], "ready", None)
        self.tick(None)

    # What editors ask for

    @rule(force=st.booleans(), killed=KILLED)
    def assemble(self, force: bool, killed: int | None) -> None:
        """An editor assembles the week's issue by hand."""
        with self.world.killed_after(killed):
            self.world.attempt(lambda: pipeline.assemble(self.act(), force=force))

    @precondition(lambda self: self.world.issues())
    @rule(by=EDITOR)
    def approve_by_hand(self, by: str) -> None:
        """Somebody types an editor's name into a command."""
        self.approved(self.world.attempt(lambda: pipeline.approve(self.act(), self.number(), by)))

    @rule(by=EDITOR, which=st.sampled_from([0, 0, 0, 1, 5]))
    def approve_by_link(self, by: str, which: int) -> None:
        """An editor presses the button of a proof, the latest one or an older one."""
        if links := self.world.links()[by]:
            token = links[-1 - which % len(links)]
            self.approved(self.world.attempt(lambda: pipeline.approve_by_link(self.act(), token)))

    @precondition(lambda self: self.world.approvals and self.world.issues())
    @rule(by=EDITOR, link=st.booleans())
    def withdraw(self, by: str, link: bool) -> None:
        """An editor takes an approval back."""
        links = self.world.links()[by]
        taken = self.world.attempt(
            lambda: (
                pipeline.withdraw_by_link(self.act(), links[-1])
                if link and links
                else pipeline.withdraw(self.act(), self.number(), by)
            )
        )
        if taken:
            self.world.approvals.discard((taken.number, taken.digest, taken.by))

    @precondition(lambda self: self.world.issues())
    @rule()
    def ask_for_a_proof(self) -> None:
        """An editor has a new proof mailed."""
        self.world.attempt(lambda: editors.prove(self.act(), self.number(), str(len(self.world.server.taken))))

    @precondition(lambda self: self.world.issues())
    @rule(late=st.booleans(), killed=KILLED)
    def send(self, late: bool, killed: int | None) -> None:
        """An editor sends the latest issue by hand."""
        with self.world.killed_after(killed):
            self.world.attempt(lambda: pipeline.send(self.act(), self.number(), late=late))

    @rule(ahead=st.integers(0, 2), what=st.sampled_from(["hold", "skip", "reopen", "reopen"]))
    def decide_of_a_week(self, ahead: int, what: str) -> None:
        """An editor holds a week, skips it, or lets it go on."""
        week = self.this_week(ahead)
        match what:
            case "hold":
                self.world.attempt(lambda: pipeline.hold_week(self.act(), week, "wrong numbers"))
            case "skip":
                self.world.attempt(lambda: pipeline.skip_week(self.act(), week, "holidays"))
            case "reopen":
                self.world.attempt(lambda: pipeline.reopen_week(self.act(), week))

    @precondition(lambda self: self.begun)
    @rule()
    def reopen_the_issue(self) -> None:
        """An editor reopens the latest issue that was sent, which is refused unless it reached nobody."""
        number = max(self.begun)
        if self.world.attempt(lambda: pipeline.reopen(self.act(), number) or True):
            self.begun.discard(number)

    @rule()
    def look_around(self) -> None:
        """An editor asks where everything stands; this changes nothing, and always answers."""
        self.world.attempt(lambda: pipeline.status(self.act()))
        self.world.attempt(lambda: pipeline.queue(self.act()))

    # Readers

    @rule(name=READER)
    def join(self, name: str) -> None:
        """A reader signs up and confirms."""
        if f"{name}@example.com" not in self.world.joined:
            self.world.join(name)

    @precondition(lambda self: self.world.joined)
    @rule(name=READER)
    def leave(self, name: str) -> None:
        """A reader presses unsubscribe."""
        if f"{name}@example.com" in self.world.joined:
            self.world.leave(f"{name}@example.com")

    # The mail server, and the world while mail is on its way

    @rule(reply=st.sampled_from([
        Reply(250, "taken"), Reply(250, "taken"), Reply(0, "no answer came"), Reply(451, "4.3.0 try again later"), Reply(550, "5.1.1 no such user"),
    ]), whom=st.one_of(st.none(), READER))  # fmt: skip
    def the_server_says(self, reply: Reply, whom: str | None) -> None:
        """The mail server takes issues, or refuses them: for one reader or for all."""

        def answer(mail: Mail) -> Reply:
            return reply if mail.issue and whom in (None, mail.to.partition("@")[0]) else Reply(250, "taken")

        self.world.server.answers = answer

    @rule(who=READER, edit=st.booleans())
    def meanwhile(self, who: str, edit: bool) -> None:
        """While the next issue goes out, a reader leaves, and perhaps an editor edits the issue's file."""

        def happens(mail: Mail) -> None:
            address = f"{who}@example.com"
            if mail.issue and mail.to != address:
                self.world.server.meanwhile = lambda _mail: None
                if address in self.world.joined:
                    self.world.leave(address)
                path = self.world.content / "issues" / f"{mail.issue:04d}.md"
                if edit and path.exists():
                    path.write_text(f"{path.read_text()}\nToo late: {self.world.word()}.\n")

        self.world.server.meanwhile = happens

    # Time

    @rule(killed=KILLED)
    def tick(self, killed: int | None) -> None:
        """The scheduler looks what is due."""
        with self.world.killed_after(killed):
            self.world.tick()
            self.weeks_that_ended()

    @rule(hours=st.sampled_from([1, 5, 20]))
    def hours_pass(self, hours: int) -> None:
        """Time passes, and the scheduler runs."""
        self.world.clock.advance(hours * 3600)
        self.look()
        self.tick(None)

    @rule(days=st.integers(1, 12), up=st.booleans())
    def days_pass(self, days: int, up: bool) -> None:
        """Days pass, in which the scheduler runs twice a day, or was down."""
        for _ in range(2 * days):
            self.world.clock.advance(12 * 3600)
            if up:
                self.look()
                self.tick(None)

    @rule(killed=KILLED)
    def monday_comes(self, killed: int | None) -> None:
        """The next issue is assembled, and its proof mailed, if nothing speaks against it."""
        self.until("mon 10:00")
        self.tick(killed)
        self.tick(None)

    @rule()
    def all_approve(self) -> None:
        """Every editor presses the button of the latest proof."""
        for name in self.world.settings.editors:
            self.approve_by_link(name, 0)

    @rule(killed=KILLED)
    def the_hour_comes(self, killed: int | None) -> None:
        """The next hour of sending comes, and the scheduler runs twice."""
        self.until(self.world.settings.send)
        self.tick(killed)
        self.look()
        self.tick(None)

    @rule(killed=KILLED)
    def a_good_week(self, killed: int | None) -> None:
        """The next week goes as it should: proof, approvals, send."""
        self.monday_comes(killed)
        self.all_approve()
        self.look()
        self.the_hour_comes(killed)


class StoredWeeks(Weeks):
    """The same in a real database, where what is in memory's twins cannot hide a fault of the tables."""

    made = InSqlite


def tell(machine: type[Weeks], stories: int) -> None:
    run_state_machine_as_test(machine, settings=settings(
        max_examples=stories, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck),
        phases=tuple(Phase) if LONG else (Phase.explicit, Phase.reuse, Phase.generate),  # to make a story short takes many minutes
    ))  # fmt: skip


def batches(stories: int) -> list[int]:
    """Return how many stories each test tells."""
    whole, rest = divmod(stories, AT_ONCE)
    return [AT_ONCE] * whole + [rest] * bool(rest)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("stories", batches(STORIES))
def test_whatever_happens_in_a_week_its_promises_hold(stories: int) -> None:
    tell(Weeks, stories)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("stories", batches(max(1, STORIES // 3)))
def test_they_hold_on_a_database_too(stories: int) -> None:
    tell(StoredWeeks, stories)
