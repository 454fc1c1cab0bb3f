"""Tokens prove something only if they are complete, genuine, made for this purpose and not expired."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import ExpiredToken, ForgedToken, Keyring, new_subject_id
from subscribers.tokens import CONFIRM_LIFETIME, Purpose
from tests.readers import NOW, SECRET

KEYRING = Keyring(SECRET)
SUBJECT = "AAECAwQFBgcICQoLDA0ODw"
SECOND = dt.timedelta(seconds=1)


def test_an_unsubscribe_token_names_its_subject_for_ever_and_is_always_the_same() -> None:
    token = KEYRING.unsubscribe(SUBJECT)
    assert KEYRING.subject_to_unsubscribe(token) == SUBJECT
    assert Keyring(SECRET).unsubscribe(SUBJECT) == token
    assert len(token) == 44


def test_a_confirmation_token_is_good_for_48_hours() -> None:
    token = KEYRING.confirm(SUBJECT, NOW)
    proof = KEYRING.proof(Purpose.CONFIRM, token, NOW + CONFIRM_LIFETIME - SECOND)
    assert proof.subject_id == SUBJECT
    assert NOW - SECOND < proof.issued <= NOW
    with pytest.raises(ExpiredToken):
        KEYRING.proof(Purpose.CONFIRM, token, NOW + CONFIRM_LIFETIME)


def test_a_token_for_one_purpose_is_forged_for_another() -> None:
    with pytest.raises(ForgedToken):
        KEYRING.proof(Purpose.CONFIRM, KEYRING.unsubscribe(SUBJECT), NOW)
    with pytest.raises(ForgedToken):
        KEYRING.subject_to_unsubscribe(KEYRING.confirm(SUBJECT, NOW))


def test_a_token_signed_with_another_secret_is_forged() -> None:
    with pytest.raises(ForgedToken):
        KEYRING.subject_to_unsubscribe(Keyring("quite another secret").unsubscribe(SUBJECT))


def test_every_single_changed_character_is_noticed() -> None:
    for token, check in (
        (KEYRING.unsubscribe(SUBJECT), KEYRING.subject_to_unsubscribe),
        (KEYRING.confirm(SUBJECT, NOW), lambda text: KEYRING.proof(Purpose.CONFIRM, text, NOW)),
    ):
        for place, letter in enumerate(token):
            for other in "Aaz09-_=+/ é":
                if other == letter:
                    continue
                with pytest.raises(ForgedToken):
                    check(token[:place] + other + token[place + 1 :])


def test_a_token_that_was_cut_off_or_made_longer_is_forged() -> None:
    token = KEYRING.unsubscribe(SUBJECT)
    for wrong in (token[:-1], token[1:], token + "A", token + "=", token + "\n", "", token * 1000):
        with pytest.raises(ForgedToken):
            KEYRING.subject_to_unsubscribe(wrong)


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=80) | st.text("ABCabc012-_=", min_size=44, max_size=50))
def test_no_text_that_a_stranger_makes_up_is_a_token(text: str) -> None:
    with pytest.raises(ForgedToken):
        KEYRING.subject_to_unsubscribe(text)
    with pytest.raises(ForgedToken):
        KEYRING.proof(Purpose.CONFIRM, text, NOW)


def test_after_a_rotation_old_links_work_and_new_ones_are_signed_with_the_new_secret() -> None:
    rotated = Keyring("the newer one of the secrets", SECRET)
    assert rotated.subject_to_unsubscribe(KEYRING.unsubscribe(SUBJECT)) == SUBJECT
    assert rotated.unsubscribe(SUBJECT) != KEYRING.unsubscribe(SUBJECT)
    with pytest.raises(ForgedToken):
        KEYRING.subject_to_unsubscribe(rotated.unsubscribe(SUBJECT))


def test_two_secrets_with_the_same_key_id_both_verify() -> None:
    wanted = Keyring(SECRET).unsubscribe(SUBJECT)[:1]
    others = (f"one of many other secrets {number}" for number in range(100_000))
    twin = next(other for other in others if Keyring(other).unsubscribe(SUBJECT)[:1] == wanted)
    assert Keyring(twin, SECRET).subject_to_unsubscribe(KEYRING.unsubscribe(SUBJECT)) == SUBJECT


def test_the_secret_is_never_shown() -> None:
    assert SECRET not in repr(KEYRING)
    assert SECRET not in repr(vars(type(KEYRING)))


def test_a_secret_that_is_too_short_is_refused() -> None:
    with pytest.raises(ValueError, match="16 characters"):
        Keyring("short")
    with pytest.raises(ValueError, match="16 characters"):
        Keyring(SECRET, "short")


def test_subject_ids_are_random_and_anything_else_is_not_accepted_as_one() -> None:
    assert len({new_subject_id() for _ in range(1_000)}) == 1_000
    with pytest.raises(ValueError, match="subject id"):
        KEYRING.unsubscribe("ada@example.com")
