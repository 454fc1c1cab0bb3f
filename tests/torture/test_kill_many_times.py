"""The long version of tests/integration/test_kill.py: `make torture`.

PRESSROOM_ variables are cleared by the tests' set-up, so the number of kills comes from TORTURE_KILLS (default 40).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from publisher.adapters.clock import SystemClock
from tests.integration.test_kill import CONNECTIONS, assert_no_mail_lost, assert_promises_kept, kill_at_random
from tests.mailroom import add_other_mail, database, http_oracle, oracle, started

KILLS = int(os.environ.get("TORTURE_KILLS", "40"))
ROUND = 8  # kills of one mailing


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(max(1, KILLS // ROUND)))
def test_two_thousand_readers_get_one_message_each_however_often_the_sender_dies(
    tmp_path: Path, database_url: str, seed: int
) -> None:
    readers = 2000
    ledger, _ = started(database_url, [f"reader{number}@example.com" for number in range(readers)])
    add_other_mail(database(database_url), 300, SystemClock().now())
    with oracle(tmp_path, "--delay", "0.002") as server:
        kill_at_random(database_url, server, kills=ROUND, seed=seed)
        assert_promises_kept(ledger, server, readers, most_in_doubt=ROUND * CONNECTIONS)
        assert_no_mail_lost(database_url, server, count=300)
        in_doubt = sum(state != "sent" for _, state, _ in ledger.records.of(7))
        print(f"{readers} readers, {ROUND} kills, {in_doubt} in doubt, {server.accepted().total()} accepted")


@pytest.mark.torture
@pytest.mark.parametrize("provider", ["postmark", "resend", "ses"])
@pytest.mark.parametrize("seed", range(max(1, KILLS // ROUND)))
def test_an_api_that_makes_trouble_gets_nobodys_message_twice_however_often_the_sender_dies(
    tmp_path: Path, database_url: str, seed: int, provider: str
) -> None:
    readers = 600
    ledger, _ = started(database_url, [f"reader{number}@example.com" for number in range(readers)])
    with http_oracle(tmp_path, provider, "--delay", "0.002", "--trouble", "0.05", "--seed", str(seed)) as server:
        kill_at_random(database_url, server, kills=ROUND, seed=seed, halts=20)
        unclear = len({event["to"] for event in server.events("unclear")})
        assert_promises_kept(ledger, server, readers, most_in_doubt=ROUND * CONNECTIONS + unclear)
        in_doubt = sum(state != "sent" for _, state, _ in ledger.records.of(7))
        accepted = server.accepted()
        repeated = sum(count > 1 for count in accepted.values())
        print(
            f"{provider}: {readers} messages, {ROUND} kills, lost 0, repeated {repeated}, in doubt {in_doubt}, accepted {accepted.total()}"
        )
