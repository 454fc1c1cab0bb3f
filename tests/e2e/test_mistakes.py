"""What editors do wrong: each mistake is named in one sentence with its place, and doing as the sentence says fixes it.

The rows are in `tests/mistakes.py`. The commands run in this process, so that the whole table takes seconds.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.mistakes import MISTAKES, Mistake, pressroom


def lines(said: str) -> list[str]:
    return [
        line for line in said.splitlines() if not re.match(r"\d+ (errors?, |problems? to fix)|no problems found", line)
    ]


def matches(expected: str, line: str) -> bool:
    return re.fullmatch(".*?".join(map(re.escape, expected.split("…"))), line) is not None


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_is_named_and_doing_as_is_said_fixes_it(
    mistake: Mistake, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(news)
    for name, value in mistake.env.items():
        monkeypatch.setenv(name, value)
    with mistake.beside(news):
        mistake.does(news)
        code, said = pressroom(mistake.words)
        assert lines(said) != []
        assert matches(mistake.says, lines(said)[0]), f"{lines(said)[0]}\nis not\n{mistake.says}"
        assert code != 0 or ": warning: " in said
        assert len(lines(said)) == mistake.lines, said
        for name in mistake.env:
            monkeypatch.delenv(name)
        if isinstance(mistake.advice, str):
            wanted = re.sub(r"\bNAME\b", "Editor", said)
            assert f"pressroom {mistake.advice}" in wanted, "the advice names the command"
            assert pressroom(mistake.advice)[0] == 0
        else:
            mistake.advice(news)
        code, said = pressroom(mistake.then or mistake.words)
        assert (code, "warning" in said) == (0, False), said
