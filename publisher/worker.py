"""`pressroom worker`: one of as many processes as wanted that hand over what is due of issues under way.

It asks the database for work, and needs nobody to hand it out: see publisher/stages/work.py.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from publisher import pipeline
from publisher.errors import ConfigurationError, OutsideError, PressroomError
from publisher.numbers import named
from publisher.ports import Sums
from subscribers.database import DatabaseUnavailable

log = logging.getLogger("pressroom.worker")

POLL_SECONDS = 2.0
"""How often a worker without work asks for some."""
UNABLE_SECONDS = 28.0
"""How much longer it waits when it cannot even ask, or its clock is wrong."""
WAITS = (5.0, 30.0, 120.0, 600.0)
"""Seconds to leave an issue alone after the first, second … failure in a row that may pass by itself."""
LONG_WAITS = (300.0, 3_600.0, 21_600.0)
"""The same after one that a person has to put right: a server locks out whoever tries a wrong password often."""
LAST_SECONDS = 10.0
"""After a stop and its grace, how much longer a worker may take to give its rows back before it ends without that."""


class Rests:
    """Which issues this worker leaves alone after a failure, and until when, in monotonic seconds."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._failures: dict[int, int] = {}
        self._until: dict[int, float] = {}

    def over(self, number: int) -> bool:
        return self._until.get(number, 0.0) <= self._monotonic()

    def failed(self, number: int, waits: tuple[float, ...]) -> float:
        """Note a failure, and return how many seconds the issue rests."""
        times = self._failures[number] = self._failures.get(number, 0) + 1
        wait = waits[min(times, len(waits)) - 1]
        self._until[number] = self._monotonic() + wait
        return wait

    def went_well(self, number: int) -> None:
        self._failures.pop(number, None)
        self._until.pop(number, None)


def work_until_stopped(act: Callable[[], pipeline.Ports], stop: threading.Event, grace: float) -> None:
    """Hand over what is due, and wait for more, until `stop` is set. Failures are logged, and tried again later."""
    rests = Rests()
    while not stop.is_set():
        try:
            numbers = [number for number in pipeline.to_work_on(act()) if rests.over(number)]
        except (PressroomError, DatabaseUnavailable) as error:
            log.warning("%s; trying again", error)
            numbers = []
            stop.wait(UNABLE_SECONDS)
        for number in numbers:
            if not stop.is_set():
                _try(act, number, stop, grace, rests)
        stop.wait(POLL_SECONDS)


def work_once(act: Callable[[], pipeline.Ports], stop: threading.Event, grace: float) -> None:
    """Hand over what is due until nothing is, or `stop` is set. Raises the first failure."""
    while not stop.is_set():
        done = [(number, pipeline.work(act(), number, stop, grace)) for number in pipeline.to_work_on(act())]
        for number, sums in done:
            _say(number, sums)
        if all(sums is None for _, sums in done):
            return


def _try(act: Callable[[], pipeline.Ports], number: int, stop: threading.Event, grace: float, rests: Rests) -> None:
    try:
        _say(number, pipeline.work(act(), number, stop, grace))
        rests.went_well(number)
    except (OutsideError, DatabaseUnavailable) as error:
        log.warning("%s; trying again in %.0f s", error, rests.failed(number, WAITS))
    except PressroomError as error:
        wait = rests.failed(number, LONG_WAITS if isinstance(error, ConfigurationError) else WAITS)
        log.error("%s; looking again in %.0f s", error, wait)  # noqa: TRY400 - a sentence for a person
    except Exception:
        log.exception("%s could not be worked on; trying again in %.0f s", named(number), rests.failed(number, WAITS))


def _say(number: int, sums: Sums | None) -> None:
    if sums is not None:
        log.info("%s: %s of %s are done", named(number), f"{sums.audience - sums.open:,}", f"{sums.audience:,}")


def end_in_time(stop: threading.Event, grace: float) -> None:
    """See to it that this process ends in its time after `stop`, whatever it waits for: a server, or the database.

    Ended like that, its rows are taken over as those of a sender that was killed.
    """

    def watch() -> None:
        stop.wait()
        time.sleep(grace + LAST_SECONDS)
        log.error(
            "not done %.0f s after the stop; ending without giving rows back, others take them over",
            grace + LAST_SECONDS,
        )
        os._exit(3)

    threading.Thread(target=watch, name="end in time", daemon=True).start()
