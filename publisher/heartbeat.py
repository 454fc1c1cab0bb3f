"""Signs of life of `pressroom run`: for systemd's watchdog, and for an outside monitor that waits for a ping.

Neither can harm the service: a failure is logged, and nothing waits for it.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Mapping

log = logging.getLogger("pressroom.heartbeat")

SECONDS = 30.0
"""How often a sign of life is given, unless systemd waits for less than twice as long."""
TIMEOUT = 5.0
"""Seconds for connecting to the monitor, and for its answer."""


class Heartbeat:
    """Gives signs of life from a thread of its own while the last tick of the scheduler ended well.

    A tick under way counts as well: it may be sending for hours. `url` is what is pinged, as of the last tick.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ, *, seconds: float = SECONDS) -> None:
        self.well = True
        self._ended = time.monotonic()
        self._under_way = False
        self.url: str | None = None
        self._environment = environment
        self._seconds = min(seconds, watchdog_seconds(environment) / 2)
        self._stopped = threading.Event()
        self._pinging: threading.Thread | None = None
        self._answered = True
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def begin(self) -> None:
        """A tick has begun."""
        self._under_way = True

    def end(self, *, well: bool) -> None:
        """The tick has ended."""
        self.well, self._ended, self._under_way = well, time.monotonic(), False

    @property
    def seconds_since_tick(self) -> float:
        """How long ago the last tick ended, or the start without one; 0 while one is under way."""
        return 0.0 if self._under_way else time.monotonic() - self._ended

    def start(self) -> None:
        """Tell systemd that the service is ready, and go on giving signs of life."""
        notify("READY=1", self._environment)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        notify("STOPPING=1", self._environment)

    def _beat(self) -> None:
        while not self._stopped.wait(self._seconds):
            if not self.well:
                continue
            notify("WATCHDOG=1", self._environment)
            if self.url and not (self._pinging and self._pinging.is_alive()):
                self._pinging = threading.Thread(target=self._ping, args=(self.url,), name="ping", daemon=True)
                self._pinging.start()

    def _ping(self, url: str) -> None:
        import requests

        try:
            with requests.get(url, timeout=TIMEOUT, stream=True, headers={"User-Agent": "Pressroom"}) as reply:
                reply.raise_for_status()
        except (requests.RequestException, ValueError, OSError) as error:
            if self._answered:  # the URL is not repeated: whoever knows it can give signs of life in our name
                log.warning("alarm.ping does not answer (%s); trying again", type(error).__name__)
            self._answered = False
        else:
            self._answered = True


def watchdog_seconds(environment: Mapping[str, str]) -> float:
    """Return how long systemd waits for a sign of life, for ever without a watchdog. Source: sd_watchdog_enabled(3).

    >>> watchdog_seconds({"WATCHDOG_USEC": "120000000"}), watchdog_seconds({})
    (120.0, inf)
    """
    of = environment.get("WATCHDOG_PID")
    given = environment.get("WATCHDOG_USEC", "")
    if (of and of != str(os.getpid())) or not given.isdecimal() or not int(given):
        return float("inf")
    return int(given) / 1_000_000


def notify(state: str, environment: Mapping[str, str]) -> None:
    """Tell systemd a state, where it listens. Source: sd_notify(3)."""
    path = environment.get("NOTIFY_SOCKET", "")
    if not path:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.settimeout(TIMEOUT)
            channel.sendto(state.encode(), f"\0{path[1:]}" if path.startswith("@") else path)
    except OSError as error:
        log.warning("systemd cannot be told %s (%s)", state, error.strerror)
