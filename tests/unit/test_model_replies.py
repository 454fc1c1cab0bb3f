"""What is read out of replies, and what is asked next."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.adapters.model.endpoints import Endpoint
from publisher.adapters.model.replies import Reply, json_in, read_completion, read_vectors
from publisher.adapters.model.requests import ANSWERS, Form, Message, Request
from publisher.ports import CallOutcome

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["choices", "message", "content", "error", "code", "usage", "prompt_tokens", "total_tokens", "finish_reason", "refusal", "data", "embedding", "index", "param", "type", "text"]
    ), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def error(status: int, message: str, **more: str) -> Reply:
    return Reply(status, {}, json.dumps({"error": {"message": message, **more}}).encode())


@given(st.sampled_from([200, 200, 400, 429, 500]), ANYTHING)
def test_whatever_a_server_says_is_judged_and_only_a_whole_reply_is_an_answer(status: int, said: object) -> None:
    reply = Reply(status, {}, json.dumps(said).encode())
    for verdict in (read_completion(reply), read_vectors(reply, 2)):
        assert verdict.input_tokens >= 0
        assert verdict.output_tokens >= 0
        assert (verdict.outcome is CallOutcome.ANSWERED) == (not verdict.reason)
        assert status == 200 or verdict.outcome is not CallOutcome.ANSWERED


@given(st.binary(max_size=200))
def test_bytes_that_are_not_json_are_unreadable(body: bytes) -> None:
    assert read_completion(Reply(200, {}, b"\xff" + body)).outcome is CallOutcome.UNREADABLE


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (error(400, "This model's maximum context length is 8192 tokens, you asked for max_tokens 9000"), CallOutcome.TOO_LONG),
        (error(400, "Please reduce the prompt", code="context_length_exceeded"), CallOutcome.TOO_LONG),
        (error(413, ""), CallOutcome.TOO_LONG),
        (error(429, "Request too large for small-1 on tokens per min"), CallOutcome.TOO_LONG),
        (error(400, "x", code="content_filter"), CallOutcome.FILTERED),
        (error(403, "Your input was flagged"), CallOutcome.FILTERED),
        (error(400, "Use 'max_completion_tokens' instead.", param="max_tokens"), CallOutcome.PARAMETER_REFUSED),
        (error(500, "json_schema is not supported by this backend"), CallOutcome.PARAMETER_REFUSED),
        (error(422, "extra fields not permitted: response_format"), CallOutcome.PARAMETER_REFUSED),
        (error(400, "x", param="messages"), CallOutcome.REFUSED),
        (error(500, "the schema of the database is broken"), CallOutcome.SERVER_ERROR),
        (error(429, "slow down"), CallOutcome.BUSY),
        (error(429, "quota", code="insufficient_quota"), CallOutcome.REFUSED),
        (error(402, "Payment required"), CallOutcome.REFUSED),
        (error(408, ""), CallOutcome.SERVER_ERROR),
        (error(401, "Incorrect API key provided"), CallOutcome.REFUSED),
    ],
)  # fmt: skip
def test_an_error_is_known_for_what_it_is(reply: Reply, outcome: CallOutcome) -> None:
    assert read_completion(reply).outcome is outcome


@pytest.mark.parametrize(
    "value",
    [
        "", "soon", "nan", "Thu, 99 Jan 2026 00:00:00 GMT",
        "Thu, 01 Jan 99999999999999999999 00:00:00 GMT", "Thu, 01 Jan 2026 00:00:00 +99999999999999999",
    ],
)  # fmt: skip
def test_a_time_to_wait_that_makes_no_sense_is_none(value: str) -> None:
    assert read_completion(Reply(429, {"retry-after": value}, b"")).wait is None
    in_a_while = {"retry-after": "Fri, 31 Dec 2199 23:59:59 GMT", "date": value}
    assert (read_completion(Reply(429, in_a_while, b"")).wait or 0) > 0


@given(st.text(st.characters(codec=None)))
def test_an_answer_can_be_stored_in_any_database(content: str) -> None:
    choice = {"message": {"content": content}, "finish_reason": "stop"}
    said = read_completion(Reply(200, {}, json.dumps({"choices": [choice]}).encode())).content
    assert said.encode().decode() == said
    assert "\0" not in said


def test_of_two_names_for_a_limit_the_one_that_comes_first_is_refused() -> None:
    said = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    assert read_completion(error(400, said)).refused == {"max_tokens"}
    said = "Unknown field max_completion_tokens, did you mean max_tokens?"
    assert read_completion(error(400, said)).refused == {"max_completion_tokens"}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('\ufeff {"a": 1}\n', '{"a": 1}'),
        ('```json\n{"a": 1}\n```', '{"a": 1}'),
        ('Of course:\n```\n{"a": "`"}\n```\nMore?', '{"a": "`"}'),
        ('```python\nprint(1)\n```\n```json\n{"a": 1}\n```', '{"a": 1}'),
        ('<think>maybe {"b": 2}</think>{"a": 1}', '{"a": 1}'),
        ('The answer is {"a": {"b": 1}}.', '{"a": {"b": 1}}'),
        ("no JSON here", "no JSON here"),
    ],
)
def test_json_is_found_in_what_is_around_it(content: str, found: str) -> None:
    assert json_in(content) == found


def test_stepping_down_comes_to_an_end_and_never_back() -> None:
    for refusals in itertools.product(["max_tokens", "max_completion_tokens", "response_format"], repeat=6):
        form, refused, seen = Form(), frozenset[str](), [Form()]
        for one in refusals:
            refused |= {one} - {"response_format"}
            less = form.without(refused | {one})
            if less is None:
                break
            assert less not in seen
            form = less
            seen.append(form)


@pytest.mark.parametrize("answer", ANSWERS)
def test_where_the_schema_is_not_a_parameter_it_is_told_in_words(answer: str) -> None:
    request = Request("draft", (Message("system", "Write."), Message("user", "{}")), "x", {"type": "object"}, 10, "p")
    body = request.body("small-1", Form(answer, ""))
    assert ('{"type": "object"}' in body["messages"][0]["content"]) == (answer != "json_schema")
    assert ("response_format" in body) == (answer != "text")


def test_prices_are_our_own_or_those_of_the_tables_and_this_machine_is_free() -> None:
    assert Endpoint("https://api.openai.com/v1", "gpt-4o", price=(1.0, 2.0)).micros(10, 10) == 30
    assert (Endpoint("https://api.openai.com/v1", "gpt-4o").micros(1000, 1000) or 0) > 0
    assert Endpoint("http://127.0.0.1:11434/v1", "gpt-4o").micros(1000, 1000) == 0
    assert Endpoint("https://models.example.com/v1", "no-such-model").micros(1, 1) is None


def test_the_shown_url_has_no_secrets() -> None:
    endpoint = Endpoint("https://user:hunter2@models.example.com:8443/v1/?key=hunter3#hunter4", "small-1")
    assert endpoint.shown == "https://models.example.com:8443/v1"
    assert "hunter" not in repr(endpoint)
