"""The model adapter against an endpoint that misbehaves, over real sockets. Nothing outlives its deadline."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
import json
import time
from email.utils import format_datetime

import pytest

from publisher.adapters.extractive_writer import ExtractiveWriter
from publisher.adapters.memory import MemoryModelCalls
from publisher.adapters.model import Endpoint, Gateway
from publisher.adapters.model_writer import ModelWriter
from publisher.draft import citable, draft_section
from publisher.draft.ranking import rank
from publisher.errors import ConfigurationError, WriterUnavailable
from publisher.issue import Draft
from publisher.ports import Brief, Hit, Proposal
from tests.integration.endpoint import (
    Behaviour,
    completion,
    drips,
    endpoint,
    hangs,
    never_ends,
    resets,
    response,
    says,
    stalls,
)
from tests.press import content
from tests.publication import FakeClock
from tests.unit.drafting_samples import DAY, issue, passage
from tests.unit.test_drafting import WEEK, good_sentences, now, past
from tests.unit.test_extractive import GOOD

KEY = "sk-secret-0123456789"
PATIENT = 20.0
"""Seconds that no test uses up: those that are not about time must not fail on a busy machine."""
DEADLINE = 1.0
SLACK = 2.0
BRIEF = Brief("archive", "Notes", ("Budgets",), (Hit(passage(GOOD[0], 1), 1.0),))
GOOD_REPLY = says(response(completion(good_sentences())))


def writer(url: str, deadline: float = PATIENT) -> ModelWriter:
    gateway = Gateway([Endpoint(url, "small-1", KEY)], MemoryModelCalls(), FakeClock(), first_pause=0.02)
    return ModelWriter(gateway, deadline_seconds=deadline, max_tokens=700)


def write(*script: Behaviour, deadline: float = PATIENT) -> Proposal:
    with endpoint(*script) as served:
        return writer(served.url, deadline).write(BRIEF)


def refusal(*script: Behaviour, deadline: float = PATIENT) -> tuple[str, float]:
    """Return the reason and the seconds it took; it names no key and is short enough for the front matter."""
    with endpoint(*script) as served:
        started = time.monotonic()
        with pytest.raises(WriterUnavailable) as raised:
            writer(served.url, deadline).write(BRIEF)
        seconds = time.monotonic() - started
    reason = str(raised.value)
    assert reason.startswith("model: ")
    assert KEY not in reason
    assert len(reason) < 100
    return reason, seconds


def test_a_good_reply_becomes_a_proposal_with_its_tokens() -> None:
    assert write(GOOD_REPLY) == Proposal(good_sentences(), "model", "small-1", 123, repairs=True)


def test_the_request_asks_for_the_schema_once_and_carries_the_key() -> None:
    with endpoint(GOOD_REPLY) as served:
        writer(served.url).write(BRIEF)
    (request,) = served.requests
    assert request["model"] == "small-1"
    assert request["max_tokens"] == 700
    assert request["response_format"]["type"] == "json_schema"
    schema = request["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["additionalProperties"] is False
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert not request.get("stream")
    assert served.headers[0]["authorization"] == f"Bearer {KEY}"


def test_the_key_is_not_in_any_representation() -> None:
    assert KEY not in repr(writer("http://127.0.0.1:1/v1"))
    assert KEY not in repr(Endpoint("http://127.0.0.1:1/v1", "small-1", KEY))


@pytest.mark.parametrize("wait", ["0.1", "0"])
def test_a_429_is_asked_again_when_its_time_has_come(wait: str) -> None:
    busy = says(response(b"{}", "429 Too Many Requests", "application/json", f"Retry-After: {wait}"))
    assert write(busy, busy, GOOD_REPLY).tokens == 123


def test_a_retry_after_of_one_second_is_honoured_inside_the_deadline() -> None:
    busy = says(response(b"{}", "429 Too Many Requests", "application/json", "Retry-After: 1"))
    started = time.monotonic()
    assert write(busy, GOOD_REPLY).tokens == 123
    assert time.monotonic() - started >= 1.0


@pytest.mark.parametrize("wait", ["600", "a date", "inf"])
def test_a_retry_after_beyond_the_deadline_is_not_waited_for(wait: str) -> None:
    wait = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)) if wait == "a date" else wait
    busy = says(response(b"{}", "429 Too Many Requests", "application/json", f"Retry-After: {wait}"))
    reason, seconds = refusal(busy)
    assert reason.startswith(
        "model: HTTP 429, not to be tried again" if wait == "inf" else "model: HTTP 429, try again in"
    )
    assert seconds < 3


def test_a_server_error_that_passes_is_got_over() -> None:
    assert write(says(response(b"oops", "500 Internal Server Error")), GOOD_REPLY).tokens == 123


def test_a_broken_connection_is_tried_again() -> None:
    assert write(resets, GOOD_REPLY).tokens == 123


def test_server_errors_without_end_are_given_up_after_three_attempts() -> None:
    with (
        endpoint(says(response(b"oops", "503 Service Unavailable"))) as served,
        pytest.raises(WriterUnavailable, match=r"HTTP 503 \(3 attempts\)"),
    ):
        writer(served.url).write(BRIEF)
    assert len(served.requests) == 3


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "404 Not Found", "302 Found"])
def test_what_another_attempt_cannot_mend_is_asked_once(status: str) -> None:
    echo = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}}).encode()
    with (
        endpoint(says(response(echo, status, "application/json", "Location: http://127.0.0.1:1/v1"))) as served,
        pytest.raises(WriterUnavailable) as raised,
    ):
        writer(served.url).write(BRIEF)
    assert str(raised.value) == f"model: HTTP {status[:3]}"
    assert len(served.requests) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hangs, id="hangs"),
        pytest.param(drips(response(completion(good_sentences()))), id="drips from the first header on"),
        pytest.param(never_ends(b" ", 0.05), id="drips a body without end"),
        pytest.param(stalls(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"), id="stalls in the body"),
        pytest.param(stalls(b"HTTP/1.1 500 Oops\r\n\r\n{"), id="stalls in the body of an error"),
    ],
)
def test_the_deadline_is_for_the_whole_call(behaviour: Behaviour) -> None:
    reason, seconds = refusal(behaviour, deadline=DEADLINE)
    assert reason == "model: deadline of 1 s passed"
    assert DEADLINE - 0.1 <= seconds < DEADLINE + SLACK


def test_retries_do_not_extend_the_deadline() -> None:
    _, seconds = refusal(says(response(b"oops", "500 Internal Server Error")), hangs, deadline=DEADLINE)
    assert seconds < DEADLINE + SLACK


def test_a_body_without_end_is_cut_off_before_it_fills_the_memory() -> None:
    reason, _ = refusal(never_ends(b" " * 65536))
    assert reason == "model: reply has more than 4,000,000 bytes"


def test_a_compressed_body_is_refused_unread() -> None:
    bomb = gzip.compress(b" " * 1_000_000)
    reason, _ = refusal(says(response(bomb, "200 OK", "application/json", "Content-Encoding: gzip")))
    assert reason == "model: reply is compressed, which was not asked for"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (response(b"<html><body>Sign in</body></html>", kind="text/html"), "is not a chat completion"),
        (response(b"", kind="application/json"), "is not a chat completion"),
        (response(b"\xff\xfe{\x80"), "is not a chat completion"),
        (response(b'{"id": "1", "object": "chat.completion"}'), "is not a chat completion"),
        (response(completion([], choices=[])), "is not a chat completion"),
        (response(completion([], choices=None)), "is not a chat completion"),
        (response(b'{"error": {"message": "overloaded"}}'), "holds an error"),
        (response(completion(good_sentences())[:-40]), "is not a chat completion"),
        (response(completion(good_sentences(), finish="length")), "ended by 'length', not by 'stop'"),
        (response(completion(good_sentences(), finish="content_filter")), "ended by 'content_filter'"),
        (response(completion(good_sentences(), finish=None)), "ended by an unknown reason"),
        (response(completion(good_sentences(), finish="evil\nwords: x")), "ended by an unknown reason"),
        (response(completion([], choices=[{"message": {"content": '{"sentences": [{"sentence": "x"'}, "finish_reason": "stop"}])), "does not follow the schema"),
        (response(completion([], choices=[{"message": {"content": '{"sentences": [{"sentence": "x"}]}'}, "finish_reason": "stop"}])), "does not follow the schema"),
        (response(completion([], choices=[{"message": {"content": None}, "finish_reason": "stop"}])), "does not follow the schema"),
        (response(completion([], choices=[{"message": {"content": None, "refusal": "No."}, "finish_reason": "stop"}])), "refused to answer"),
        (b"not http at all\r\n\r\n", "the connection failed"),
    ],
)  # fmt: skip
def test_a_reply_that_is_no_draft_is_named_for_what_it_is(reply: bytes, reason: str) -> None:
    said, _ = refusal(says(reply))
    assert reason in said


def test_a_body_that_breaks_off_is_no_reply() -> None:
    reason, _ = refusal(says(response(completion(good_sentences()), length=9999)))
    assert reason == "model: the connection failed (3 attempts)"


def test_nobody_listening_is_no_connection() -> None:
    with pytest.raises(WriterUnavailable, match="the connection failed"):
        writer("http://127.0.0.1:1/v1").write(BRIEF)


def test_missing_usage_counts_no_tokens() -> None:
    assert write(says(response(completion(good_sentences(), usage=None)))).tokens == 0


def test_without_passages_the_model_is_not_asked() -> None:
    with pytest.raises(WriterUnavailable, match="not asked"):
        writer("http://127.0.0.1:1/v1").write(Brief("archive", "Notes", (), ()))


@pytest.mark.parametrize(
    "url", ["", "localhost:11434/v1", "ftp://x.test/", "http://", "http://x.test:99999/", "http://[::1/v1"]
)
def test_a_url_that_is_none_is_a_matter_of_configuration(url: str) -> None:
    with pytest.raises(ConfigurationError, match="PRESSROOM_MODEL_URL"):
        writer(url)


def draft(*script: Behaviour, deadline: float = PATIENT) -> Draft:
    retriever = rank(citable(past(), before=DAY).values())
    with endpoint(*script) as served:
        return draft_section(
            now(), "archive", retriever, [writer(served.url, deadline), ExtractiveWriter()], content=content(*past())
        )


def test_a_whole_draft_by_a_model_is_grounded() -> None:
    made = draft(GOOD_REPLY)
    assert (made.note.writer, made.note.model, made.note.tokens, made.note.fallbacks) == ("model", "small-1", 123, ())


BAD = {
    "a quotation that stands nowhere": (
        "Budgets cap the calls.",
        "0001-concept-1",
        "words that no passage has ever had",
    ),
    "a passage that was not given": (GOOD[5], "0099-concept-1", GOOD[5]),
    "an injected address": (f"{GOOD[0][:-1]}, see https://evil.test/.", "0001-concept-1", GOOD[0]),
    "an injected link": (f"[{GOOD[0][:-1]}](https://evil.test).", "0001-concept-1", GOOD[0]),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_sentence_that_does_not_hold_never_gets_into_the_draft(bad: str) -> None:
    sentences = [BAD[bad], *good_sentences()[1:]]
    made = draft(says(response(completion(sentences))))
    assert made.note.writer == "extractive"
    assert made.note.fallbacks[0].startswith("model: 2 of 3 sentences held")
    assert made.note.tokens == 2 * 123, "it was told once what failed"
    assert BAD[bad][0] not in [claim.text for claim in made.claims]
    assert not any("evil" in claim.text for claim in made.claims)


@pytest.mark.parametrize(
    "behaviour", [hangs, resets, says(response(b"<html>", kind="text/html")), says(response(b"x", "500 Oops"))]
)
def test_whatever_the_endpoint_does_there_is_a_draft_within_the_deadline(behaviour: Behaviour) -> None:
    started = time.monotonic()
    made = draft(behaviour, deadline=DEADLINE)
    assert time.monotonic() - started < DEADLINE + SLACK
    assert made.note.writer == "extractive"
    assert len(made.claims) >= 3
    assert len(made.note.fallbacks) == 1


def test_a_model_s_sentence_that_this_week_s_own_words_say_already_never_gets_into_the_draft() -> None:
    week = issue(9, DAY, concept=f"{WEEK}\n\nWe said it before: {GOOD[0]}")
    retriever = rank(citable(past(), before=DAY).values())
    with endpoint(GOOD_REPLY) as served:
        made = draft_section(
            week, "archive", retriever, [writer(served.url), ExtractiveWriter()], content=content(*past())
        )
        told = json.loads(served.requests[-1]["messages"][-1]["content"])
    assert [claim.text for claim in made.claims] == GOOD[1:3]
    assert [(one["sentence"], one["check"]) for one in told["dropped"]] == [(GOOD[0], "new")]


@pytest.mark.parametrize(("own_words", "calls"), [("\n".join(GOOD[:3]), 2), ("Nothing of it was said this week.", 1)])
def test_an_answer_that_only_says_what_this_week_says_already_is_not_kept(own_words: str, calls: int) -> None:
    hits = tuple(Hit(passage(text, number), 1.0) for number, text in enumerate(GOOD[:3], 1))
    brief = dataclasses.replace(BRIEF, hits=hits, own_text=own_words)
    with endpoint(GOOD_REPLY) as served:
        gateway = Gateway([Endpoint(served.url, "small-1", KEY)], MemoryModelCalls(keeps=True), FakeClock())
        for _ in range(2):
            assert ModelWriter(gateway, PATIENT).write(brief).sentences == good_sentences()
    assert len(served.requests) == calls
