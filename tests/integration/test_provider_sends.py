"""Whole sends by a provider's API, from the ledger to a real HTTP server and back."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from publisher.deliver import dispatch
from publisher.deliver.rate import OwnRates, RateLimiter
from publisher.deliver.transitions import HALTED
from publisher.errors import MailRefused
from publisher.issue import DeliveryState
from publisher.ports import Ledger, Mailing, Sums
from publisher.publication import Delivering
from tests.mailroom import database, message_builder, started, started_in_memory, states
from tests.providers import SAMPLES, Api, Sample, Says, courier_to, serving
from tests.publication import FakeClock

TWELVE = [f"reader{number:02}@example.com" for number in range(12)]


def send(
    api: Api,
    sample: Sample,
    ledger: Ledger,
    mailing: Mailing,
    connections: int = 4,
    again_after: tuple[float, ...] = (0.0, 0.0),
    **options: object,
) -> Sums:
    again = ledger.deliveries.mailing(mailing.number)
    assert again is not None
    return dispatch(
        again, ledger, courier_to(api, sample.name), message_builder().issue(again),
        policy=Delivering(connections=connections, retry_after_seconds=again_after),
        clock=FakeClock(mailing.started), reconnect=(0.01, 0.01), **options,
    )  # type: ignore[arg-type]  # fmt: skip


def arrived(api: Api, sample: Sample) -> Counter[str]:
    return Counter(message["to"] for asked in api.sent for message in sample.read(asked))


def test_everybody_gets_one_message_and_the_providers_id_is_kept(api: Api, sample: Sample, database_url: str) -> None:
    ledger, mailing = started(database_url, TWELVE)
    assert send(api, sample, ledger, mailing)[DeliveryState.SENT] == 12
    assert arrived(api, sample) == Counter(TWELVE)
    with database(database_url).connect() as connection:
        replies = list(connection.exec_driver_sql("SELECT reply FROM delivery").scalars())
    assert sorted(reply.partition(" id=")[2] for reply in replies) == sorted(f"id-{number}" for number in range(1, 13))


def test_a_wait_that_the_provider_asks_for_is_kept_by_all_connections_and_costs_no_try(
    api: Api, sample: Sample, tmp_path: Path
) -> None:
    ledger, mailing = started_in_memory(TWELVE)
    slower = Says(sample.too_fast.status, sample.too_fast.body, (*sample.too_fast.headers, ("Retry-After", "1")))
    api.answers.extend([slower] * 2)
    began = time.monotonic()
    assert send(api, sample, ledger, mailing, connections=2, again_after=())[DeliveryState.SENT] == 12
    assert time.monotonic() - began >= 1.0
    assert set(states(ledger).values()) == {"sent"}
    assert arrived(api, sample).keys() == set(TWELVE)


def test_a_long_wait_halts_the_send_for_at_least_as_long_and_no_delivery_fails(api: Api, sample: Sample) -> None:
    ledger, mailing = started_in_memory(TWELVE)
    api.usual = lambda _asked: Says(503, headers=(("Retry-After", "7200"),))
    with pytest.raises(MailRefused, match="HTTP 503"):
        send(api, sample, ledger, mailing, connections=1)
    assert set(states(ledger).values()) == {"queued"}
    halt = ledger.deliveries.mailing(mailing.number).halt  # type: ignore[union-attr]
    assert halt is not None
    assert halt.until - mailing.started >= max(HALTED[0], halt.until - mailing.started)
    assert (halt.until - mailing.started).total_seconds() == 7200


def test_a_key_that_is_withdrawn_halts_the_send_and_fails_nobody(api: Api, sample: Sample) -> None:
    ledger, mailing = started_in_memory(TWELVE)
    api.usual = lambda _asked: sample.refused_for(401)
    with pytest.raises(MailRefused, match="HTTP 401"):
        send(api, sample, ledger, mailing, connections=1)
    assert set(states(ledger).values()) == {"queued"}


def test_one_refused_reader_of_twelve_fails_alone(api: Api, sample: Sample) -> None:
    ledger, mailing = started_in_memory(TWELVE)
    api.answers.append(sample.bad_recipient)
    send(api, sample, ledger, mailing, connections=1)
    assert Counter(states(ledger).values()) == {"sent": 11, "failed": 1}


def test_what_may_have_arrived_is_in_doubt_and_is_not_sent_again(api: Api, sample: Sample) -> None:
    ledger, mailing = started_in_memory(TWELVE)
    repeats = courier_to(api, sample.name).provider.repeats
    api.answers.extend([Says(instead="reset late")] * (3 if repeats else 1))
    send(api, sample, ledger, mailing, connections=1)
    send(api, sample, ledger, mailing, connections=1)
    assert Counter(states(ledger).values()) == {"sent": 11, "in_doubt": 1}
    assert len(api.sent) == (14 if repeats else 12)


def test_what_never_left_is_sent_again(api: Api, sample: Sample) -> None:
    ledger, mailing = started_in_memory(TWELVE)
    api.answers.append(Says(instead="reset early"))
    sums = send(api, sample, ledger, mailing, connections=1)
    assert sums[DeliveryState.SENT] + sums[DeliveryState.IN_DOUBT] == 12
    assert max(arrived(api, sample).values()) == 1


def test_a_repeated_request_with_its_key_settles_the_doubt() -> None:
    sample = SAMPLES["resend"]()
    ledger, mailing = started_in_memory(TWELVE)
    with serving(Api(sample.usual, sample.checked)) as api:
        api.answers.append(Says(instead="reset late"))
        assert send(api, sample, ledger, mailing, connections=1)[DeliveryState.SENT] == 12
    keys = Counter(asked.headers["idempotency-key"] for asked in api.sent)
    assert sorted(keys.values()) == [1] * 11 + [2]


@pytest.mark.parametrize("name", ["postmark", "resend"])
def test_one_refused_reader_in_a_batch_fails_alone(name: str) -> None:
    sample = SAMPLES[name]()
    ledger, mailing = started_in_memory(TWELVE)

    def usual(asked):  # type: ignore[no-untyped-def]
        said = asked.json()
        many = said if isinstance(said, list) else [said]
        bad = [index for index, each in enumerate(many) if "reader07" in str(each.get("To") or each.get("to"))]
        if name == "postmark":
            results = [
                {"ErrorCode": 406, "Message": "You tried to send to a recipient that has been marked as inactive."} if index in bad
                else {"ErrorCode": 0, "Message": "OK", "MessageID": f"pm-{index}"}
                for index in range(len(many))
            ]  # fmt: skip
            return Says.json(
                200 if isinstance(said, list) or not bad else 422, results if isinstance(said, list) else results[0]
            )
        if not isinstance(said, list):
            return (
                Says.json(422, {"name": "validation_error", "message": "Invalid `to` field."})
                if bad
                else Says.json(200, {"id": "re"})
            )
        errors = [{"index": index, "message": "Invalid `to` field."} for index in bad]
        return Says.json(
            200, {"data": [{"id": f"re-{index}"} for index in range(len(many)) if index not in bad], "errors": errors}
        )

    with serving(Api(usual, sample.checked)) as api:
        send(api, sample, ledger, mailing, connections=12)
    assert Counter(states(ledger).values()) == {"sent": 11, "failed": 1}
    assert len(api.sent) < 12
    assert states(ledger)["reader07@example.com"] == "failed"


def test_a_rest_holds_everything_back_and_then_costs_nothing() -> None:
    now = 100.0
    limiter = RateLimiter(0, OwnRates(), monotonic=lambda: now)
    assert limiter.reserve() == 0.0
    limiter.rest(5.0)
    limiter.rest(2.0)
    assert limiter.reserve() == 5.0
    now = 106.0
    assert limiter.reserve() == 0.0
    assert limiter.reserve() == 0.0
