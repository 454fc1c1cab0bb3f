"""A learning path as one walks it: a step is ticked, the next one read, the path shows how far one is, and the form knows the course."""

from __future__ import annotations

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.axe import violations
from tests.e2e.test_readers_journey import BOB, OLD_ENOUGH, Town, bodies, link, town
from tests.house import wait_for

__all__ = ["town"]  # the fixture

PATH = """---
title: Queues, from the ground
summary: What a queue is for.
from: Web pages
to: Queues
guide:
  title: The guide to queues
  link: https://docs.example.com/guide
rows:
  - know: lists
    build: queues
steps:
  - title: Why a queue
    link: ../pages/why.md
    about: What waits, and for whom.
    minutes: 20
    level: introductory
    exit:
      - I can say what waits.
      - I can say for whom.
  - title: When it is full
    link: https://docs.example.com/full
    about: What to refuse.
    slug: full
    needs: [why]
---

Two steps.
"""


def walked(page: Page, town: Town) -> None:
    page.goto(f"{town.url}/learn/queues/")
    expect(page.get_by_text("steps done")).to_be_hidden()
    page.get_by_role("link", name="Start with step 1").click()
    expect(page.get_by_text("01 of 02")).to_be_visible()
    expect(page.get_by_text("20 min")).to_be_visible()
    page.get_by_label("I can say what waits.").check()
    page.get_by_label("I can say for whom.").check()
    expect(page.get_by_text("this step is done")).to_be_visible()
    assert page.evaluate("[...document.querySelectorAll('.check, .onward a')].every(one => one.offsetHeight >= 44)")
    page.reload()
    assert page.get_by_label("I can say what waits.").is_checked()
    assert not violations(page)


@pytest.fixture
def queues(town: Town) -> Town:
    content = town.home / "content"
    (content / "paths").mkdir(exist_ok=True)
    (content / "pages").mkdir(exist_ok=True)
    (content / "paths" / "queues.md").write_text(PATH, "utf-8")
    (content / "pages" / "why.md").write_text("---\ntitle: Why\nsummary: Why.\n---\nSomething waits.\n", "utf-8")
    town.run("publish")
    # The service looks at content every few seconds, and offers no course that it does not know.
    wait_for(lambda: "Queues, from the ground" in requests.get(f"{town.url}/subscribe?path=queues", timeout=10).text)
    return town


def test_a_path_is_walked_its_progress_kept_and_its_course_asked_for_on_a_step(queues: Town) -> None:
    page = queues.browser.new_context(viewport={"width": 320, "height": 700}, bypass_csp=False).new_page()
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    walked(page, queues)
    page.get_by_role("link", name="When it is full").click()
    expect(page.get_by_text("02 of 02")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.get_by_role("link", name="// Queues, from the ground").click()
    expect(page.get_by_text("1 of 2 steps done")).to_be_visible()
    page.reload()
    expect(page.get_by_text("1 of 2 steps done")).to_be_visible()
    assert page.locator(".steps .done:visible").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert not violations(page)
    assert page.context.cookies() == []
    page.get_by_role("link", name="Go on with step 2").click()
    expect(page.get_by_text("02 of 02")).to_be_visible()  # the page before has such a form, too
    page.get_by_label("Your e-mail address").fill(BOB)
    page.get_by_label("Send me the course “Queues, from the ground”", exact=False).check()
    page.wait_for_timeout(OLD_ENOUGH * 1000)
    page.get_by_role("button", name="Subscribe").click()
    confirmation = queues.mail(BOB, "Confirm")
    said = " ".join(bodies(confirmation)[0].split())
    assert "With it comes the course “Queues, from the ground”: 2 steps by mail" in said
    page.goto(link(confirmation, "confirm"))
    page.get_by_role("button", name="Confirm both").click()
    assert queues.mail(BOB, "Why a queue"), "the first step comes at once"
    assert refused == []


def test_an_old_address_leads_to_the_step_and_all_but_progress_works_without_javascript(queues: Town) -> None:
    page = queues.page(script=False)
    page.goto(f"{queues.url}/why/")
    page.wait_for_url("**/learn/queues/why/**")
    assert "Something waits." in page.inner_text("main")
    assert "browser only" not in page.inner_text("main"), "nothing is kept, so nothing is promised"
    page.get_by_role("link", name="When it is full").click()
    assert page.get_by_role("link", name="Why a queue").count() == 2, "back, and what comes before it"
    assert page.get_by_label("I have done this step.").count() == 1
    page.get_by_role("link", name="the path").click()
    assert "Two steps." in page.inner_text("main")
    assert "steps done" not in page.inner_text("main")
