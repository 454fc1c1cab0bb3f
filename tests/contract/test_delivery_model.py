"""A model of the deliveries of one issue: whatever senders, readers, operators and the clock do, the ledger does as the model.

The model is a few plain fields for each row. It is told with random histories on a ledger of each kind, and after each
step its rows are those of the ledger. It knows what a mail server has accepted, which no ledger can.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from publisher.issue import DeliveryState
from publisher.ports import LEASE, Cancelled, Outcome, Which
from tests.conftest import empty_database
from tests.contract.ledgers import LedgerCase, in_database, in_memory
from tests.long import LONG, some
from tests.mailroom import NOON, approved, database

S = DeliveryState
READERS = [f"reader{number}@example.com" for number in range(4)]
READER, SENDER = st.sampled_from(READERS), st.integers(0, 2)
FINAL = {S.SENT, S.FAILED, S.IN_DOUBT, S.SUPPRESSED}
WAITING = {S.QUEUED, S.DEFERRED}
HELD = {S.CLAIMED, S.AT_DOT}


@dataclass
class Row:
    """A delivery as the model has it. `mails` counts what the server accepted, `allowed` how often a person let it go again."""

    state: DeliveryState = S.QUEUED
    due: dt.datetime | None = NOON
    tries: int = 0
    sender: str | None = None
    mails: int = 0
    allowed: int = 1
    wanted: bool = True


@dataclass
class Sender:
    """A process as the model has it: what it believes to hold, and for what it may write the dot."""

    id: str
    held: set[str] = field(default_factory=set)
    at_dot: set[str] = field(default_factory=set)


class Delivering(RuleBasedStateMachine):
    """One issue on its way to four readers, by up to three senders."""

    case: LedgerCase

    @initialize()
    def begin(self) -> None:
        """Freeze the audience."""
        self.ledger, self.now = self.case.ledger, NOON
        self.ledger.deliveries.start(approved(), NOON)
        self.ids = {row.address: row.id for row in self.case.rows()}
        self.rows = {address: Row() for address in READERS}
        self.senders: list[Sender | None] = [None, None, None]
        self.beats: dict[str, dt.datetime] = {}  # of senders that are registered
        self.paused = self.finished = False

    # What senders do

    @rule(which=SENDER)
    def register(self, which: int) -> None:
        """A process begins."""
        if self.senders[which] is None:
            made = self.senders[which] = Sender(self.ledger.senders.register(self.now))
            self.beats[made.id] = self.now

    @rule(which=SENDER, accepted=st.sets(READER))
    def killed(self, which: int, accepted: set[str]) -> None:
        """A process ends without a word; of what was at the dot, the server has some."""
        if sender := self.senders[which]:
            for one in sender.at_dot & accepted:
                self.rows[one].mails += 1
            self.senders[which] = None

    @rule(which=SENDER, most=st.integers(1, 3))
    def claim(self, which: int, most: int) -> None:
        """A sender claims; of rows that are due at the same moment the ledger may take any."""
        if (sender := self.senders[which]) is None:
            return
        can = {one for one, row in self.rows.items() if row.state in WAITING and row.due <= self.now}  # type: ignore[operator]
        if self.paused or sender.id not in self.beats:
            can = set()
        claimed = self.ledger.deliveries.claim(7, sender.id, most, self.now)
        got = {one.address for one in claimed}
        assert len(got) == len(claimed) <= most
        assert got <= {one for one in can if self.rows[one].wanted}
        left = {entry.address for entry in self.ledger.records.find(7, Which(state=S.SUPPRESSED))}
        for one in can - got:
            if one in left:
                assert not self.rows[one].wanted
                self._end(one, S.SUPPRESSED)
            else:  # so there was enough before it
                assert got
                assert all(self.rows[other].due <= self.rows[one].due for other in got)  # type: ignore[operator]
        for one in claimed:
            row = self.rows[one.address]
            assert one.attempt == row.tries + 1
            row.state, row.sender = S.CLAIMED, sender.id
        sender.held |= got
        sender.at_dot -= got

    @rule(which=SENDER, some_of=st.sets(READER, min_size=1))
    def mark(self, which: int, some_of: set[str]) -> None:
        """A sender asks for the dot, for what it believes to hold; where it may, the server gets it all and says yes or no."""
        if (sender := self.senders[which]) is None or not (asked := sender.held & some_of):
            return
        may = {
            one for one in asked
            if self.rows[one].sender == sender.id and self.rows[one].wanted and not self.paused
        }  # fmt: skip
        ids = [self.ids[one] for one in sorted(asked)]
        assert self.ledger.deliveries.commit(sender.id, (), ids, self.now) == {self.ids[one] for one in may}
        for one in may:
            self.rows[one].state = S.AT_DOT
        sender.at_dot |= may

    @rule(
        which=SENDER,
        reader=READER,
        accepts=st.booleans(),
        how=st.sampled_from([S.FAILED, S.DEFERRED]),
        wait=st.sampled_from([0, 50]),
    )
    def answer(self, which: int, reader: str, *, accepts: bool, how: DeliveryState, wait: int) -> None:
        """The server answers to a dot, and the sender writes it down: if it was taken for dead, in vain."""
        if (sender := self.senders[which]) is None or reader not in sender.at_dot:
            return
        self.rows[reader].mails += accepts
        self._written(sender, reader, S.SENT if accepts else how, wait)

    @rule(which=SENDER, some_of=st.sets(READER, min_size=1))
    def refused(self, which: int, some_of: set[str]) -> None:
        """The server does not take messages after the dot, and it may be about all of them: the sender keeps them."""
        if (sender := self.senders[which]) is None or not (known := sender.at_dot & some_of):
            return
        ids = [self.ids[one] for one in sorted(known)]
        assert self.ledger.deliveries.commit(sender.id, (), (), self.now, ids) == frozenset()
        for one in known:
            if self.rows[one].sender == sender.id:
                self.rows[one].state = S.CLAIMED
        sender.at_dot -= known

    @rule(which=SENDER, reader=READER, accepts=st.booleans())
    def no_answer(self, which: int, reader: str, *, accepts: bool) -> None:
        """The connection breaks after the dot: nobody knows."""
        if (sender := self.senders[which]) is None or reader not in sender.at_dot:
            return
        self.rows[reader].mails += accepts
        self._written(sender, reader, S.IN_DOUBT, 0)

    @rule(
        which=SENDER, reader=READER, wait=st.sampled_from([0, 50]), counts=st.booleans(),
        how=st.sampled_from([S.QUEUED, S.DEFERRED, S.FAILED, S.SUPPRESSED]),
    )  # fmt: skip
    def before_the_dot(self, which: int, reader: str, how: DeliveryState, wait: int, *, counts: bool) -> None:
        """A refusal, a broken connection, or somebody who left: the message did not go."""
        if (sender := self.senders[which]) is None or reader not in sender.held - sender.at_dot:
            return
        self._written(sender, reader, how, wait, counts=counts or how in FINAL)

    def _written(self, sender: Sender, reader: str, state: DeliveryState, wait: int, *, counts: bool = True) -> None:
        row, due = self.rows[reader], None if state in FINAL else self.now + dt.timedelta(seconds=wait)
        self.ledger.deliveries.commit(sender.id, [Outcome(self.ids[reader], state, "said", due, counts)], (), self.now)
        sender.held.discard(reader)
        sender.at_dot.discard(reader)
        if row.sender == sender.id:
            row.state, row.due, row.sender, row.tries = state, due, None, row.tries + counts

    @rule(which=SENDER)
    def release(self, which: int) -> None:
        """A sender ends in order."""
        if sender := self.senders[which]:
            self.ledger.senders.release(sender.id)
            self._given_back(sender.id)
            self.senders[which] = None

    @rule(seconds=st.sampled_from([1, 20, 61, 3600]), alive=st.sets(SENDER))
    def time_passes(self, seconds: int, alive: set[int]) -> None:
        """Some senders say that they live; then whoever looks takes over from the others."""
        self.now += dt.timedelta(seconds=seconds)
        for which in alive:
            if sender := self.senders[which]:
                lives = sender.id in self.beats
                assert self.ledger.senders.heartbeat(sender.id, self.now) == lives
                self.beats |= {sender.id: self.now} if lives else {}

    @rule()
    def recover(self) -> None:
        """Somebody looks for dead senders."""
        dead = [one for one, beat in self.beats.items() if beat + LEASE < self.now]
        held = sum(row.sender in dead for row in self.rows.values())
        assert self.ledger.senders.recover(self.now) == held
        for one in dead:
            self._given_back(one)
        assert self.ledger.senders.living() == self.beats.keys()

    def _given_back(self, sender: str) -> None:
        self.beats.pop(sender, None)
        for row in self.rows.values():
            if row.sender == sender:
                row.state, row.due = (S.IN_DOUBT, None) if row.state is S.AT_DOT else (S.QUEUED, row.due)
                row.sender = None

    # What readers and operators do

    @rule(reader=READER)
    def leaves(self, reader: str) -> None:
        """A reader leaves (I7)."""
        if self.rows[reader].wanted:
            self.case.suppress(reader)
            self.rows[reader].wanted = False

    @rule(reader=st.none() | READER, again=st.booleans())
    def settle(self, reader: str | None, *, again: bool) -> None:
        """An operator knows what became of what is in doubt, or lets it go again (I3)."""
        them = {one for one in self._of(S.IN_DOUBT) if reader in (None, one)}
        state = S.QUEUED if again else S.SENT
        assert self.ledger.records.settle(7, reader, state, self.now, why="seen in the log") == len(them)
        for one in them:
            row = self.rows[one]
            row.state, row.due, row.allowed = state, self.now if again else None, row.allowed + again
        self.finished = self.finished and not (them and again)

    @rule(reader=st.none() | READER)
    def retry(self, reader: str | None) -> None:
        """An operator has what failed tried again, with all its tries."""
        them = {one for one in self._of(S.FAILED) if reader in (None, one)}
        assert self.ledger.decisions.retry(7, Which(address=reader), self.now) == len(them)
        for one in them:
            self.rows[one].state, self.rows[one].due, self.rows[one].tries = S.QUEUED, self.now, 0
        self.finished = self.finished and not them

    @rule()
    def pause(self) -> None:
        """An operator pauses the issue (I10)."""
        assert self.ledger.decisions.pause(7, "a wrong link", self.now) == (not self.finished)
        self.paused = self.paused or not self.finished

    @rule()
    def resume(self) -> None:
        """It goes on."""
        assert self.ledger.decisions.resume(7) == self.paused
        self.paused = False

    @rule()
    def cancel(self) -> None:
        """An operator ends it for all who do not have it."""
        waiting, held = self._of(*WAITING), self._of(*HELD)
        expected = None if self.finished else Cancelled(len(waiting), len(held))
        assert self.ledger.decisions.cancel(7, "the wrong issue", self.now) == expected
        if not self.finished:
            self.paused = True
            for one in waiting:
                self._end(one, S.SUPPRESSED)

    @rule()
    def finish(self) -> None:
        """Whoever sends looks whether it is over (I2)."""
        self.finished = self.finished or not self._of(*WAITING, *HELD)
        assert self.ledger.deliveries.finish(7, self.now) == self.finished
        self.paused = self.paused and not self.finished

    def _of(self, *states: DeliveryState) -> set[str]:
        return {one for one, row in self.rows.items() if row.state in states}

    def _end(self, reader: str, state: DeliveryState) -> None:
        self.rows[reader].state, self.rows[reader].due = state, None

    # What holds

    @invariant()
    def the_ledger_is_as_the_model(self) -> None:
        """Row by row, and added up."""
        found = {entry.address: (entry.state, entry.tries) for entry in self.ledger.records.find(7)}
        assert found == {one: (row.state, row.tries) for one, row in self.rows.items()}
        sums = self.ledger.deliveries.sums(7, self.now)
        assert Counter(row.state for row in self.rows.values()) == {
            key: count for key, count in sums.counts.items() if count
        }
        assert sums.audience == len(READERS)
        assert sums.open == len(self._of(*WAITING, *HELD))
        waiting = [row.due for row in self.rows.values() if row.state in WAITING and row.due]
        assert (sums.next_attempt is None) == (not waiting)
        if sums.next_attempt:
            assert max(sums.next_attempt, self.now) == max(min(waiting), self.now), "when is no matter once it is due"

    @invariant()
    def nothing_is_sent_twice_or_forgotten(self) -> None:
        """What the server accepted is sent, in doubt or at the dot, and never more often than people said (I3, I4)."""
        for row in self.rows.values():
            assert row.mails <= row.allowed
            assert row.mails < row.allowed or row.state in (S.SENT, S.IN_DOUBT, S.AT_DOT)

    def teardown(self) -> None:
        """Everything ends, whatever went before (I5)."""
        if not hasattr(self, "ledger"):
            return
        self.resume()
        self.now += 2 * LEASE + dt.timedelta(hours=1)
        self.senders = [None, None, None]
        self.recover()
        assert not self._of(*HELD)
        self.register(0)
        for _ in READERS:
            self.claim(0, 3)
        last = self.senders[0]
        assert last is not None
        assert self._of(*WAITING) == set()
        for one in sorted(last.held):
            self.mark(0, {one})
            if one in last.at_dot:
                self.answer(0, one, accepts=True, how=S.FAILED, wait=0)
            else:
                self.before_the_dot(0, one, S.SUPPRESSED, 0, counts=True)
        self.finish()
        self.the_ledger_is_as_the_model()
        self.nothing_is_sent_twice_or_forgotten()
        assert self.finished


@contextmanager
def machines(kind: str, request: pytest.FixtureRequest) -> Iterator[type[Delivering]]:
    """Yield the machine over ledgers of a kind, each empty."""
    if kind == "memory":

        def made() -> LedgerCase:
            case = in_memory()
            case.join(*READERS)
            return case

        yield type("InMemory", (Delivering,), {"case": property(lambda machine: _kept(machine, made))})
        return
    with tempfile.TemporaryDirectory() as folder, empty_database(kind, request, Path(folder)) as url:
        engine = database(url)
        case = in_database(engine)
        case.join(*READERS)

        def emptied() -> LedgerCase:
            with engine.begin() as connection:
                for table in ("delivery", "mailing", "sender_process", "suppression"):
                    connection.exec_driver_sql(f"DELETE FROM {table}")
            return case

        yield type("InDatabase", (Delivering,), {"case": property(lambda machine: _kept(machine, emptied))})
        engine.dispose()


def _kept(machine: object, make: Callable[[], LedgerCase]) -> LedgerCase:
    found = machine.__dict__.setdefault("_case", None) or make()
    machine.__dict__["_case"] = found
    return found


KINDS = {"memory": 100, "sqlite": 50, "postgresql": 50}
"""How many histories each kind of ledger is told."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_the_ledger_does_what_the_model_does(kind: str, request: pytest.FixtureRequest) -> None:
    with machines(kind, request) as machine:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            machine,
            settings=settings(
                max_examples=some(KINDS[kind]), stateful_step_count=40, deadline=None,
                suppress_health_check=[*HealthCheck], phases=(Phase.generate, Phase.shrink),
            ),
        )  # fmt: skip


