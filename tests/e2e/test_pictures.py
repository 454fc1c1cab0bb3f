"""Mail and pages in a real browser: nothing overflows on a phone, and every word can be read, light and dark."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from publisher.local.openable import make_openable
from publisher.render import render_issue
from publisher.render.emails import render_email
from publisher.render.proof import render_proof, render_test_copy
from publisher.site import site_files
from tests.press import DIAGRAM, PUBLICATION, content, issue, png, templates

WIDE = "a_very_long_name_that_nobody_would_choose = another_very_long_name(with_an_argument, and_one_more)"
CONCEPT = f"""Text with `code`, [a link](https://example.com/) and a note[^1].

```python
@decorated
def f(x: int) -> str:  # a comment
    return "text" if x > 1 else None
{WIDE}
```

| A first column | Second_that_is_long | Third column | Fourth_long |
|---|---|---|--:|
| some words here | `a_long_code_span` | more words | 12,000 |

!!! note "Mind this"
    A box.

{DIAGRAM}

> A quotation.

![What a picture says where pictures are blocked](wide.png)

### A heading

1. One
2. Two

[^1]: The note.
"""
ARCHIVE = "A bucket refills. [@0002-concept-1]\n\n> refills at 1,000 tokens a second\n"
UNREADABLE = """() => {
  const linear = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const numbers = s => (s.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = numbers(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  };
  const found = [];
  const words = [...document.images].map(e => [e, e.alt]);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) words.push([walker.currentNode.parentElement, walker.currentNode.data]);
  for (const [e, text] of words) {
    if (!text.trim() || ["STYLE", "TITLE"].includes(e.tagName)) continue;
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(behind(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.push(`${contrast.toFixed(2)}: ${text.trim().slice(0, 40)}`);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the mail, the emails and the site of a rich issue."""
    root = tmp_path_factory.mktemp("pictures")
    past = issue(2)
    one = issue(3, concept=CONCEPT, archive=ARCHIVE)
    found = dataclasses.replace(content(past, one), picture=lambda _: png(1600, 900))
    rendered = render_issue(one, found, templates())
    files = dict(site_files(found, [past, one], templates()))
    files["issues/3/mail.html"] = rendered.html.replace("https://notes.example.com/issues/3/", "").encode()
    files["welcome.html"] = render_email("welcome", PUBLICATION, templates(), latest=past).html.encode()
    command = "pressroom approve 3 --by Robin"
    proof = render_proof(PUBLICATION, templates(), rendered, digest="ab" * 32, command=command)
    files["proof.html"] = proof.html.encode()
    copy = render_test_copy(PUBLICATION, templates(), rendered, "https://notes.example.com/preview/1", out=False)
    files["test_copy.html"] = copy.html.encode()
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "name",
    [
        "issues/3/mail.html", "welcome.html", "proof.html", "test_copy.html", "index.html", "issues/index.html", "issues/3/index.html",
        "learn/backend/index.html", "about/index.html",
    ],
)  # fmt: skip
def test_on_a_phone_nothing_overflows_and_every_word_can_be_read(
    browser: Browser, folder: Path, name: str, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 700}, color_scheme=scheme)
    page = context.new_page()
    page.goto((folder / name).as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate(UNREADABLE) == []
    context.close()


def test_the_mail_is_dark_where_the_reader_wants_it(browser: Browser, folder: Path) -> None:
    for scheme, paper in (("light", "rgb(253, 253, 252)"), ("dark", "rgb(19, 21, 25)")):
        context = browser.new_context(viewport={"width": 700, "height": 700}, color_scheme=scheme)
        page = context.new_page()
        page.goto((folder / "issues/3/mail.html").as_uri())
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
        context.close()


@pytest.mark.parametrize("name", ["issues/3/mail.html", "issues/3/index.html"])
def test_a_diagram_has_the_scheme_that_the_reader_wants(browser: Browser, folder: Path, name: str) -> None:
    shown = []
    for scheme, card in (("light", "rgb(247, 247, 245)"), ("dark", "rgb(27, 30, 36)")):
        context = browser.new_context(viewport={"width": 700, "height": 700}, color_scheme=scheme)
        page = context.new_page()
        page.goto((folder / name).as_uri())
        image = page.locator(".both img")
        shown.append(image.evaluate("image => image.currentSrc"))
        assert image.evaluate("image => image.complete && image.naturalWidth > 0")
        assert page.locator(".both").evaluate("card => getComputedStyle(card).backgroundColor") == card
        context.close()
    assert shown[0] != shown[1]


def test_the_site_works_from_a_folder_without_javascript(browser: Browser, folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "site")
    make_openable(tmp_path / "site")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "site" / "index.html").as_uri())
    page.get_by_role("link", name="Archive").first.click()
    page.get_by_role("link", name="Vectors in the database you run").first.click()
    assert page.url.split("#")[0].endswith("issues/3/index.html")
    assert page.get_by_role("textbox", name="Your e-mail address").is_visible()
    context.close()
