"""How long an editor waits between saving a file and seeing it in the browser, in `pressroom preview`.

    python bench/preview.py [--runs 15]

Saves an issue and a piece of the example publication again and again, and looks in a real chromium until the mail's
frame shows the new words. Prints JSON: medians and the longest of the runs, in milliseconds; nulls without a browser.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Page, sync_playwright

from publisher import pipeline
from publisher.app import App
from publisher.cli.preview import previewing
from publisher.issue import IsoWeek
from publisher.resources import shipped

SHOWN = """word => {
    const frame = document.querySelector(".mail iframe:not([data-coming])");
    return frame?.contentDocument?.body?.innerText.includes(word);
}"""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def saves(page: Page, file: Path, runs: int, kind: str) -> list[float]:
    """Return the milliseconds of each run; the first two only warm it up."""
    text = file.read_text(encoding="utf-8")
    taken = []
    for run in range(runs + 2):
        word = f"{kind}{run}saved"
        begun = time.perf_counter()
        file.write_text(f"{text.rstrip()}\n\nA line with {word}.\n", encoding="utf-8")
        page.wait_for_function(SHOWN, arg=word)
        taken.append(1000 * (time.perf_counter() - begun))
        time.sleep(0.7)  # an editor reads: the check of all files begins, and is over or not
    return taken[2:]


def measure(runs: int) -> dict[str, Any]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        return {"issue_ms": None, "piece_ms": None, "longest_ms": None}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(shipped("content"), folder / "content")
        variables = {"PRESSROOM_SECRET_KEY": "bench-" * 8}
        with App(folder, database=f"sqlite:///{folder}/p.db", variables=variables) as app:
            made = pipeline.assemble(app.act(), IsoWeek.parse("2026-W48"))
        piece = next(path for path in sorted(folder.glob("content/concepts/*.md")) if path.stem != "README")
        with App(folder, variables={}) as app, previewing(app) as server, sync_playwright() as playwright:
            thread = threading.Thread(target=server.run)
            thread.start()
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
            page = browser.new_page()
            found = {}
            for kind, path, file in (
                ("issue", f"issues/{made.number}", folder / made.path),
                ("piece", f"pieces/concepts/{piece.name}", piece),
            ):
                page.goto(server.address + path, wait_until="load")
                found[kind] = saves(page, file, runs, kind)
            browser.close()
            server.end()
            thread.join()
    both = found["issue"] + found["piece"]
    return {
        "issue_ms": statistics.median(found["issue"]),
        "piece_ms": statistics.median(found["piece"]),
        "longest_ms": max(both),
        "runs": len(both),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=15)
    print(json.dumps(measure(parser.parse_args().runs)))


if __name__ == "__main__":
    main()
