"""The questions are rehearsed with the keyboard alone: one at a time, each once, under a clock of two minutes."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from tests.axe import violations
from tests.e2e.test_readers_journey import Town, town

__all__ = ["town"]  # the fixture

MANY = 5
ISSUE = """---
number: {number}
week: {week}
date: {day}
published: {day}
title: "Issue {number}"
preheader: "One line."
facts:
  question:
    level: advanced
    tags: [queues]
---
A lead.

## Question {number}? {{#question}}

What waits in queue {number}?

### Last week's answer

Whatever came to queue {before}.
"""


@pytest.fixture
def asked(town: Town) -> Town:
    """A publication with questions."""
    for number in range(1, MANY + 1):
        day = dt.date(2026, 1, 1) + dt.timedelta(weeks=number)
        week = f"{day:%G-W%V}"
        text = ISSUE.format(number=number, before=number - 1, day=day, week=week)
        (town.home / "content" / "issues" / f"{number:04d}.md").write_text(text, "utf-8")
    town.run("publish")
    return town


def tab_to(page: Page, name: str) -> None:
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    raise AssertionError(f"no Tab leads to {name}")


def test_each_question_is_asked_once_in_random_order_and_its_answer_is_folded(asked: Town) -> None:
    page = asked.browser.new_page()
    page.clock.install()
    page.goto(f"{asked.url}/sections/question/")
    assert not violations(page)
    questions = page.locator(".questions > li")
    expect(questions).to_have_count(MANY)
    page.locator("summary", has_text="Show the answer").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1
    page.reload()
    tab_to(page, "Rehearse in random order")
    page.keyboard.press("Enter")
    seen = []
    for _ in range(MANY):
        expect(questions.filter(visible=True)).to_have_count(1)
        title = questions.filter(visible=True).locator("h2")
        expect(title).to_be_focused()
        seen.append(title.inner_text())
        expect(page.locator("[data-clock]")).to_have_text("2:00")
        page.get_by_role("button", name="Next question").focus()
        page.keyboard.press("Enter")
    assert len(set(seen)) == MANY
    page.clock.run_for(61_000)
    expect(page.locator("[data-clock]")).to_have_text("0:59")
    page.clock.run_for(60_000)
    expect(page.get_by_text("Two minutes are over.")).to_have_count(1)
    assert not violations(page)
    tab_to(page, "Show all questions")
    page.keyboard.press("Enter")
    expect(questions.filter(visible=True)).to_have_count(MANY)


def test_without_scripts_every_question_is_there_and_no_button_that_does_nothing(asked: Town) -> None:
    page = asked.browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{asked.url}/sections/question/")
    assert page.locator(".questions > li:visible").count() == MANY
    assert page.locator("button:visible").all_inner_texts() == ["Subscribe"]
