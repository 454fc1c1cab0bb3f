"""A year of a publication: issues go out every week while readers join, leave, come back, bounce and complain at random.

What a reader does, and what becomes of their mailbox, is drawn by chance; what must follow from it is known by simple
rules, and looked at after every issue. With LONG_TESTS=1 it is a whole year with a thousand readers, else some weeks.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from publisher import mail_round, pipeline
from publisher.issue import DeliveryState
from publisher.ports import Envelope, Reply
from subscribers import Reason, State
from tests.long import LONG
from tests.publication import FakeClock
from tests.returned import arf, dsn, plain
from tests.weekly import EDITORS, SECTIONS, WORDS, InSqlite, Mail, Settings, Weekly

WEEKS, READERS = (52, 1_000) if LONG else (6, 80)
GONE = "550 5.1.1 <someone@example.com>: Recipient address rejected: User unknown"
FULL = "552 5.2.2 The mailbox is full and over quota"
BLOCKED = "550 5.7.1 Service refused, your address is on our blocklist"
BLOCKED_WEEKS = (3, 40)
"""The weeks in which a provider takes the publication for a sender of spam."""


@dataclass(frozen=True)
class Tagged(Settings):
    """A publication that reads what comes back."""

    def toml(self) -> str:
        text = super().toml().replace("connections = 1", "connections = 20")
        return text.replace("[schedule]", 'bounces = "bounces@notes.example.com"\n\n[schedule]')


class PostOffice:
    """The mail servers of the world, as one of them sees it: many connections, and each mailbox has a nature of its own."""

    def __init__(self, clock: FakeClock, chance: random.Random) -> None:
        self.clock, self.chance = clock, chance
        self.taken: list[Mail] = []
        """The mail to editors."""
        self.got: Counter[tuple[int, str]] = Counter()
        """How often each address got each issue."""
        self.arrived: list[tuple[str, dt.datetime]] = []
        """All mail to readers since the last look."""
        self.sender: dict[tuple[int, str], str] = {}
        """The envelope sender of each copy of the latest issue, to which it comes back."""
        self.natures: dict[str, str] = {}
        self.doubts: set[tuple[int, str]] = set()
        """What was taken while nobody heard the answer."""

    async def connect(self) -> _Line:
        return _Line(self)


class _Line:
    """One connection."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office
        self._open: Envelope | None = None

    async def hand_over(self, envelope: Envelope) -> Reply:
        office, address = self._office, envelope.rcpt_to
        self._open = envelope
        nature = office.natures.get(address)
        if nature == "unknown":
            return Reply(550, GONE.removeprefix("550 "), "rcpt")
        if office.chance.random() < 0.04:
            return Reply(451, "4.2.1 try again later", "rcpt")
        return Reply(354, "go on", "data")

    async def finish(self) -> Reply:
        office, envelope = self._office, self._open
        assert envelope is not None
        found = re.match(r"(\d+)\.", envelope.name)
        number = int(found[1]) if found else None
        mail = Mail(office.clock.now(), envelope.rcpt_to, number, envelope.message)
        if envelope.rcpt_to in EDITORS.values():
            office.taken.append(mail)
            return Reply(250, "2.0.0 taken", "dot")
        office.arrived.append((mail.to, mail.at))
        if number is None:
            return Reply(250, "2.0.0 taken", "dot")
        office.got[number, mail.to] += 1
        office.sender[number, mail.to] = envelope.mail_from
        if office.chance.random() < 0.002:
            office.doubts.add((number, mail.to))
            return Reply(0, "no answer came")
        return Reply(250, "2.0.0 taken", "dot")

    def alive(self) -> bool:
        return True

    def abandon(self) -> None:
        self._open = None

    close = abandon


