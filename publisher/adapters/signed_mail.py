"""Mail that is signed as it leaves, whatever courier takes it. Nothing is signed that may not begin.

A signature by RSA takes about as long as all the rest of sending a message, and needs no lock of Python's: threads
make them beside the event loop.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

from publisher.deliver.threads import on_loop
from publisher.ports import AnyCourier, Clock, Connection, Envelope, Reply, Signer


def threads() -> ThreadPoolExecutor:
    """Return threads to sign in, one for each processor of this process; they are begun when they are needed."""
    return ThreadPoolExecutor(os.cpu_count() or 1, "signing")


class SigningCourier:
    """Fulfils ports.Courier with another courier and a signer."""

    def __init__(self, courier: AnyCourier, signer: Signer, clock: Clock, made_in: Executor) -> None:
        self._courier = on_loop(courier)
        self._signer = signer
        self._clock = clock
        self._threads = made_in

    async def connect(self) -> Connection:
        return _SigningConnection(await self._courier.connect(), self)

    async def signed(self, envelope: Envelope) -> Envelope:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._signer.sign, envelope, self._clock.now())


@dataclass(frozen=True, slots=True)
class _SigningConnection:
    """Fulfils ports.Connection."""

    connection: Connection
    courier: SigningCourier

    async def hand_over(self, envelope: Envelope) -> Reply:
        return await self.connection.hand_over(await self.courier.signed(envelope))

    async def finish(self) -> Reply:
        return await self.connection.finish()

    def alive(self) -> bool:
        return self.connection.alive()

    def abandon(self) -> None:
        self.connection.abandon()

    def close(self) -> None:
        self.connection.close()
