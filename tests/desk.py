"""An issue at its approval, for tests of editors' own links: a publication, its web pages, the links that were mailed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.testclient import TestClient

from publisher import editors
from publisher.web import AbuseLimits, View, WebContext, create_app
from subscribers import Wording
from tests.house import LOOSE
from tests.office import Bureau, bureau, token_in

BASE = "https://notes.example.com"
ISSUE = """---
number: 11
week: 2026-W48
date: 2026-11-26
title: "Token buckets"
preheader: "When a burst may pass, and what it costs to let it."
pieces: {}
---
What this week is about.

## Token buckets {#concept}

A bucket of 60,000 tokens refills at 1,000 tokens a second. So a burst passes.

```mermaid
flowchart TD
    accTitle: Two steps
    accDescr: A question leads to an answer.
    A[Question] --> B[Answer]
```

## A service {#architecture}

One process, one queue.

## A project {#project}

Build it in an afternoon.

## Which index? {#question}

What would you measure first?
"""


@dataclass
class Desk:
    """A publication with issue 11, its web pages, and the links in the proofs that were mailed."""

    news: Bureau
    web: TestClient

    @property
    def file(self) -> Path:
        return self.news.folder / "content" / "issues" / "0011.md"

    def prove(self, occasion: str = "monday") -> dict[str, str]:
        """Mail a proof; return each editor's own link, as a path."""
        editors.prove(self.news.app.act(), 11, occasion)
        return {
            str(mail["To"].addresses[0].username): f"/approve/{token_in(mail, 'approve')}" for mail in self.news.mails()
        }

    def press(self, link: str, what: str = "", *, page: str = "") -> tuple[int, str]:
        """Press the button of a link's page; return the answer's status and words."""
        form = re.search(r'name="form" value="([^"]+)"', self.web.get(page or link).text)
        answer = self.web.post(link + what, data={"form": form[1] if form else ""})
        return answer.status_code, words(answer.text)

    def by(self) -> list[str]:
        return [one.by for one in self.news.app.approvals.of(11)]

    def set(self, old: str, new: str) -> None:
        """Change publication.toml."""
        path = self.news.folder / "content" / "publication.toml"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@contextmanager
def open_desk(tmp_path: Path) -> Iterator[Desk]:
    """Open a publication on SQLite in which names by hand do not count."""
    with bureau(f"sqlite:///{tmp_path}/x.db", tmp_path) as news:
        app = news.app
        made = Desk(news, TestClient(create_app(WebContext(
            subscribers=app.subscribers, look=lambda: View.of(app.content_store.read(), app.templates), site=tmp_path / "site",
            clock=app.clock, abuse_limits=AbuseLimits(LOOSE, answer_every=0, youngest_form=0), act=app.act,
        )), base_url=BASE))  # fmt: skip
        made.file.write_text(ISSUE)
        made.set("shell = true", "shell = false")
        app.subscribers.editors.add("ada@example.com", source="test", wording=Wording("test"), now=news.clock.now())
        yield made