class Year(Weekly):
    """The publication, its readers, and what somebody who sees all of them knows."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        super().__init__(folder, InSqlite)
        self.chance = chance
        self.settings = Tagged()
        self.write_settings()
        self.app.courier = self.server = PostOffice(self.clock, chance)  # type: ignore[assignment]
        self.post: PostOffice = self.server  # type: ignore[assignment]
        self.gone: dict[str, Reason] = {}
        """Who must not be on the list any more, and why."""
        self.names = self.written_pieces = 0

    def newcomer(self) -> None:
        self.names += 1
        self.join(f"reader{self.names}")

    def some(self, share: float) -> list[str]:
        """Draw from the readers who are on the list, with mailboxes of no special nature."""
        return [each for each in sorted(self.joined) if each not in self.post.natures and self.chance.random() < share]

    def write_pieces(self) -> None:
        for folder in SECTIONS.values():
            self.written_pieces += 1
            name = f"piece{self.written_pieces}"
            words = " ".join(f"{name}word{number}" for number in range(WORDS))
            head = f"title: About {name}\nsummary: On {name}.\nadded: {self.clock.now().date()}\nstatus: ready\n"
            (self.content / folder / f"{name}.md").write_text(f"---\n{head}---\n{words}\n")

    def until(self, weekday: int, hour: int) -> None:
        """Let it be that hour (UTC) of the first such day from now on."""
        now = self.clock.now()
        then = now.replace(hour=hour, minute=0) + dt.timedelta(days=(weekday - now.weekday()) % 7)
        self.clock.time = then if then >= now else then + dt.timedelta(days=7)

    def hours(self, count: int) -> None:
        for _ in range(count):
            self.clock.advance(3600)
            self.tick()
            mail_round.round_of_mail(self.app.act())

    # What happens

    def people(self) -> None:
        """Some join, some leave, some who left come back."""
        for _ in range(max(1, READERS // 100)):
            self.newcomer()
        for address in self.some(0.004):
            self.leave(address)
            self.gone[address] = Reason.UNSUBSCRIBED
        for address in [each for each, why in self.gone.items() if why is Reason.UNSUBSCRIBED]:
            if self.chance.random() < 0.05:
                self.join(address.partition("@")[0])
                del self.gone[address]

    def mailboxes(self) -> None:
        """Some mailboxes vanish, some fill up, some are emptied."""
        natures = self.post.natures
        for address in [each for each, nature in natures.items() if nature == "full" and self.chance.random() < 0.3]:
            del natures[address]
        for nature, share in (("unknown", 0.002), ("vanished", 0.002), ("full", 0.01), ("away", 0.01)):
            natures |= dict.fromkeys(self.some(share), nature)

    def come_back(self, number: int) -> None:
        """What servers, people and providers send in the hours after an issue."""
        act, natures = self.app.act(), self.post.natures
        for address in sorted(self.joined):
            if not self.post.got[number, address]:
                continue
            tag, nature = self.post.sender[number, address], natures.get(address)
            if nature == "vanished":
                pipeline.take_returned(act, dsn(tag, recipient=address, words=GONE), "test")
            elif nature == "full":
                pipeline.take_returned(act, dsn(tag, status="5.2.2", recipient=address, words=FULL), "test")
            elif nature == "away":
                more = "Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All"
                pipeline.take_returned(act, plain("Out of office", "Until Monday.", to=tag, more=more), "test")
        for address in self.some(0.0005):
            if self.post.got[number, address]:
                pipeline.take_returned(act, arf(self.post.sender[number, address]), "test")
                self.taken_off(address, Reason.COMPLAINED)
        self.hours(2)
        for address in sorted(self.joined):
            if natures.get(address) == "unknown" or (
                natures.get(address) == "vanished" and self.post.got[number, address]
            ):
                self.taken_off(address, Reason.BOUNCED)

    def blocked(self, number: int) -> None:
        """A provider refuses a third of an issue: this says nothing of readers, and holds the next issue."""
        act = self.app.act()
        for address in [each for each in sorted(self.joined) if self.post.got[number, each]][::3]:
            tag = self.post.sender[number, address]
            pipeline.take_returned(act, dsn(tag, status="5.7.1", recipient=address, words=BLOCKED), "test")
        self.hours(3)
        told = [mail.to for mail in self.post.taken if f"Sending is held after issue {number}" in mail.subject]
        assert sorted(told) == sorted(EDITORS.values()), "each editor is told once"

    def send(self, number: int) -> None:
        """The hour comes, and whatever holds the issue is seen to by an editor."""
        self.until(3, 9)
        self.tick()
        if self.app.holds.open():
            assert not [to for of, to in self.post.got if of == number], "sent although it is held"
            pipeline.resume_sending(self.app.act(), "the provider took us off its list")
            self.tick()
        self.hours(14)  # in which is tried again what was refused for now

    def taken_off(self, address: str, reason: Reason) -> None:
        self.gone[address], self.left[address] = reason, self.clock.now()
        del self.joined[address]

    def doubts_are_settled(self, number: int) -> None:
        """An operator asks the server's log about what is in doubt."""
        for known, address in sorted(self.post.doubts):
            if known == number:
                self.app.ledger.records.settle(number, address, DeliveryState.SENT, self.clock.now())
        self.post.doubts.clear()

    # What must hold

    def look(self, number: int, audience: set[str]) -> None:
        rows = {address: state for address, state, _ in self.app.ledger.records.of(number)}
        assert rows.keys() == audience, "everybody who was on the list, and nobody else"
        sums = self.app.ledger.deliveries.sums(number, self.clock.now())
        assert sums.audience == len(audience)
        assert sums.open == 0, "an issue that is over has no open row"
        for address, state in rows.items():
            times = self.post.got[number, address]
            assert times <= 1, f"{address} got issue {number} {times} times"
            assert (state is DeliveryState.SENT) == (times == 1), (address, state, times)
        assert not [to for to, at in self.post.arrived if to in self.left and at > self.left[to]], "mail to who left"
        self.post.arrived.clear()
        active = {each.address for each in self.app.subscribers.queries.find(state=State.ACTIVE, limit=10_000)}
        assert active == set(self.joined), "the list is who joined and did not go"
        for address, why in self.gone.items():
            found = self.app.subscribers.editors.show(address).suppression
            assert found is not None, address
            assert found.reason is why, (address, found.reason, why)


@pytest.mark.timeout(3_600 if LONG else 240)
def test_a_year_of_issues_loses_nobody_and_mails_nobody_who_is_gone(tmp_path: Path) -> None:
    year = Year(tmp_path, random.Random(52))
    with year.app:
        for _ in range(READERS):
            year.newcomer()
        for week in range(WEEKS):
            year.until(0, 12)
            year.write_pieces()
            year.people()
            year.mailboxes()
            year.hours(6)  # in which the proof is tried again, if need be
            approval = pipeline.approve_by_link(year.app.act(), year.links()["Robin"][-1])
            year.until(3, 5)
            audience = set(year.joined)
            year.send(approval.number)
            year.doubts_are_settled(approval.number)
            year.come_back(approval.number)
            if week in BLOCKED_WEEKS:
                year.blocked(approval.number)
            year.look(approval.number, audience)
            assert approval.number == week + 1
