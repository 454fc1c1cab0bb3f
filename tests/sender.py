"""A process that sends, to be killed, stopped and interrupted by tests.

python sender.py DATABASE_URL SMTP_URL CONNECTIONS [LEASE_SECONDS]
"""

from __future__ import annotations

import datetime as dt
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from publisher.adapters.clock import SystemClock
from publisher.adapters.database import DatabaseLedger
from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.deliver import counter, dispatch
from publisher.publication import Delivering
from subscribers.database import open_engine
from tests.mailroom import letterhead


def main() -> None:
    database, smtp, connections, *lease = sys.argv[1:]
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    ledger = DatabaseLedger(open_engine(database))
    if lease:
        counter.BEAT_SECONDS = float(lease[0]) / 4
        ledger = DatabaseLedger(open_engine(database), dt.timedelta(seconds=float(lease[0])))
    mailing = ledger.mailing(7)
    assert mailing is not None
    print("ready", flush=True)
    sums = dispatch(
        mailing,
        ledger,
        SmtpCourier(SmtpUrl.parse(smtp)),
        letterhead().issue(mailing),
        policy=Delivering(connections=int(connections), retry_after_seconds=(0, 0, 0)),
        clock=SystemClock(),
        stop=stop,
        patience=1.0,
    )
    print({state.value: count for state, count in sums.counts.items() if count})


if __name__ == "__main__":
    main()
