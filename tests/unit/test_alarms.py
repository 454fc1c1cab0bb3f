"""What was told last of a week: each trouble once, its end once, and the same trouble anew when it comes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from publisher import alarms

HAPPENS = st.lists(st.sampled_from(["halted", "paused", "not approved", "over"]), max_size=30)


@given(HAPPENS)
def test_every_mail_has_a_name_of_its_own_and_nothing_is_told_twice_in_a_row(happens: list[str]) -> None:
    told, names, stands = "", list[str](), ""
    for what in happens:
        if what == "over":
            assert alarms.stands(told) == bool(stands)
            after, stands = alarms.over(told), ""
        else:
            assert alarms.is_known(told, what) == (stands == what)
            after, stands = (told if stands == what else alarms.occasion(told, what)), what
        if after != told:
            names.append(after)
        told = after
    assert len({*names}) == len(names)


def test_a_week_of_which_nothing_was_told_has_no_trouble() -> None:
    assert not alarms.stands(None)
    assert not alarms.is_known(None, "halted")
    assert alarms.over(None) == ""
