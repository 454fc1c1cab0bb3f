"""A provider's API that makes trouble, and remembers durably what it accepted. Run as a program: it prints its port.

    python http_oracle.py LOG PROVIDER [--delay SECONDS] [--trouble SHARE] [--seed NUMBER]

SHARE of the requests meet trouble: refused for now, with a Retry-After; accepted, and then a
connection that is reset, an answer that ends early, says nothing that can be read, or HTTP 500; or 500 and not accepted.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.oracle import Log
from tests.providers import SAMPLES, Api, Asked, Says, serving

REFUSED = (Says(429, b"{}", (("Retry-After", "1"),)), Says(503, b"{}", (("Retry-After", "0"),)))
UNCLEAR = (Says(instead="reset late"), Says(instead="cut"), Says(instead="garbage"), Says(500, b"oops"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("log", type=Path)
    parser.add_argument("provider", choices=SAMPLES)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--trouble", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sample, log, chance = SAMPLES[options.provider](), Log(options.log), random.Random(options.seed)
    one_at_a_time, kept = threading.Lock(), set[str]()

    def answer(asked: Asked) -> Says:
        with one_at_a_time:
            trouble = chance.random() < options.trouble
            says = chance.choice(REFUSED + UNCLEAR) if trouble else sample.usual(asked)
            taken = not trouble or (says in UNCLEAR and chance.random() < 0.7)
            key = asked.headers.get("idempotency-key", "")
            again = key in kept
            kept.update({key} if key and taken else ())
        messages = sample.read(asked)
        for message in messages:
            log.write("seen", to=message["to"], id=message["tag"])
        time.sleep(options.delay)
        for message in messages:
            if taken and not again:
                log.write("accepted", to=message["to"])
            if says in UNCLEAR:
                log.write("unclear", to=message["to"])
        return says

    api = Api(answer, sample.checked)
    with serving(api):
        print(api.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
