"""What a mail server's answer means, and what a refusal is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.deliver.answers import Fault, Verdict, bounce_of, judge, likeness, provider_id
from publisher.ports import Reply
from publisher.returned.policy import Effect, decide, effect_of
from publisher.returned.recognise import Failure, Finding, Nature
from subscribers import BounceKind

STEPS = ("mail", "rcpt", "data", "dot")
ACCEPTED, REFUSED, LATER, UNKNOWN = Verdict.ACCEPTED, Verdict.REFUSED, Verdict.LATER, Verdict.UNKNOWN
RECIPIENT, MESSAGE, OURS = Fault.RECIPIENT, Fault.MESSAGE, Fault.OURS


@pytest.mark.parametrize(
    ("step", "said", "verdict", "fault"),
    [
        ("dot", "250 2.0.0 kept", ACCEPTED, None),
        ("data", "354 go on", ACCEPTED, None),
        ("dot", "354 go on", UNKNOWN, None),
        ("dot", "0 the connection was closed", UNKNOWN, None),
        # an answer to MAIL does not concern one recipient
        ("mail", "550 5.7.1 not you", REFUSED, OURS),
        ("mail", "550 5.4.5 quota", REFUSED, OURS),
        ("mail", "550 no", REFUSED, OURS),
        ("mail", "550 5.1.1 no such user", REFUSED, OURS),
        ("mail", "451 4.7.1 slow down", LATER, OURS),
        ("mail", "552 5.3.4 too big", REFUSED, MESSAGE),
        ("mail", "552 too big", REFUSED, MESSAGE),
        # the recipient
        ("rcpt", "550 5.1.1 no such user", REFUSED, RECIPIENT),
        ("rcpt", "550 no such user", REFUSED, RECIPIENT),
        ("rcpt", "450 4.2.1 mailbox busy", LATER, RECIPIENT),
        ("rcpt", "552 too many recipients", LATER, RECIPIENT),
        ("rcpt", "552 5.2.2 mailbox full", LATER, RECIPIENT),
        ("rcpt", "553 5.6.7 the mail server does not offer SMTPUTF8", REFUSED, RECIPIENT),
        ("rcpt", "550 5.4.4 no such domain", REFUSED, RECIPIENT),
        ("dot", "550 5.1.1 no such user", REFUSED, RECIPIENT),
        ("dot", "552 5.2.2 mailbox full", REFUSED, RECIPIENT),
        # us, at whatever step
        ("rcpt", "550 5.7.1 relaying denied", REFUSED, OURS),
        ("rcpt", "550 5.7.26 unauthenticated mail from notes.example.com", REFUSED, OURS),
        ("rcpt", "553 5.1.8 sender's domain does not exist", REFUSED, OURS),
        ("data", "550 5.4.5 daily quota exceeded", REFUSED, OURS),
        ("rcpt", "503 5.5.1 bad sequence", REFUSED, OURS),
        ("dot", "421 4.3.2 closing", LATER, OURS),
        ("dot", "452 4.3.1 disk full", LATER, OURS),
        # the message
        ("rcpt", "552 5.3.4 too big", REFUSED, MESSAGE),
        ("dot", "554 no", REFUSED, MESSAGE),
        ("data", "554 no", REFUSED, MESSAGE),
        ("dot", "552 over the limit", REFUSED, MESSAGE),
        ("dot", "550 5.6.0 lone CR", REFUSED, MESSAGE),
    ],
)
def test_an_answer_has_a_verdict_and_a_refusal_has_a_fault(
    step: str, said: str, verdict: Verdict, fault: Fault | None
) -> None:
    code, _, text = said.partition(" ")
    judged = judge(Reply(int(code), text, step))
    assert (judged.verdict, judged.fault) == (verdict, fault)


@given(st.integers(0, 999), st.text(max_size=40), st.sampled_from(STEPS))
def test_any_answer_has_a_verdict_and_only_refusals_have_a_fault(code: int, text: str, step: str) -> None:
    judged = judge(Reply(code, text, step))
    assert (judged.fault is not None) == (judged.verdict in (REFUSED, LATER))
    if step == "mail":
        assert judged.fault is not RECIPIENT


def test_refusals_are_alike_if_only_their_words_differ() -> None:
    first, second = Reply(550, "5.7.1 refused (id 1)", "mail"), Reply(550, "5.7.1 refused (id 2)", "mail")
    assert likeness(first) == likeness(second)
    assert likeness(first) != likeness(Reply(550, "5.4.5 quota", "mail"))
    assert likeness(first) != likeness(Reply(550, "5.7.1 refused (id 1)", "rcpt"))


@pytest.mark.parametrize(
    ("reply", "named"),
    [
        ("250 2.0.0 Ok: queued as 4F1A2B3C", "4F1A2B3C"),
        ("250 OK id=1rXyZa-00000001abc-2DEF", "1rXyZa-00000001abc-2DEF"),
        (
            "250 2.6.0 <a1@mail.example.com> [InternalId=123, Hostname=x.example.com] Queued mail for delivery",
            "a1@mail.example.com",
        ),
        ("250 2.0.0 4AB1CdEf012345 Message accepted for delivery", "4AB1CdEf012345"),
        ("250 Ok 0102018f3c1a2b4d-5e6f7a8b-000000", "0102018f3c1a2b4d-5e6f7a8b-000000"),
        ("250 2.0.0 Ok", None),
        ("250 queued as " + "x" * 500, "x" * 200),
        ("", None),
    ],
)
def test_what_the_server_calls_an_accepted_message_is_read_from_its_reply(reply: str, named: str | None) -> None:
    assert provider_id(reply) == named


@pytest.mark.parametrize(
    ("step", "said", "kind"),
    [
        ("rcpt", "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown", BounceKind.HARD),
        ("dot", "550 5.1.1 The email account that you tried to reach does not exist.", BounceKind.HARD),
        ("rcpt", "556 5.1.10 the domain takes no mail", BounceKind.HARD),
        ("rcpt", "551 5.1.6 the mailbox has moved", BounceKind.HARD),
        ("rcpt", "550 no such user here", BounceKind.HARD),
        ("rcpt", "550 Unrouteable: unknown user", BounceKind.HARD),
        ("rcpt", "550 mailbox ada not found", BounceKind.HARD),
        ("rcpt", "550 Requested action not taken: mailbox unavailable", BounceKind.SOFT),
        ("rcpt", "550 rejected", BounceKind.SOFT),
        ("rcpt", "550 5.2.1 the mailbox is switched off", BounceKind.SOFT),
        ("dot", "552 5.2.2 mailbox full", None),
        ("rcpt", "452 4.2.2 mailbox full", None),
        ("rcpt", "552 over quota", None),
        ("rcpt", "451 4.2.0 greylisted", None),
        ("rcpt", "550 blocked by a list", None),
        ("rcpt", "450 4.1.1 user unknown, for now", BounceKind.SOFT),
        ("rcpt", "550 5.1.2 domain not found", BounceKind.SOFT),
        ("mail", "550 5.1.1 no such user", None),
        ("rcpt", "550 5.7.1 no such user is to get mail from you", None),
        ("rcpt", "553 5.1.8 sender's domain does not exist", None),
        ("dot", "554 no", None),
        ("dot", "550 5.4.5 quota", None),
        ("dot", "250 2.0.0 kept", None),
        ("dot", "0 the connection was closed", None),
    ],
)
def test_only_an_answer_that_says_that_there_is_no_such_mailbox_is_a_hard_bounce(
    step: str, said: str, kind: BounceKind | None
) -> None:
    code, _, text = said.partition(" ")
    assert bounce_of(Reply(int(code), text, step)) is kind


CODES = ("", "5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.2.0", "5.2.1", "5.2.2", "5.2.3", "5.4.4", "5.0.0")
WORDS = (
    "no such user", "mailbox full", "over quota", "mailbox disabled", "greylisted, try again", "blocked by a list", "looks like spam",
    "host not found", "message too large", "rejected", "user unknown",
)  # fmt: skip


@given(
    st.sampled_from(STEPS), st.sampled_from([450, 452, 550, 551, 552, 553, 554]), st.integers(2, 7), st.integers(0, 40)
)
def test_what_concerns_the_message_or_us_is_no_bounce(step: str, code: int, subject: int, detail: int) -> None:
    reply = Reply(code, f"{code // 100}.{subject}.{detail} user unknown", step)
    nothing = effect_of(reply.text.partition(" ")[0], reply.text) is Effect.NOTHING
    assert (bounce_of(reply) is None) == (judge(reply).fault is not RECIPIENT or nothing)


@given(st.sampled_from(WORDS), st.sampled_from(CODES))
def test_an_answer_and_a_report_that_say_the_same_do_the_same(words: str, code: str) -> None:
    reported = decide(Finding(Nature.FAILED, (Failure(code, f"{code} {words}".strip()),))).effect
    reply = Reply(550, f"{code} {words}".strip(), "rcpt")
    if judge(reply).fault is RECIPIENT:
        assert (bounce_of(reply) or "nothing") == reported
