"""Progress where there is no terminal: a line every few seconds, and none for what is quick."""

from __future__ import annotations

import pytest

from publisher.cli import output


def test_long_work_tells_how_far_it_is_in_lines_where_there_is_no_terminal(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [100.0]
    monkeypatch.setattr(output.time, "monotonic", lambda: moment[0])
    with output.progress("read list.csv") as tell:
        for done in range(1_000, 13_000, 1_000):
            moment[0] += 1.0
            tell(done, 250_000)
    assert capfd.readouterr().err == "read list.csv: 5,000 of 250,000\nread list.csv: 10,000 of 250,000\n"
    with output.progress("quick") as tell:
        tell(1, 2)
        moment[0] += 9.0  # at its end, what was done says so
        tell(2, 2)
    assert capfd.readouterr() == ("", "")
