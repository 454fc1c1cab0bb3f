"""Ways to find the reader that an event happens to, and what must hold before it happens."""

from __future__ import annotations

from typing import Protocol

from subscribers.address import canonical
from subscribers.address_state import AddressState
from subscribers.errors import ExpiredToken, MovedAway, NoSuchReader, UnknownReader
from subscribers.immutable import dataclass
from subscribers.ports import ReaderTransaction
from subscribers.subscriber import Subscriber
from subscribers.tokens import Proof
from subscribers.transitions import second

NOWHERE = AddressState("")
"""The state that a link leads to if nobody has its id."""


class Who(Protocol):
    """A way to find a reader."""

    def find(self, readers: ReaderTransaction) -> str | None:
        """Return the reader's canonical address, or None if there is nobody."""
        ...

    def check(self, readers: ReaderTransaction, state: AddressState) -> None:
        """Raise an error if the event must not happen. The state is locked by now."""
        ...


@dataclass(frozen=True, slots=True)
class ByAddress:
    """Whoever has this address, even if nothing is known about it yet."""

    canonical: str

    def find(self, readers: ReaderTransaction) -> str:  # noqa: ARG002 - an address is found without looking
        return self.canonical

    def check(self, readers: ReaderTransaction, state: AddressState) -> None:
        """Accept any state."""


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """Whoever has this address, as an editor wrote it. Raises InvalidAddress, MovedAway, UnknownReader."""

    written: str

    def find(self, readers: ReaderTransaction) -> str:  # noqa: ARG002 - an address is found without looking
        return canonical(self.written)

    def check(self, readers: ReaderTransaction, state: AddressState) -> None:
        present = present_address(readers, state)
        if present is not None:
            raise MovedAway(self.written, present)
        if state.unknown:
            raise UnknownReader(self.written)


@dataclass(frozen=True, slots=True)
class ByLink:
    """The reader whose id is in a link, whatever their address is now."""

    subject_id: str

    def find(self, readers: ReaderTransaction) -> str | None:
        return readers.whose(self.subject_id)

    def check(self, readers: ReaderTransaction, state: AddressState) -> None:
        """Accept any state."""


@dataclass(frozen=True, slots=True)
class ByPage:
    """The reader whose page a link leads to. Raises ExpiredToken if they have moved since the link was made."""

    proof: Proof

    def find(self, readers: ReaderTransaction) -> str | None:
        return readers.whose(self.proof.subject_id)

    def check(self, readers: ReaderTransaction, state: AddressState) -> None:  # noqa: ARG002 - the state says it
        reader = state.subscriber
        if reader is not None and reader.moved is not None and self.proof.issued < second(reader.moved):
            raise ExpiredToken


def look(readers: ReaderTransaction, who: Who) -> AddressState:
    """Return a reader's state without locking it, or NOWHERE. Raises the errors of `who`."""
    key = who.find(readers)
    if key is None:
        return NOWHERE
    state = readers.states([key])[key]
    who.check(readers, state)
    return state


def reader_of(state: AddressState) -> Subscriber:
    """Return the reader of a state that a link led to. Raises NoSuchReader."""
    if state.subscriber is None:
        raise NoSuchReader(deleted=state.suppression is not None)
    return state.subscriber


def present_address(readers: ReaderTransaction, state: AddressState) -> str | None:
    """Return the present address of the reader who moved away from this one, or None if nobody did."""
    return readers.moved_to(state.canonical) if state.subscriber is None and state.moved_away else None
