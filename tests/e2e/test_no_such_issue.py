"""Whatever is asked of an issue, a correction or a week that is not there, the answer is one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mistakes import COMMAND, pressroom

MORE = {
    "send": ("--transport file:out", "--transport file:out --dry-run", "--test ada@example.com --transport file:out",
             "--test ada@example.com --transport file:out --dry-run"),
    "approve": ("--by Editor", "--by Editor --withdraw"), "render": ("--out out",),
    "deliveries show": ("ada@example.com",), "deliveries pause": ("--why x",), "deliveries cancel": ("--why x --yes",),
    "settle": ("", "--all --as sent", "--address ada@example.com --as resend"),
}  # fmt: skip


def verbs() -> Iterator[str]:
    """Yield every command that takes an issue's number, with the options it needs."""
    groups = {"": COMMAND, **{f"{name} ": each for name, each in COMMAND.commands.items() if hasattr(each, "commands")}}  # type: ignore[attr-defined]
    found = {f"{group}{name}": each for group, one in groups.items() for name, each in one.commands.items()}  # type: ignore[attr-defined]
    for name, command in found.items():
        if any(parameter.name == "issue" and parameter.param_type_name == "argument" for parameter in command.params):
            yield from (f"{name} {{}} {more}".strip() for more in MORE.get(name, ("",)))


@pytest.mark.parametrize("verb", [*verbs()])
def test_a_verb_says_in_one_sentence_that_there_is_no_such_issue(
    verb: str, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(news)
    for number, name, file in (("7", "issue", "issues/0007.md"), ("7.1", "correction", "corrections/0007-1.md")):
        code, said = pressroom(verb.format(number))
        assert (code, said.splitlines()[1:]) == (1, ["1 problem to fix"]) or verb.startswith("correct "), said
        assert said.startswith(f"content/{file}: there is no such {name}; ") or "to write another" in said


def test_the_record_of_an_issue_whose_file_is_gone_or_broken_is_still_shown(
    news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(news)
    assert pressroom("audit 1") == (0, "at (UTC)  no  person  what  how  digest\nnobody has approved issue 1 yet\n")
    (news / "content/issues/0001.md").write_text("no front matter\n")
    assert pressroom("audit 1")[0] == 0
    assert pressroom("settle 1")[0] == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("week 2099-W10 --reopen", "2099-W10 was never opened, so there is nothing to reopen; its time has not come: `pressroom queue` "
                                   "shows what it would get"),
        ("week 2020-W10 --reopen", "2020-W10 was never opened, so there is nothing to reopen; if it should still have an issue: "
                                   "pressroom assemble --week 2020-W10"),
        ("week 2020-W10 --hold --why x", "2020-W10 is over, and the scheduler never opened it; if it should still have an issue: "
                                         "pressroom assemble --week 2020-W10"),
        ("week 2020-W10 --skip --why x", "2020-W10 is over, and the scheduler never opened it; if it should still have an issue: "
                                         "pressroom assemble --week 2020-W10"),
    ],
)  # fmt: skip
def test_a_week_that_was_never_opened_is_told_apart_by_its_time(
    words: str, says: str, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(news)
    assert pressroom(words) == (4, f"pressroom: {says}\n")


def test_a_verdict_without_the_delivery_it_is_of_settles_nothing_and_is_refused(
    news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(news)
    code, said = pressroom("settle 1 --as sent")
    assert code == 2
    assert "--as says what became of one delivery or of all" in " ".join(said.replace("│", " ").split())
