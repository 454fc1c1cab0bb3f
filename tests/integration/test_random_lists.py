"""Lists that nobody wrote, of people whose states are known: whoever left becomes no reader, and no line disappears."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings

from tests.lists import ACTIVE, Made, lists_of_known_people, outcome
from tests.long import some


@settings(max_examples=some(80), deadline=None)
@given(lists_of_known_people())
def test_nobody_who_left_becomes_a_reader_and_every_line_is_accounted_for(made: Made) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = made.written_to(Path(folder))
        for options in (None, made.options):
            became = outcome(path, options)
            wrong = {address for address in became.active if made.truth[address] != ACTIVE}
            assert not wrong, (wrong, became, made)
            assert became.doubts or made.lines <= became.lines, (made.lines - became.lines, made)
