"""The page on which an editor approves, in a real browser on a phone."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Route, sync_playwright

from publisher import pipeline
from tests.desk import BASE, open_desk


def test_an_editor_sees_the_mail_with_its_pictures_and_approves_on_a_phone(tmp_path: Path) -> None:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with open_desk(tmp_path) as desk, sync_playwright() as playwright:
        pipeline.publish(desk.news.app.act())
        shutil.copytree(desk.news.app.site_folder, tmp_path / "site")
        link = desk.prove()["robin"]

        def answer(route: Route) -> None:
            asked = route.request
            body = asked.post_data_buffer or b""
            got = desk.web.request(
                asked.method, asked.url, content=body, headers={"content-type": asked.headers.get("content-type", "")}
            )
            route.fulfill(status=got.status_code, headers=dict(got.headers), body=got.content)

        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        page = browser.new_page(viewport={"width": 360, "height": 800})
        wrong: list[str] = []
        page.on("console", lambda message: wrong.append(message.text))
        page.route(f"{BASE}/**", answer)
        page.goto(BASE + link, wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        frame = page.frames[1]
        assert "A bucket of 60,000 tokens" in frame.inner_text("body")
        assert frame.evaluate("[...document.images].map(one => one.naturalWidth > 0)") == [True]
        page.get_by_role("button", name="Approve as Robin").click()
        page.get_by_text("You approved No. 11").wait_for()
        page.get_by_role("button", name="Withdraw my approval").wait_for()
        assert (desk.by(), wrong) == (["Robin"], [])
        browser.close()
