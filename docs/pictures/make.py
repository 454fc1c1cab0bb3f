"""Make the pictures of this folder: the newest issue's mail on a phone and a desk, light and dark, two pages of the site
and the pages and emails that a reader meets.

    python docs/pictures/make.py [--publication DIR] [--issue N]

Wants Playwright and a Chromium; with Pillow installed the files come out a third of the size.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from languages import write as write_languages
from playwright.sync_api import Browser, Page, sync_playwright
from readers import Readers, readers

from publisher.adapters.files import Folder
from publisher.merge_fields import filled
from publisher.render import environment, render_issue
from publisher.site import site_files

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TOP = 1400
"""Pixels of height of a picture that shows only the beginning of a page."""

PAGES = {
    "site": "index.html",
    "path": "learn/backend/index.html",
    "section": "sections/architecture/index.html",
    "questions": "sections/question/index.html",
}
"""Pages of the site by the name of their picture."""

FEW = 48
"""Colours of a page of text: the grey edges of its letters take most of them."""

READER = {
    "greeting": "Hello Ada,",
    "address": "ada@example.com",
    "unsubscribe": "https://notes.example.com/",
    "preferences": "https://notes.example.com/",
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the pictures in docs/pictures.")
    parser.add_argument("--publication", type=Path, default=ROOT)
    parser.add_argument("--issue", type=int, help="the newest one if not given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder = Path(name)
        number = write(options.publication, options.issue, folder)
        for width in (360, 700):
            for scheme in ("light", "dark"):
                take(browser, folder / f"issues/{number}/mail.html", f"issue-{width}-{scheme}", width, scheme)
        take(browser, folder / f"issues/{number}/mail.html", "issue", 700, "light", TOP)
        for width in (360, 1280):
            for scheme in ("light", "dark"):
                for label, page in PAGES.items():
                    take(browser, folder / page, f"{label}-{width}-{scheme}", width, scheme, TOP)
        take_languages(browser, folder / "languages")
        with readers(options.publication, folder / "copy") as met:
            take_readers(browser, met)


def write(publication: Path, number: int | None, folder: Path) -> int:
    """Write the site with the issue's mail beside its page; return the issue's number."""
    content, templates = Folder(publication).read(), environment(publication / "templates", ROOT / "templates")
    issue = content.issue(number) if number else max(content.issues, key=lambda issue: issue.number)
    if issue is None:
        raise SystemExit(f"there is no issue {number}")
    mail = render_issue(issue, content, templates).html.replace(content.publication.url(issue.page), "")
    files = dict(site_files(content, content.issues, templates))
    files[f"{issue.page}mail.html"] = filled(mail, **READER).encode()
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return issue.number


@contextmanager
def chromium() -> Iterator[Browser]:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield browser
        browser.close()


def take(browser: Browser, file: Path, name: str, width: int, scheme: str, most: int | None = None) -> None:
    """Photograph a page, or the upper `most` pixels of it."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(file.as_uri())
    photograph(page, name, width, most)
    context.close()


def take_languages(browser: Browser, folder: Path) -> None:
    """Photograph one issue as mail and as a page, in a language from left to right and in one from right to left."""
    write_languages(folder)
    for tag in ("de", "ar"):
        for file, label, widths in (("mail.html", "issue", (360, 700)), ("issues/3/index.html", "page", (360, 1280))):
            for width, scheme in zip(widths, ("dark", "light"), strict=True):
                take(browser, folder / tag / file, f"{label}-{tag}-{width}-{scheme}", width, scheme)


def take_readers(browser: Browser, met: Readers) -> None:
    """Photograph the pages at the width of a phone and of a desk, and the emails as wide as a mail program shows them."""
    for scheme in ("light", "dark"):
        for width in (360, 1280):
            context = browser.new_context(viewport={"width": width, "height": 640}, color_scheme=scheme)
            met.open(context)
            page = context.new_page()
            for name, path in met.pages.items():
                page.goto(f"{met.base}/{path}")
                photograph(page, f"{name}-{width}-{scheme}", width, colours=FEW)
            context.close()
        for width in (360, 700):
            context = browser.new_context(viewport={"width": width, "height": 500}, color_scheme=scheme)
            met.open(context)
            page = context.new_page()
            for name, html in met.emails.items():
                page.set_content(html, wait_until="networkidle")
                photograph(page, f"{name}-{width}-{scheme}", width, TOP, colours=FEW)
            context.close()


def photograph(page: Page, name: str, width: int, most: int | None = None, colours: int = 256) -> None:
    """Write what the page shows into NAME.png, with so many colours."""
    height = page.evaluate("document.documentElement.scrollHeight")
    height = min(most or height, height)
    target = HERE / f"{name}.png"
    page.screenshot(path=target, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    try:
        from PIL import Image
    except ImportError:
        return
    kept = Image.Quantize.MAXCOVERAGE  # the median cut would drop the few pixels of the sections' colours
    image = Image.open(target).convert("RGB").quantize(colours, method=kept, dither=Image.Dither.NONE)
    image.save(target, optimize=True)


if __name__ == "__main__":
    main()
