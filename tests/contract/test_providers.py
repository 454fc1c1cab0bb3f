"""The contract of providers: each of them, against a real HTTP server whose answers are written beforehand."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
from contextlib import closing
from dataclasses import replace
from email.policy import default
from email.utils import format_datetime

import pytest

from publisher.deliver import ISSUE, compose
from publisher.deliver.answers import Fault, Judgement, Verdict, bounce_of, judge, provider_id
from publisher.deliver.dispatch import hand_over
from publisher.deliver.threads import on_loop
from publisher.errors import ConfigurationError, TransportUnavailable
from publisher.issue import Picture
from publisher.ports import Claimed, Envelope, Reply
from publisher.provider_url import PLACES
from subscribers import BounceKind
from tests.mailroom import HTML, TEXT, message_builder, started_in_memory
from tests.providers import SAMPLES, Api, Sample, Says, courier_to, serving
from tests.publication import publication

REFUSED_US = Judgement(Verdict.REFUSED, Fault.OURS)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def chart(size: int = 1) -> Picture:
    return Picture("chart.png", PNG * size, 10, 10)


def envelopes(many: int = 1, pictures: tuple[Picture, ...] = ()) -> list[Envelope]:
    _, mailing = started_in_memory(["reader@example.com"])
    html = HTML + "".join(f'<img src="cid:{each.content_id}" alt="x">' for each in pictures)
    subject = "Grüße: retries, and what they cost"
    message = compose(publication(), ISSUE, subject=subject, html=html, text=TEXT, number=7, pictures=pictures)
    build = message_builder().issue(replace(mailing, message=message))
    made = [build(Claimed(id_, f"subject{id_}", f"r{id_}@example.com", "Ada, Countess", 1)) for id_ in range(many)]
    return [each for each in made if each is not None]


def answer(api: Api, sample: Sample, *says: Says, **options: float) -> Reply:
    """Return what the courier makes of these answers to one message."""
    api.answers.extend(says)
    connection = courier_to(api, sample.name, **options).connect()
    with closing(connection):
        assert connection.hand_over(envelopes()[0]).accepted
        return connection.finish()


def test_the_message_that_smtp_would_carry_arrives(api: Api, sample: Sample) -> None:
    (envelope,) = envelopes(pictures=(chart(),))
    reply = hand_over(courier_to(api, sample.name), envelope)
    assert judge(reply) == Judgement(Verdict.ACCEPTED)
    assert provider_id(f"{reply.code} {reply.text}") == "id-1"
    (asked,) = api.sent
    (arrived,) = sample.read(asked)
    wire = email.message_from_bytes(envelope.message, policy=default)
    assert (arrived["to"], arrived["tag"], arrived["kind"]) == ("r0@example.com", envelope.tag, "issue-7")
    assert arrived["subject"] == wire["Subject"] == "Grüße: retries, and what they cost"
    assert arrived["text"].splitlines() == wire.get_body(("plain",)).get_content().splitlines()
    assert arrived["html"].splitlines() == wire.get_body(("html",)).get_content().splitlines()
    assert arrived["pictures"] == [(chart().content_id, PNG)]
    fields_of_their_own = {"from", "to", "subject", "mime-version", "content-type", "reply-to"}
    for name, value in wire.items():
        if name.lower() not in fields_of_their_own | sample.drops:
            assert " ".join(arrived["headers"][name.lower()].split()) == " ".join(str(value).split()), name
    assert "list-unsubscribe-post" in arrived["headers"]
    assert "list-id" in arrived["headers"]


def test_all_providers_are_tried() -> None:
    assert {*SAMPLES} == {*PLACES}


def test_a_reader_whom_the_provider_cannot_address_is_no_bounce_and_stops_nobody(api: Api, sample: Sample) -> None:
    odd, usual = envelopes(2)
    odd = replace(odd, rcpt_to="jürgen@example.com")
    courier = courier_to(api, sample.name)
    reply = hand_over(courier, odd)
    assert (reply.code, judge(reply).verdict, bounce_of(reply)) == (553, Verdict.REFUSED, None)
    assert api.sent == []
    assert hand_over(courier, usual).accepted


def test_a_request_that_cannot_be_made_has_sent_nothing(api: Api, sample: Sample) -> None:
    with pytest.raises(TransportUnavailable, match="can be made"):
        hand_over(courier_to(api, sample.name), replace(envelopes()[0], tag=object()))  # type: ignore[arg-type]
    assert api.sent == []


def test_a_repetition_that_is_refused_says_nothing_of_the_first_request() -> None:
    sample = SAMPLES["resend"]()
    with serving(Api(sample.usual, sample.checked)) as api:
        reply = answer(api, sample, Says(instead="reset late"), *[sample.bad_message] * 2)
    assert judge(reply) == Judgement(Verdict.UNKNOWN)
    assert len(api.sent) == 3


def test_nothing_is_sent_without_the_dot(api: Api, sample: Sample) -> None:
    connection = courier_to(api, sample.name).connect()
    connection.hand_over(envelopes()[0])
    connection.abandon()
    connection.hand_over(envelopes()[0])
    connection.close()
    connection.close()
    assert api.sent == []


def test_the_key_is_checked_once_before_anything_is_sent(api: Api, sample: Sample) -> None:
    courier = courier_to(api, sample.name)
    for _ in range(3):
        courier.connect().close()
    assert [each.method for each in api.asked] == ["GET"]


def test_a_key_that_is_refused_is_a_configuration_error(api: Api, sample: Sample) -> None:
    api.checked = sample.key_refused
    with pytest.raises(ConfigurationError, match="PRESSROOM_PROVIDER"):
        courier_to(api, sample.name).connect()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_check_that_says_later_is_no_configuration_error(api: Api, sample: Sample, status: int) -> None:
    api.checked = Says(status)
    with pytest.raises(TransportUnavailable, match="send again later"):
        courier_to(api, sample.name).connect()


def test_a_check_that_is_redirected_is_a_configuration_error(api: Api, sample: Sample) -> None:
    api.checked = Says(302, headers=(("Location", f"{api.url}/elsewhere"),))
    with pytest.raises(ConfigurationError, match="redirects"):
        courier_to(api, sample.name).connect()
    assert len(api.asked) == 1


def test_nobody_there_is_for_now(sample: Sample) -> None:
    with serving(Api(sample.usual, sample.checked)) as gone:
        courier = courier_to(gone, sample.name)
    with pytest.raises(TransportUnavailable):
        courier.connect()


def test_a_provider_that_goes_away_has_accepted_nothing(sample: Sample) -> None:
    with serving(Api(sample.usual, sample.checked)) as gone:
        connection = courier_to(gone, sample.name).connect()
    connection.wire.close()
    connection.hand_over(envelopes()[0])
    with pytest.raises(TransportUnavailable):
        connection.finish()


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_concerns_us_and_no_reader(api: Api, sample: Sample, status: int) -> None:
    assert judge(answer(api, sample, sample.refused_for(status))) == REFUSED_US


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_refused_and_not_followed(api: Api, sample: Sample, status: int) -> None:
    said = Says(status, headers=(("Location", f"{api.url}/elsewhere"),))
    assert judge(answer(api, sample, said)) == REFUSED_US
    assert len(api.sent) == 1


def test_a_recipient_that_is_refused_is_a_bounce_of_that_reader(api: Api, sample: Sample) -> None:
    reply = answer(api, sample, sample.bad_recipient)
    assert judge(reply) == Judgement(Verdict.REFUSED, Fault.RECIPIENT)
    assert bounce_of(reply) is BounceKind.HARD


def test_a_message_that_is_refused_says_nothing_of_the_reader(api: Api, sample: Sample) -> None:
    reply = answer(api, sample, sample.bad_message)
    assert judge(reply) == Judgement(Verdict.REFUSED, Fault.MESSAGE)
    assert bounce_of(reply) is None


def test_a_message_that_is_too_big_is_the_messages_fault(api: Api, sample: Sample) -> None:
    assert judge(answer(api, sample, Says(413))) == Judgement(Verdict.REFUSED, Fault.MESSAGE)
    connection = courier_to(api, sample.name).connect()
    with closing(connection):
        huge = replace(envelopes()[0], message=b"x" * 30_000_000)
        assert judge(connection.hand_over(huge)) == Judgement(Verdict.REFUSED, Fault.MESSAGE)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_in_both_forms(api: Api, sample: Sample, status: int) -> None:
    for value, least, most in (
        ("17", 17, 17),
        (format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=40), usegmt=True), 30, 40),
        ("99999999999", 86_400, 86_400),
    ):
        said = sample.too_fast if status == 429 else Says(503)
        reply = answer(api, sample, replace(said, headers=(*said.headers, ("Retry-After", value))))
        assert judge(reply) == Judgement(Verdict.LATER, Fault.OURS)
        assert least <= reply.after <= most


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "Mon, 99 Foo", "Sat, 01 Jan 2000 00:00:00 GMT", "٣"])
def test_a_retry_after_that_says_nothing_is_no_wait(api: Api, sample: Sample, value: str) -> None:
    said = Says(503, headers=(("Retry-After", value),) if value.isascii() else ())
    assert answer(api, sample, said).after == 0.0


def test_too_fast_without_retry_after_waits_all_the_same(api: Api, sample: Sample) -> None:
    assert answer(api, sample, sample.too_fast).after > 0


@pytest.mark.parametrize("status", [500, 502, 504, 409])
def test_what_may_have_been_accepted_is_in_doubt(api: Api, sample: Sample, status: int) -> None:
    reply = answer(api, sample, *[Says(status, b'{"ErrorCode": 0}')] * 3)
    assert judge(reply) == Judgement(Verdict.UNKNOWN)


@pytest.mark.parametrize(
    "body", [b"", b"OK", b"[]", b"{", b'{"id": 5, "MessageId": null, "ErrorCode": 0}', b"[" * 100_000]
)
def test_an_acceptance_that_cannot_be_read_is_in_doubt(api: Api, sample: Sample, body: bytes) -> None:
    assert judge(answer(api, sample, *[Says(200, body)] * 3)) == Judgement(Verdict.UNKNOWN)


@pytest.mark.parametrize("instead", ["reset late", "hang", "drip", "garbage", "cut"])
def test_no_answer_after_the_last_byte_is_in_doubt(api: Api, sample: Sample, instead: str) -> None:
    reply = answer(api, sample, *[Says(instead=instead)] * 3, whole=0.4)
    assert judge(reply) == Judgement(Verdict.UNKNOWN)


def test_an_answer_without_end_is_in_doubt(api: Api, sample: Sample) -> None:
    assert judge(answer(api, sample, *[Says(200, b" " * 3_000_000)] * 3)) == Judgement(Verdict.UNKNOWN)


def test_a_connection_that_breaks_before_the_last_byte_has_sent_nothing(api: Api, sample: Sample) -> None:
    api.answers.extend([Says(instead="reset early")] * 3)
    connection = courier_to(api, sample.name).connect()
    with closing(connection):
        big = envelopes(pictures=(chart(12_000),))[0]
        assert connection.hand_over(big).accepted
        with pytest.raises(TransportUnavailable):
            connection.finish()
    assert api.sent == []


def test_the_next_message_goes_out_after_any_trouble(api: Api, sample: Sample) -> None:
    courier = courier_to(api, sample.name, whole=2.5)
    connection = courier.connect()
    first, second = envelopes(2)
    api.answers.extend([Says(instead="hang")] * (3 if courier.provider.repeats else 1))
    with closing(connection):
        connection.hand_over(first)
        assert connection.finish().code == 0
        connection.hand_over(second)
        assert connection.finish().code == 250
    assert sample.read(api.sent[-1])[0]["to"] == "r1@example.com"


def test_messages_of_many_connections_arrive_once_each(api: Api, sample: Sample) -> None:
    courier = courier_to(api, sample.name)

    async def send(envelope: Envelope) -> Reply:
        connection = await on_loop(courier).connect()
        await connection.hand_over(envelope)
        reply = await connection.finish()
        connection.close()
        return reply

    async def send_all(everything: list[Envelope]) -> list[Reply]:
        return await asyncio.gather(*map(send, everything))

    sent = envelopes(12)
    replies = asyncio.run(send_all(sent))
    assert [reply.code for reply in replies] == [250] * 12
    arrived = [message for asked in api.sent for message in sample.read(asked)]
    assert sorted(each["tag"] for each in arrived) == sorted(each.tag for each in sent)
    ids = {envelope.tag: provider_id(f"250 {reply.text}") for envelope, reply in zip(sent, replies, strict=True)}
    assert len(set(ids.values())) == 12
    if courier.provider.at_once > 1:
        assert len(api.sent) < 12


def test_no_key_is_shown(api: Api, sample: Sample) -> None:
    courier = courier_to(api, sample.name)
    connection = courier.connect()
    assert "a-key-of-the-tests" not in repr(courier) + repr(connection)
    connection.close()


def test_a_certificate_that_nobody_trusts_is_a_configuration_error(sample: Sample, untrusted_https: str) -> None:
    with pytest.raises(ConfigurationError, match="certificate"):
        courier_to(Api(sample.usual, sample.checked, url=untrusted_https), sample.name).connect()
