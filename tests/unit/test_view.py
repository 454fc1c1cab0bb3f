"""What the web shows of content: a view is taken anew when anything that it is made from is another one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from publisher.render.templates import environment
from publisher.web.view import View, Views
from tests.mailroom import ROOT
from tests.press import content


def test_an_edit_of_a_template_shows_in_the_next_view(tmp_path: Path) -> None:
    views = Views(lambda: View.of(content(), environment(tmp_path, ROOT / "templates")), seconds=0)
    before = asyncio.run(views.begin())
    assert asyncio.run(views.begin()) is before
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "unsubscribe.html").write_text("<p>ours</p>")
    assert asyncio.run(views.begin()) is not before
