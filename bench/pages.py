"""How long an editor waits: a week assembled, drafted and rendered; and how many pages a second the site builds.

    python bench/pages.py [--runs 5]

Works on the example publication; starting Python does not count. Prints JSON: medians of the runs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import markdown

from publisher import pipeline
from publisher.app import App
from publisher.content.links import Links
from publisher.content.markdown import Prose, parse
from publisher.issue import IsoWeek
from publisher.render import diagrams
from publisher.resources import shipped

WEEK = IsoWeek.parse("2026-W48")
VARIABLES = {"PRESSROOM_SECRET_KEY": "bench-" * 8}


def one_run() -> tuple[float, float, int]:
    """Return seconds from pieces to rendered, seconds for the whole site, and its pages."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(shipped("content"), folder / "content")
        with App(folder, variables=VARIABLES) as app:
            app.engine  # noqa: B018 - a publication's database is made only once, so that does not count
            diagrams.draw.cache_clear()
            start = time.perf_counter()
            made = pipeline.assemble(app.act(), WEEK)
            pipeline.draft(app.act(), made.number)
            pipeline.render(app.act(), made.number)
            rendered = time.perf_counter() - start
            diagrams.draw.cache_clear()
            start = time.perf_counter()
            pipeline.publish(app.act())
            built = time.perf_counter() - start
            return rendered, built, len(list(app.site_folder.rglob("*.html")))


def markdown_ratio(runs: int) -> tuple[float, float]:
    """Return bytes of Markdown a second, read into a tree, and the ratio to python-markdown alone on the same texts."""
    texts = [
        path.read_text(encoding="utf-8").split("\n---\n", 1)[-1] for path in Path(shipped("content")).rglob("*.md")
    ]
    octets = sum(len(text.encode()) for text in texts)
    extensions = ["tables", "footnotes", "fenced_code", "sane_lists", "attr_list"]

    def seconds(read: Callable[[str], object]) -> float:
        start = time.perf_counter()  # not the time of this process: another one converts
        for text in texts:
            read(text)
        return time.perf_counter() - start

    def peer(text: str) -> str:
        return markdown.markdown(text, extensions=extensions)

    def own(text: str) -> Prose:
        return parse(text, path=Path("x/x.md"), line=1, links=Links.none())

    pairs = [(seconds(own), seconds(peer)) for _ in range(runs)]
    return octets / statistics.median(mine for mine, _ in pairs), statistics.median(his / mine for mine, his in pairs)


def measure(runs: int = 5) -> dict[str, float]:
    """Return the medians: seconds from pieces to a rendered issue, and pages a second."""
    one_run()  # imports, and the first use of every library
    results = [one_run() for _ in range(runs)]
    rendered, built, pages = (statistics.median(column) for column in zip(*results, strict=True))
    octets, ratio = markdown_ratio(2 * runs)
    return {
        "assembled_to_rendered_s": rendered,
        "site_s": built,
        "pages": pages,
        "pages_per_s": pages / built,
        "markdown_bytes_per_s": round(octets),
        "markdown_ratio": round(ratio, 2),
        "runs": runs,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    print(json.dumps(measure(parser.parse_args().runs), indent=2))
