"""A process that sends, to be killed, stopped and interrupted by tests.

python sender.py DATABASE_URL URL CONNECTIONS [LEASE_SECONDS]
"""

from __future__ import annotations

import datetime as dt
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from publisher.adapters.clock import SystemClock
from publisher.adapters.database import database_ledger
from publisher.adapters.providers import provider_at
from publisher.adapters.providers.courier import ProviderCourier
from publisher.adapters.providers.wire import Timeouts
from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.deliver import dispatch, ledger_writer
from publisher.deliver.dispatch import Work
from publisher.deliver.email_queue import EmailQueue
from publisher.deliver.rate import OwnRates, RateLimiter
from publisher.ports import AnyCourier
from publisher.provider_url import ProviderUrl
from publisher.publication import Delivering
from subscribers.database import open_engine
from tests.mailroom import build_mail, message_builder, outbox
from tests.providers import KEYS


def main() -> None:
    database, url, connections, *lease = sys.argv[1:]
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    engine, clock = open_engine(database), SystemClock()
    ledger = database_ledger(engine)
    if lease:
        ledger_writer.BEAT_SECONDS = float(lease[0]) / 4
        ledger = database_ledger(engine, dt.timedelta(seconds=float(lease[0])))
    mailing = ledger.deliveries.mailing(7)
    assert mailing is not None
    print("ready", flush=True)
    courier: AnyCourier = SmtpCourier(SmtpUrl.parse(url)) if url.startswith("smtp:") else _provider(url)
    policy = Delivering(connections=int(connections), retry_after_seconds=(0, 0, 0))
    waiting = outbox(engine)
    urgent = EmailQueue(waiting, build_mail, urgent=True)
    ledger.senders.recover(clock.now())
    urgent.recover(ledger.senders.living, clock.now())
    sums = dispatch(
        mailing, ledger, courier, message_builder().issue(mailing), policy=policy, clock=clock, stop=stop, patience=1.0,
        first=(urgent,),
    )  # fmt: skip
    if waiting.due(clock.now()):
        Work(ledger.senders, courier, policy, clock, RateLimiter(0, OwnRates())).through(
            (EmailQueue(waiting, build_mail),), 2, stop
        )
    print({state.value: count for state, count in sums.counts.items() if count})


def _provider(url: str) -> AnyCourier:
    parsed = ProviderUrl.parse(url)
    provider = provider_at(parsed, KEYS[parsed.provider])
    return ProviderCourier(provider, parsed.api, Timeouts(2.0, 5.0, 5.0), (0.01, 0.02))


if __name__ == "__main__":
    main()
