"""What becomes of a delivery after each answer, how fast mail may leave, and what an SMTP URL means."""

from __future__ import annotations

import datetime as dt

import pytest

from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.deliver.rate import OwnRates, RateLimiter
from publisher.deliver.transitions import answered, broken
from publisher.errors import ConfigurationError
from publisher.issue import DeliveryState
from publisher.ports import Claimed, Outcome, Reply
from tests.mailroom import NOON

S = DeliveryState
WAITS = (30.0, 120.0)


def claimed(attempt: int = 1) -> Claimed:
    return Claimed(1, "s", "ada@example.com", "Ada", attempt)


@pytest.mark.parametrize(
    ("code", "state"),
    [(250, S.SENT), (251, S.SENT), (421, S.DEFERRED), (451, S.DEFERRED), (452, S.DEFERRED), (550, S.FAILED),
     (552, S.FAILED), (554, S.FAILED), (0, S.IN_DOUBT), (354, S.IN_DOUBT), (199, S.IN_DOUBT), (600, S.IN_DOUBT)],
)  # fmt: skip
def test_the_answer_to_the_dot_decides(code: int, state: DeliveryState) -> None:
    assert answered(claimed(), Reply(code, "words"), NOON, WAITS).state is state


@pytest.mark.parametrize(
    ("code", "step", "state"),
    [(450, "rcpt", S.DEFERRED), (550, "rcpt", S.FAILED), (552, "rcpt", S.DEFERRED), (552, "mail", S.FAILED),
     (552, "data", S.FAILED), (451, "data", S.DEFERRED), (554, "data", S.FAILED)],
)  # fmt: skip
def test_a_refusal_before_the_dot_decides(code: int, step: str, state: DeliveryState) -> None:
    assert answered(claimed(), Reply(code, "words", step), NOON, WAITS).state is state


def test_each_temporary_refusal_waits_longer_until_the_delivery_has_failed() -> None:
    ends = [answered(claimed(attempt), Reply(450, "busy", "rcpt"), NOON, WAITS) for attempt in (1, 2, 3)]
    assert [end.state for end in ends] == [S.DEFERRED, S.DEFERRED, S.FAILED]
    assert [end.next_attempt for end in ends] == [NOON + dt.timedelta(seconds=wait) for wait in WAITS] + [None]
    assert "given up after 3 tries" in ends[2].reply


def test_a_lost_connection_is_tried_again_at_once_and_then_waits() -> None:
    ends = [broken(claimed(attempt), "gone", NOON, (1.0,) * 4).state for attempt in (1, 2, 3, 4, 5)]
    assert ends == [S.QUEUED, S.QUEUED, S.DEFERRED, S.DEFERRED, S.FAILED]
    assert broken(claimed(), "gone", NOON, WAITS) == Outcome(1, S.QUEUED, "gone", NOON)
    assert broken(claimed(3), "gone", NOON, (1.0,) * 4).next_attempt == NOON + dt.timedelta(seconds=1)


def test_a_reply_is_kept_on_one_line() -> None:
    assert answered(claimed(), Reply(550, "no\r\nsuch \x00 user"), NOON, WAITS).reply == "550 no such   user"


def test_mail_leaves_evenly_and_never_faster_than_the_limit() -> None:
    moment = [0.0]
    clock = lambda: moment[0]  # noqa: E731
    pace = RateLimiter(120, OwnRates(clock), monotonic=clock)
    assert [pace.reserve() for _ in range(4)] == [0.0, 0.5, 1.0, 1.5]
    moment[0] = 10.0
    assert [pace.reserve() for _ in range(2)] == [0.0, 0.5]
    assert RateLimiter(0, OwnRates()).reserve() == 0.0


def test_a_moment_that_was_not_used_in_time_is_lost_so_that_no_burst_makes_up_for_it() -> None:
    moment = [0.0]
    clock = lambda: moment[0]  # noqa: E731
    pace = RateLimiter(6000, OwnRates(clock), monotonic=clock)
    assert [pace.reserve() for _ in range(3)] == pytest.approx([0.0, 0.01, 0.02])
    moment[0] = 30.0
    assert [pace.reserve() for _ in range(3)] == pytest.approx([0.0, 0.01, 0.02])


def test_what_one_domain_must_wait_for_is_put_off_in_turns_and_for_an_hour_at_most() -> None:
    moment = [0.0]
    clock = lambda: moment[0]  # noqa: E731
    pace = RateLimiter(0, OwnRates(clock), domains={"example.com": 6}, monotonic=clock)
    assert pace.to("ada@example.org") is None
    domain = pace.to("Ada@Example.COM")
    assert domain is not None
    assert domain.why == "at most 6 a minute go to example.com"
    assert [domain.reserve() for _ in range(3)] == pytest.approx([0.0, 10.0, 10.0])
    assert [domain.put_off(10.0) for _ in range(3)] == pytest.approx([20.0, 30.0, 40.0])
    assert max(domain.put_off(10.0) for _ in range(400)) == pytest.approx(3600.0)
    moment[0] = 9.5
    assert domain.reserve() == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("url", "host", "port", "security"),
    [
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, "plain"),
        ("smtp://localhost", "localhost", 25, "plain"),
        ("smtp://[::1]:2525", "::1", 2525, "plain"),
        ("smtp://mail.example.com", "mail.example.com", 25, "starttls"),
        ("smtp://u:p@mail.example.com", "mail.example.com", 587, "starttls"),
        ("smtp://mail.example.com?starttls=no", "mail.example.com", 25, "plain"),
        ("smtp://127.0.0.1:2525?starttls=required", "127.0.0.1", 2525, "starttls"),
        ("smtps://u:p@mail.example.com", "mail.example.com", 465, "tls"),
    ],
)
def test_a_url_says_which_server_and_which_encryption(url: str, host: str, port: int, security: str) -> None:
    read = SmtpUrl.parse(url)
    assert (read.host, read.port, read.security) == (host, port, security)


def test_the_user_name_and_password_may_contain_any_character() -> None:
    read = SmtpUrl.parse("smtp://ada%40example.com:p%40ss%2Fword@mail.example.com:587")
    assert (read.user, read.password) == ("ada@example.com", "p@ss/word")


@pytest.mark.parametrize(
    "url",
    ["", "http://mail.example.com", "smtp://", "smtp://mail.example.com:x", "smtp://u@mail.example.com",
     "smtp://u:hunter2@mail.example.com?tls=1", "smtp://u:hunter2@mail.example.com?starttls=maybe",
     "smtp://u:hunter2@mail.example.com?cafile=/nowhere/ca.pem"],
)  # fmt: skip
def test_a_wrong_url_is_explained_without_the_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="PRESSROOM_SMTP_URL") as caught:
        SmtpCourier(SmtpUrl.parse(url))
    assert "hunter2" not in str(caught.value)


def test_no_repr_shows_a_password() -> None:
    courier = SmtpCourier(SmtpUrl.parse("smtp://u:hunter2@mail.example.com"))
    assert "hunter2" not in repr(courier) + str(SmtpUrl.parse("smtp://u:hunter2@mail.example.com"))
