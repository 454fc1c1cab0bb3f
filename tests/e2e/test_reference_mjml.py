"""Our MJML, rendered by the reference implementation too: the same elements, words and styles, and the same picture.

mrml, which renders our mail, differs from it here and there and says nothing. The reference also refuses attributes that
it does not know. tools/setup installs it from tests/mjml/package-lock.json.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import mjml
import pytest
from playwright.sync_api import Browser, sync_playwright

from publisher.render.word import as_read
from tests.mails import every_mail

ROOT = Path(__file__).parents[2]
BY_MJML = tuple(name for name in every_mail() if name not in ("proof", "test copy"))
"""A proof is the issue's mail under a banner of plain HTML."""
DIFFERENCE = """async pictures => {
  const [one, other] = await Promise.all(pictures.map(async picture => {
    const image = await createImageBitmap(await (await fetch("data:image/png;base64," + picture)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return canvas.getImageData(0, 0, image.width, image.height);
  }));
  if (one.width !== other.width || one.height !== other.height) return 255;
  return one.data.reduce((most, value, at) => Math.max(most, Math.abs(value - other.data[at])), 0);
}"""
"""The greatest difference of any colour of any pixel; 255 for pictures of different sizes."""


@pytest.fixture(scope="module")
def both() -> dict[str, tuple[str, str]]:
    """Return every mail as we send it, and as the reference renders the same MJML."""
    sources: dict[str, str] = {}
    ours = mjml.mjml2html

    def noting(source: str, **options: object) -> str:
        written = ours(source, **options)
        sources[written] = source
        return written

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mjml, "mjml2html", noting)
        mails = {name: html for name, html in every_mail.__wrapped__().items() if name in BY_MJML}
    rendered = subprocess.run(
        ["node", ROOT / "tests/mjml/render.js"], input=json.dumps([sources[html] for html in mails.values()]),
        env={**os.environ, "NODE_PATH": str(ROOT / ".tools/mjml/node_modules")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert rendered.returncode == 0, rendered.stderr
    return {name: (mails[name], html) for name, html in zip(mails, json.loads(rendered.stdout), strict=True)}


@pytest.mark.parametrize("name", BY_MJML)
@pytest.mark.parametrize("reading", [str, as_read], ids=["browsers", "word"])
def test_both_write_the_same_elements_words_and_styles(both, name: str, reading) -> None:
    ours, theirs = both[name]
    assert Outline(reading(ours)).parts == Outline(reading(theirs)).parts


@pytest.mark.parametrize("name", ["issue", "step", "welcome", "notice"])
@pytest.mark.parametrize("width", [360, 700])
def test_both_look_the_same(both, browser: Browser, name: str, width: int) -> None:
    pictures = []
    for html in both[name]:
        with browser.new_page(viewport={"width": width, "height": 800}) as page:
            page.set_content(html, wait_until="domcontentloaded")
            pictures.append(base64.b64encode(page.screenshot(full_page=True)).decode())
            differs = page.evaluate(DIFFERENCE, [pictures[0], pictures[-1]])
    assert differs <= 2  # of 255: Chromium does not round every corner to the same shade twice


class Outline(HTMLParser):
    """What HTML says, whatever its spaces and the order of its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[object] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: " ".join((value or "").split()) for name, value in attrs}
        said.pop("vertical-align", None)  # mrml writes it on the cell of a button; HTML has no such attribute
        if "style" in said:
            said["style"] = ";".join(sorted(filter(None, tight(said["style"]).split(";"))))
        if "class" in said:
            said["class"] = " ".join(sorted(said["class"].split()))
        self.parts.append((tag, {name: value for name, value in said.items() if value or name == "alt"}))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        if words:
            self.parts.append(tight(words) if self.cdata_elem else words)


def tight(css: str) -> str:
    return re.sub(r"\s*([{}:;,])\s*", r"\1", css)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    flags = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]  # mail loads its pictures from the site: not here
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=flags)
        yield opened
        opened.close()