def _claimed(machine: Delivering) -> None:
    machine.register(0)
    machine.claim(0, 3)


def _at_dot(machine: Delivering) -> None:
    _claimed(machine)
    machine.mark(0, {*READERS})


def _before_the_dot(machine: Delivering, how: DeliveryState) -> None:
    _claimed(machine)
    for one in READERS:
        machine.before_the_dot(0, one, how, 50, counts=True)


def _answered(machine: Delivering, *, accepts: bool) -> None:
    _at_dot(machine)
    for one in READERS:
        machine.answer(0, one, accepts=accepts, how=S.FAILED, wait=0)


def _lost(machine: Delivering) -> None:
    _at_dot(machine)
    machine.killed(0, {READERS[0]})
    machine.time_passes(61, set())
    machine.recover()


Act = Callable[[Delivering], object]
LEADS: dict[DeliveryState, Act] = {
    S.QUEUED: lambda machine: machine.register(0),
    S.CLAIMED: _claimed,
    S.AT_DOT: _at_dot,
    S.DEFERRED: lambda machine: _before_the_dot(machine, S.DEFERRED),
    S.SENT: lambda machine: _answered(machine, accepts=True),
    S.FAILED: lambda machine: _answered(machine, accepts=False),
    S.IN_DOUBT: _lost,
    S.SUPPRESSED: lambda machine: _before_the_dot(machine, S.SUPPRESSED),
}
"""How three of four deliveries come into each state."""


def _in_turn(*acts: Act) -> Act:
    return lambda machine: [act(machine) for act in acts]


def _each(act: Callable[[Delivering, str], object]) -> Act:
    return lambda machine: [act(machine, one) for one in READERS]


def _dies(machine: Delivering) -> None:
    machine.killed(0, {*READERS})
    machine.time_passes(61, {1})
    machine.recover()


EVENTS: dict[str, Act] = {
    "the same sender claims": lambda machine: machine.claim(0, 3),
    "another sender claims": lambda machine: machine.claim(1, 3),
    "it claims when all is due": _in_turn(lambda machine: machine.time_passes(3600, {0, 1}), lambda machine: machine.claim(1, 3)),
    "its sender marks": lambda machine: machine.mark(0, {*READERS}),
    "a reader leaves, and its sender marks": _in_turn(_each(Delivering.leaves), lambda machine: machine.mark(0, {*READERS})),
    "a reader leaves, and another sender claims": _in_turn(_each(Delivering.leaves), lambda machine: machine.claim(1, 3)),
    "the server accepts": _each(lambda machine, one: machine.answer(0, one, accepts=True, how=S.FAILED, wait=0)),
    "the server refuses": _each(lambda machine, one: machine.answer(0, one, accepts=False, how=S.FAILED, wait=0)),
    "the server says later": _each(lambda machine, one: machine.answer(0, one, accepts=False, how=S.DEFERRED, wait=50)),
    "the server refuses, perhaps everything": lambda machine: machine.refused(0, {*READERS}),
    "the server refuses, perhaps everything, and its sender dies": _in_turn(lambda machine: machine.refused(0, {*READERS}), _dies),
    "nobody answers": _each(lambda machine, one: machine.no_answer(0, one, accepts=True)),
    "the connection breaks": _each(lambda machine, one: machine.before_the_dot(0, one, S.QUEUED, 0, counts=False)),
    "its sender ends": lambda machine: machine.release(0),
    "its sender dies": _dies,
    "its sender wakes up": _in_turn(
        lambda machine: machine.time_passes(61, {1}), Delivering.recover, lambda machine: machine.mark(0, {*READERS}),
        _each(lambda machine, one: machine.answer(0, one, accepts=True, how=S.FAILED, wait=0)),
    ),
    "another sender has it when its sender wakes up": _in_turn(
        lambda machine: machine.time_passes(61, {1}), Delivering.recover, lambda machine: machine.claim(1, 3),
        lambda machine: machine.claim(1, 3), lambda machine: machine.mark(0, {*READERS}),
        _each(lambda machine, one: machine.answer(0, one, accepts=True, how=S.FAILED, wait=0)),
        _each(lambda machine, one: machine.before_the_dot(0, one, S.FAILED, 0, counts=True)),
    ),
    "its sender lives on": _in_turn(lambda machine: machine.time_passes(61, {0, 1}), Delivering.recover),
    "settled as sent": lambda machine: machine.settle(None, again=False),
    "settled to be sent again": lambda machine: machine.settle(None, again=True),
    "tried again": lambda machine: machine.retry(None),
    "paused, claimed, marked": _in_turn(
        Delivering.pause, lambda machine: machine.claim(1, 3), lambda machine: machine.mark(0, {*READERS})
    ),
    "paused and resumed": _in_turn(Delivering.pause, Delivering.resume, lambda machine: machine.mark(0, {*READERS})),
    "cancelled": _in_turn(Delivering.cancel, Delivering.finish),
    "cancelled, given back, cancelled": _in_turn(Delivering.cancel, lambda machine: machine.release(0), Delivering.cancel),
    "looked at whether it is over": Delivering.finish,
}  # fmt: skip


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_every_event_in_every_state_does_what_the_model_does(kind: str, request: pytest.FixtureRequest) -> None:
    with machines(kind, request) as machine_over:
        for row, (state, lead) in enumerate(LEADS.items()):
            for column, event in enumerate(EVENTS.values()):
                if kind != "memory" and not LONG and (row + column) % 4:
                    continue  # each takes a tenth of a second there
                machine = machine_over()
                machine.begin()
                machine.register(1)
                lead(machine)
                assert machine._of(state), f"no delivery is {state}"
                event(machine)
                machine.the_ledger_is_as_the_model()
                machine.nothing_is_sent_twice_or_forgotten()
                machine.teardown()
